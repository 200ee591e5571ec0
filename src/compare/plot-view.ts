import { posix } from "node:path";
import { CmlError } from "../core/error.ts";
import type { ImageChange, Plot, Problem } from "./comparison.ts";
import { fillChart } from "./plot-chart.ts";
import { compareImagePaths } from "./image-order.ts";
import type { Table } from "./plot-data.ts";
import { imageType } from "./plot-data.ts";
import { plotRevision, type PlotDefinition } from "./plot-definition.ts";
import { plainObject } from "./plot-json.ts";
import type { PlotProperties } from "./plot-property.ts";
import type { PlotSource } from "./plot-source.ts";
import { type ChartPlot, gatherPlots, type ImagePlot, type PlotError } from "./plots.ts";
import type { Side, View } from "./view.ts";

export interface CollectPlotsOptions {
  /** Name of a side in legends. */
  label(side: Side): string;
}

export interface CollectedPlots {
  readonly plots: readonly Plot[];
  readonly images: readonly ImageChange[];
  readonly problems: readonly Problem[];
}

/** Charts with base and head overlaid, and images of both sides. A file that is declared twice is drawn once. */
export async function collectPlots(view: View, options: CollectPlotsOptions): Promise<CollectedPlots> {
  const names = namesOf(view, options);
  const revisions = names.map(({ side, name }) => plotRevision(side, { name }));
  const gathered = await gatherPlots(revisions, {
    merge: "always",
    further: (source, declared) => undeclared(view, source, declared),
  });
  const [head = "", base] = names.map(({ name }) => name);
  const plots: Plot[] = [];
  const images: ImageChange[] = [];
  const problems = gathered.errors
    .filter((error) => isNews(error, gathered.errors, names.length))
    .map((error) => problemOf(error, names));
  for (const plot of gathered.plots) {
    if (plot.kind === "image") images.push(imageChange(plot, head, base));
    else {
      const made = plotOf(plot, head, base, problems);
      if (made !== null) plots.push(made);
    }
  }
  const present = images.filter((image) => image.old !== null || image.new !== null);
  return { plots, images: present.toSorted((a, b) => compareImagePaths(a.path, b.path)), problems };
}

interface Named {
  readonly side: Side;
  readonly name: string;
}

/** The head first: its properties win. Both sides of one name would be one series. */
function namesOf({ base, head }: View, { label }: CollectPlotsOptions): Named[] {
  const first = { side: head, name: label(head) };
  if (base === null) return [first];
  const name = label(base);
  return [first, { side: base, name: name === first.name ? `${name} (base)` : name }];
}

/** A file that is there on one side only is no failure: the plot is new, or gone. */
function isNews(error: PlotError, all: readonly PlotError[], sides: number): boolean {
  if (!error.isMissing) return true;
  return all.filter((other) => other.isMissing && other.source === error.source && other.name === error.name).length === sides;
}

function problemOf(error: PlotError, names: readonly Named[]): Problem {
  const side = names.find(({ name }) => name === error.rev)?.side;
  return {
    file: error.source ?? error.name ?? "plots",
    line: error.line,
    revision: side?.label.name ?? error.rev,
    message: error.msg,
  };
}

function plotOf(plot: ChartPlot, head: string, base: string | undefined, problems: Problem[]): Plot | null {
  if (plot.chart === null || plot.template === null) return null;
  try {
    return {
      id: plot.id,
      title: plot.chart.title,
      spec: plainObject(fillChart(plot.template, plot.chart).content),
      revisions: plot.chart.revisions,
      changed: base !== undefined && !isEqual(plot.series.get(head)?.tables ?? [], plot.series.get(base)?.tables ?? []),
    };
  } catch (error) {
    if (!(error instanceof CmlError)) throw error;
    problems.push({ file: plot.id, line: null, revision: "", message: error.message });
    return null;
  }
}

/** Whether datapoints are the same but for the name of their revision. */
function isEqual(a: readonly Table[], b: readonly Table[]): boolean {
  return a.length === b.length && a.every((table, index) => isEqualTable(table, b[index] ?? { columns: [], rows: [] }));
}

