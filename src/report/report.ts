import type { Comparison, Direction, Plot } from "../compare/comparison.ts";
import { type Gate, type GateResult, evaluateGates } from "../compare/gate.ts";
import { matchMetric } from "../compare/metric-name.ts";
import type { Value } from "../core/value.ts";
import { recolored } from "./chart-style.ts";
import { judge, type MetricRow } from "./judge.ts";
import type { Settings } from "./settings.ts";

/** Everything the sections draw on: the comparison, judged. */
export interface Report {
  readonly title: string | null;
  readonly comparison: Comparison;
  readonly gates: readonly GateResult[];
  /** A gate that failed does not fail the job (`--advisory`). */
  readonly advisory: boolean;
  /** Worst first. */
  readonly rows: readonly MetricRow[];
  /** Share below which a change counts as none, for the text that explains it. */
  readonly minChange: number;
  readonly facts: Facts;
  /** Further revisions by `--compare`, each against the same head. */
  readonly others: readonly Other[];
  /** Plots by slot in the order of the report; images likewise. */
  readonly charts: ReadonlyMap<string, Plot>;
  /** Sentences for the footer. */
  readonly notes: readonly string[];
  /** Sentences that stand before everything else: a pull request that weakens its own gates. */
  readonly warnings: readonly string[];
}

export interface Other {
  readonly name: string;
  /** By file and name, a line end between them. */
  readonly metrics: ReadonlyMap<string, Value | undefined>;
}

/** What is known about the run; what is unknown is left out. */
export interface Facts {
  readonly nowMs: number;
  readonly runUrl: string | null;
  readonly runLabel: string | null;
  readonly fullReportUrl: string | null;
  readonly machine: readonly string[];
}

export interface ReportOptions {
  readonly title: string | null;
  readonly gates: readonly Gate[];
  readonly advisory: boolean;
  readonly accept: NonNullable<Settings["accept"]>;
  readonly directions: Readonly<Record<string, Direction>>;
  readonly minChange: number;
  readonly facts: Facts;
  readonly others: readonly Other[];
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/** Judges a comparison. `UsageError` for a gate whose name fits several metrics. */
export function reportOf(comparison: Comparison, options: ReportOptions): Report {
  const results = evaluateGates(options.gates, comparison.metrics, comparison.base !== null);
  const { gates, notes } = excepted(results, comparison, options);
  const { title, advisory, minChange, facts, others, warnings, directions } = options;
  return {
    title,
    comparison,
    gates,
    advisory,
    rows: judge(comparison, { directions, minChange }, gates),
    minChange,
    facts,
    others,
    charts: chartSlots(comparison.plots),
    notes: [...options.notes, ...notes],
    warnings,
  };
}

/** A failed gate whose metric the team has accepted for a while only warns, and the report prints the exception. */
function excepted(
  results: readonly GateResult[],
  comparison: Comparison,
  options: ReportOptions,
): { gates: GateResult[]; notes: string[] } {
  const notes: string[] = [];
  const gates = results.map((result) => {
    if (result.outcome !== "failed" || result.name === null) return result;
    const found = options.accept.find(
      (entry) => isSameMetric(entry.metric, result, comparison) && !isOver(entry.until, options.facts.nowMs),
    );
    if (found === undefined) return result;
    const until = found.until === undefined ? "" : ` until ${found.until}`;
    notes.push(`exception for ${result.name}${until}: ${found.reason}`);
    return { ...result, outcome: "warning" as const, reason: `accepted${until}: ${found.reason}` };
  });
  return { gates, notes };
}

function isSameMetric(written: string, result: GateResult, comparison: Comparison): boolean {
  const metric = matchMetric(written, comparison.metrics);
  return metric !== null && metric.file === result.file && metric.name === result.name;
}

/** A date counts to its end; a text that is none never ends silently: the exception is over. */
function isOver(until: string | undefined, nowMs: number): boolean {
  if (until === undefined) return false;
  const end = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(until) ? `${until}T23:59:59Z` : until);
  return !(end >= nowMs);
}

/** Slots hold no character that any form of the report would have to escape, and differ for different ids. */
function chartSlots(plots: readonly Plot[]): Map<string, Plot> {
  const slots = new Map<string, Plot>();
  for (const plot of plots) {
    const stem = plot.id.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 60) || "plot";
    let slot = `chart/${stem}`;
    for (let count = 2; slots.has(slot); count++) slot = `chart/${stem}-${count}`;
    slots.set(slot, { ...plot, spec: recolored(plot.spec, plot.revisions) });
  }
  return slots;
}

export function changedRows(report: Report): MetricRow[] {
  return report.rows.filter((row) => row.judgement !== "unchanged");
}

/** Short form of a commit. */
export function shortSha(sha: string): string {
  return sha.slice(0, 7);
}
