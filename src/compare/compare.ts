import { CmlError } from "../core/error.ts";
import type { Value } from "../core/value.ts";
import type { Comparison, Problem, RevisionLabel } from "./comparison.ts";
import { collectData } from "./data.ts";
import { collectMetrics } from "./metrics.ts";
import { collectParams } from "./params.ts";
import { collectPlots } from "./plot-view.ts";
import type { MetricRecord } from "./record.ts";
import { withRecord } from "./record.ts";
import type { Found, Side, View } from "./view.ts";

/** Metrics, params and data: what a terminal shows first. Plots are read later, and may be left out. */
export type ComparedValues = Omit<Comparison, "plots" | "images">;

export interface CompareOptions {
  readonly head: RevisionLabel;
  readonly base: RevisionLabel | null;
  readonly noBaseline: Comparison["noBaseline"];
  /** Metrics of an earlier run, for files that Git does not have. */
  readonly record: MetricRecord | null;
}

/** A collector that fails becomes a problem of the report; the others go on. */
export async function compareValues(view: View, options: CompareOptions): Promise<ComparedValues> {
  const [metrics, params, data] = await Promise.all([
    guarded("metrics", collectMetrics(view)),
    guarded("params", collectParams(view)),
    view.base === null ? nothing<Comparison["data"][number]>() : guarded("data", collectData(view)),
  ]);
  return {
    head: options.head,
    base: options.base,
    noBaseline: options.noBaseline,
    metrics: options.record === null ? metrics.changes : withRecord(metrics.changes, options.record),
    params: params.changes,
    data: data.changes,
    problems: unique([...indexProblems(view), ...metrics.problems, ...params.problems, ...data.problems]),
    sources: view.sources,
  };
}

/** Adds plots and images. */
export async function comparePlots(view: View, values: ComparedValues): Promise<Comparison> {
  const label = (side: Side): string => (side === view.head ? "this" : (values.base?.name ?? side.label.name));
  try {
    const found = await collectPlots(view, { label });
    return { ...values, plots: found.plots, images: found.images, problems: unique([...values.problems, ...found.problems]) };
  } catch (error) {
    return { ...values, plots: [], images: [], problems: [...values.problems, problemOf("plots", error)] };
  }
}

/** Metrics of one further revision by `file` and `name`, a line end between them. */
export async function metricsOf(side: Side, view: View): Promise<ReadonlyMap<string, Value | undefined>> {
  const found = await collectMetrics({ base: null, head: side, sources: view.sources });
  return new Map(found.changes.map((change) => [`${change.file}\n${change.name}`, change.new]));
}

async function guarded<T>(what: string, found: Promise<Found<T>>): Promise<Found<T>> {
  try {
    return await found;
  } catch (error) {
    return { changes: [], problems: [problemOf(what, error)] };
  }
}

async function nothing<T>(): Promise<Found<T>> {
  return { changes: [], problems: [] };
}

/** Only expected failures are turned into problems: a bug must stay a bug. */
function problemOf(what: string, error: unknown): Problem {
  if (!(error instanceof CmlError) || error.kind === "cancelled") throw error;
  const { file, line } = error.details;
  return {
    file: typeof file === "string" ? file : what,
    line: typeof line === "number" ? line : null,
    revision: "",
    message: error.message,
  };
}

function indexProblems(view: View): Problem[] {
  return [...(view.base?.index.problems ?? []), ...view.head.index.problems];
}

function unique(problems: readonly Problem[]): Problem[] {
  const seen = new Map<string, Problem>();
  for (const problem of problems) seen.set(`${problem.file}\n${problem.line}\n${problem.revision}\n${problem.message}`, problem);
  return [...seen.values()];
}