function isEqualTable(a: Table, b: Table): boolean {
  if (a.rows.length !== b.rows.length || a.columns.join("\n") !== b.columns.join("\n")) return false;
  const places = [...a.columns.keys()].filter((index) => a.columns[index] !== "rev");
  return a.rows.every((row, index) => places.every((place) => isEqualCell(row[place], b.rows[index]?.[place])));
}

function isEqualCell(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  return JSON.stringify(a, plainly) === JSON.stringify(b, plainly);
}

function plainly(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Map ? [...value] : value;
}

function imageChange(plot: ImagePlot, head: string, base: string | undefined): ImageChange {
  const now = plot.images.get(head) ?? null;
  const old = base === undefined ? null : (plot.images.get(base) ?? null);
  const isSame = now !== null && old !== null && Buffer.compare(now, old) === 0;
  return {
    path: plot.id,
    mediaType: imageType(plot.id) ?? "application/octet-stream",
    old,
    new: now,
    changed: base !== undefined && !isSame,
  };
}

/** Plots of files that nothing declares, with what their place and columns tell. */
async function undeclared(view: View, source: PlotSource, declared: ReadonlySet<string>): Promise<PlotDefinition[]> {
  const found: PlotDefinition[] = [];
  for (const id of [...view.sources.plots, ...view.sources.images]) {
    if (declared.has(id) || (await source.revision.kind(id)) !== "file") continue;
    for (const properties of await guess(source, id)) found.push({ config: "", id, properties, isStageOut: false });
  }
  return found;
}

const steps = ["step", "epoch", "iteration", "iter", "global_step"];

async function guess(source: PlotSource, id: string): Promise<PlotProperties[]> {
  if (imageType(id) !== null) return [{}];
  try {
    const { table, lastField } = await source.data(id, undefined);
    const kind = sklearnKind(id, table);
    if (kind !== null) return [kind];
    const x = table.columns.find((column) => steps.includes(column.trim().toLowerCase()));
    const y = x === undefined ? undefined : valueColumns(table, x);
    return [
      {
        ...(x === undefined ? {} : { x }),
        ...(y === undefined || y.length === 0 ? {} : { y }),
        ...(lastField === null ? {} : {}),
      },
    ];
  } catch (error) {
    if (!(error instanceof CmlError)) throw error;
    // The plot itself tells why it can't be drawn.
    return [{}];
  }
}

/** Curves of a history: columns with a number in their first rows, the clock left out, at most as many as a legend holds. */
function valueColumns(table: Table, x: string): string[] {
  return table.columns
    .filter((column, index) => {
      if (
        column === x ||
        /^(?:timestamp|time|wall_time|created_at)$/i.test(column.trim()) ||
        steps.includes(column.trim().toLowerCase())
      )
        return false;
      return table.rows
        .slice(0, 20)
        .some((row) => row[index] !== "" && row[index] !== null && Number.isFinite(Number(row[index])));
    })
    .slice(0, 6);
}

/** DVCLive's `sklearn` folder: the kind follows from the fields. */
function sklearnKind(id: string, table: Table): PlotProperties | null {
  if (!/(?:^|\/)sklearn\//.test(id)) return null;
  const has = (...fields: readonly string[]): boolean => fields.every((field) => table.columns.includes(field));
  const title = posix.basename(id, posix.extname(id)).replaceAll("_", " ");
  if (has("fpr", "tpr")) return { template: "simple", x: "fpr", y: ["tpr"], title };
  if (has("recall", "precision")) return { template: "simple", x: "recall", y: ["precision"], title };
  if (has("fpr", "fnr")) return { template: "simple", x: "fpr", y: ["fnr"], title };
  if (has("prob_true", "prob_pred")) return { template: "simple", x: "prob_pred", y: ["prob_true"], title };
  if (has("actual", "predicted")) return { template: "confusion", x: "actual", y: ["predicted"], title };
  return null;
}
