import type { Value } from "../core/value.ts";
import type { Direction, MetricChange } from "./comparison.ts";

/** Smallest relative change that counts unless set: 0.1 %. */
export const defaultMinChange = 0.001;

/** `changed`: the value differs, but it is no number or no direction is known. */
export type Verdict = "better" | "worse" | "unchanged" | "changed" | "added" | "removed";

export interface Classified {
  readonly verdict: Verdict;
  /** New minus old, null unless both are numbers. */
  readonly delta: number | null;
  /** `delta` divided by the size of the old value: 0.01 is one per cent. Infinite when the old value is zero. */
  readonly relative: number | null;
  /** Order of bad news, largest first: a metric that became NaN, then worse ones by relative change, then the rest. */
  readonly severity: number;
}

/**
 * The number a metric stands for, or null. DVCLive writes NaN and infinities as text, hence those words are numbers; booleans are not.
 */
export function numberOf(value: Value | undefined): number | null {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "string") return null;
  const match = /^([-+]?)(nan|inf|infinity)$/i.exec(value.trim());
  if (match === null) return null;
  if (match[2]?.toLowerCase() === "nan") return Number.NaN;
  return match[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/**
 * Judges one metric. A NaN that was there before is unchanged, one that is gone is better, one that appeared is worse than anything else,
 * whatever the direction. Changes below `minChange` (relative) are unchanged.
 */
export function classify(change: MetricChange, direction: Direction, minChange = defaultMinChange): Classified {
  if (change.old === undefined && change.new === undefined) return judged("unchanged", null, null);
  if (change.old === undefined) return judged("added", null, null, Number.isNaN(numberOf(change.new)) ? Number.MAX_VALUE : 0);
  if (change.new === undefined) return judged("removed", null, null);
  const before = numberOf(change.old);
  const after = numberOf(change.new);
  if (before === null || after === null) return judged(isSame(change.old, change.new) ? "unchanged" : "changed", null, null);
  return classifyNumbers(before, after, direction, minChange);
}

function classifyNumbers(before: number, after: number, direction: Direction, minChange: number): Classified {
  if (Number.isNaN(after)) {
    if (Number.isNaN(before)) return judged("unchanged", 0, 0);
    return judged("worse", Number.NaN, Number.NaN, Number.POSITIVE_INFINITY);
  }
  if (Number.isNaN(before)) return judged("better", Number.NaN, Number.NaN);
  if (before === after) return judged("unchanged", 0, 0);
  const delta = after - before;
  const relative = relativeChange(before, after);
  if (Math.abs(relative) < minChange) return judged("unchanged", delta, relative);
  if (direction === "unknown") return judged("changed", delta, relative);
  const isWorse = direction === "higher" ? delta < 0 : delta > 0;
  return isWorse
    ? judged("worse", delta, relative, 1 + Math.min(Math.abs(relative), Number.MAX_VALUE))
    : judged("better", delta, relative);
}

/** Change relative to the size of the old value; the halves keep 1e308 from overflowing. */
export function relativeChange(before: number, after: number): number {
  if (before === after) return 0;
  if (before === 0 || !Number.isFinite(after)) return after > before ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  if (!Number.isFinite(before)) return after > before ? 1 : -1;
  return (after / 2 - before / 2) / (Math.abs(before) / 2);
}

/** Equality of values; NaN equals NaN, `1` equals `1.0`. */
export function isSame(a: Value, b: Value): boolean {
  if (Object.is(a, b)) return true;
  if ((typeof a === "number" || typeof a === "bigint") && (typeof b === "number" || typeof b === "bigint"))
    return equalNumbers(a, b);
  return false;
}

/** `==` of a bigint and a number compares mathematically in both languages. */
function equalNumbers(a: number | bigint, b: number | bigint): boolean {
  return a == b; // oxlint-disable-line eqeqeq -- `===` calls 1n and 1 different
}

function judged(verdict: Verdict, delta: number | null, relative: number | null, severity = 0): Classified {
  return { verdict, delta, relative, severity };
}
