import type { Comparison, Direction, MetricChange } from "../compare/comparison.ts";
import { compareCodePoints } from "../core/text.ts";
import { classify, numberOf } from "../compare/change.ts";
import { directionOf } from "../compare/direction.ts";
import type { GateResult } from "../compare/gate.ts";

export type Judgement = "worse" | "better" | "noise" | "changed" | "added" | "removed" | "unchanged";

/** A metric with its verdict; `old` and `now` are null where there is no number on that side. */
export interface MetricRow {
  /** What the reader sees: the key, with its file where two files hold the same key. */
  readonly label: string;
  readonly change: MetricChange;
  readonly old: number | null;
  readonly now: number | null;
  readonly relative: number | null;
  readonly direction: Direction;
  /** The direction follows from the name, not from a setting. */
  readonly guessed: boolean;
  readonly judgement: Judgement;
  /** Sorts within a judgement, largest first. */
  readonly severity: number;
  readonly noise: Noise | null;
}

/** 95 % interval of the difference, from the standard errors that the files give beside the metric. */
export interface Noise {
  readonly low: number;
  readonly high: number;
  readonly samples: number | null;
}

export interface JudgeOptions {
  readonly directions: Readonly<Record<string, Direction>>;
  /** Relative change below which a metric is unchanged. */
  readonly minChange: number;
}

const order: readonly Judgement[] = ["worse", "removed", "better", "noise", "changed", "added", "unchanged"];

/** All metrics with their verdict, worst first; failed gates lead. */
export function judge(
  comparison: Pick<Comparison, "base" | "metrics">,
  options: JudgeOptions,
  gates: readonly GateResult[] = [],
): MetricRow[] {
  const siblings = new Map(comparison.metrics.map((change) => [`${change.file}\n${change.name}`, change]));
  const counts = new Map<string, number>();
  for (const change of comparison.metrics) counts.set(change.name, (counts.get(change.name) ?? 0) + 1);
  const rows = comparison.metrics
    .filter((change) => !isBookkeeping(change, siblings))
    .map((change) => {
      const label =
        (counts.get(change.name) ?? 0) > 1 || change.name === "" ? `${change.file} ${change.name}`.trim() : change.name;
      return judgeOne(change, label, siblings, options, comparison.base !== null);
    });
  const failed = new Set(
    gates.filter((gate) => gate.outcome === "failed").map((gate) => `${gate.file ?? ""}\n${gate.name ?? ""}`),
  );
  // Among the better ones those that a gate watches lead, in the order of the gates.
  const watchlist = gates.map((gate) => `${gate.file ?? ""}\n${gate.name ?? ""}`);
  const watched = (row: MetricRow): number => {
    const at = row.judgement === "better" ? watchlist.indexOf(`${row.change.file}\n${row.change.name}`) : -1;
    return at === -1 ? gates.length : at;
  };
  const lead = (row: MetricRow): number => (failed.has(`${row.change.file}\n${row.change.name}`) ? 0 : 1);
  return rows.toSorted(
    (a, b) =>
      lead(a) - lead(b) ||
      order.indexOf(a.judgement) - order.indexOf(b.judgement) ||
      b.severity - a.severity ||
      watched(a) - watched(b) ||
      Math.abs(b.relative ?? 0) - Math.abs(a.relative ?? 0) ||
      compareCodePoints(a.label, b.label),
  );
}

function judgeOne(
  change: MetricChange,
  label: string,
  siblings: ReadonlyMap<string, MetricChange>,
  options: JudgeOptions,
  hasBase: boolean,
): MetricRow {
  const pins = options.directions;
  const direction = directionOf(change.name, pins);
  const classified = classify(change, direction, options.minChange);
  const old = numberOf(change.old);
  const now = numberOf(change.new);
  const noise = hasBase ? noiseOf(change, siblings) : null;
  const inside = noise !== null && noise.low <= 0 && noise.high >= 0;
  const judged = classified.verdict === "better" || classified.verdict === "worse" || classified.verdict === "changed";
  return {
    label,
    change,
    old,
    now,
    relative: finite(classified.relative),
    direction,
    guessed: direction !== "unknown" && !isPinned(change.name, pins),
    judgement: judged && inside ? "noise" : classified.verdict,
    severity: classified.severity,
    noise,
  };
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

function isPinned(name: string, pins: Readonly<Record<string, Direction>>): boolean {
  const wanted = `.${name.replaceAll("/", ".")}`;
  return Object.keys(pins).some((pin) => wanted.endsWith(`.${pin.replaceAll("/", ".")}`));
}

const errorSuffixes = ["_stderr", "_se", "_std_err", ".stderr"];

/** A standard error beside its metric is part of the metric's row, not a metric of its own. */
function isBookkeeping(change: MetricChange, siblings: ReadonlyMap<string, MetricChange>): boolean {
  return errorSuffixes.some(
    (suffix) => change.name.endsWith(suffix) && siblings.has(`${change.file}\n${change.name.slice(0, -suffix.length)}`),
  );
}

function noiseOf(change: MetricChange, siblings: ReadonlyMap<string, MetricChange>): Noise | null {
  const old = numberOf(change.old);
  const now = numberOf(change.new);
  if (old === null || now === null) return null;
  for (const suffix of errorSuffixes) {
    const error = siblings.get(`${change.file}\n${change.name}${suffix}`);
    const before = numberOf(error?.old);
    const after = numberOf(error?.new);
    if (before === null || after === null) continue;
    const half = 1.96 * Math.hypot(before, after);
    if (!Number.isFinite(half)) continue;
    const parent = /^.*[./]/.exec(change.name)?.[0] ?? "";
    const samples = numberOf(siblings.get(`${change.file}\n${parent}n`)?.new);
    return { low: now - old - half, high: now - old + half, samples };
  }
  return null;
}
