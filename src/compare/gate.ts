import { UsageError } from "../core/error.ts";
import { displayNumber } from "./gate-text.ts";
import { numberOf, relativeChange } from "./change.ts";
import type { MetricChange } from "./comparison.ts";
import { matchMetric } from "./metric-name.ts";

const operators = [">=", "<=", "==", "!=", ">", "<"] as const;
export type Operator = (typeof operators)[number];

/** A rule of the simple kind: `eval/accuracy >= 0.9`, `delta(loss) <= 1%`, `warn: latency_ms <= 50`. */
export interface Gate {
  /** As written, without `warn:`. */
  readonly text: string;
  /** Only warns when it does not hold. */
  readonly warn: boolean;
  readonly metric: string;
  readonly kind: "value" | "delta";
  readonly operator: Operator;
  readonly bound: number;
  /** Of the bound: `%` is relative to the old value, `pt` a difference times 100, `""` the metric's own unit. */
  readonly unit: "" | "%" | "pt";
}

export interface GateResult {
  readonly gate: Gate;
  readonly outcome: "passed" | "failed" | "warning";
  readonly file: string | null;
  /** Flattened key of the metric, null when it is missing. */
  readonly name: string | null;
  /** What was compared with the bound, in the bound's unit; null when there is nothing to compare. */
  readonly actual: number | null;
  /** The same for people: `0.9123`, `-3.1 pt`, `+0.8 %`, `missing`. */
  readonly shown: string;
  /** Why there is nothing to compare, else null. */
  readonly reason: string | null;
}

const pattern =
  /^(?:(delta)\s*\(\s*(.+?)\s*\)|(.+?))\s*(>=|<=|==|!=|>|<)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(%|pt)?$/;
const example = "a gate reads `eval/accuracy >= 0.9`, `delta(loss) <= 1%` or `warn: latency_ms <= 50`";

/** Reads a gate. `UsageError` when it is none. */
export function parseGate(text: string): Gate {
  const trimmed = text.trim();
  const warning = /^warn\s*:\s*/i.exec(trimmed);
  const rule = warning === null ? trimmed : trimmed.slice(warning[0].length);
  const match = pattern.exec(rule);
  const operator = operators.find((known) => known === match?.[4]);
  if (match === null || operator === undefined) throw new UsageError(`not a gate: \`${text}\``, { hint: example });
  const [, delta, deltaMetric, valueMetric, , bound = "", suffix] = match;
  const metric = unquote(deltaMetric ?? valueMetric ?? "");
  const unit = suffix === "%" || suffix === "pt" ? suffix : "";
  if (metric === "" || /[<>=]/.test(metric)) throw new UsageError(`not a gate: \`${text}\``, { hint: example });
  // Without `delta` a per cent could mean 0.9 or 90; a wrong guess would let everything pass.
  if (delta === undefined && unit !== "")
    throw new UsageError(`a bound in \`${unit}\` needs \`delta(…)\`: \`${text}\``, { hint: example });
  return {
    text: rule,
    warn: warning !== null,
    metric,
    kind: delta === undefined ? "value" : "delta",
    operator,
    bound: Number(bound),
    unit,
  };
}

function unquote(text: string): string {
  return /^(["'`]).*\1$/.test(text) ? text.slice(1, -1) : text;
}

/**
 * Judges every gate against the metrics of base and head (unchanged ones included). A metric that is missing or no number fails its gate, as does
 * NaN; a missing base makes `delta` a warning. `UsageError` for a name that fits several metrics, naming them.
 */
export function evaluateGates(gates: readonly Gate[], metrics: readonly MetricChange[], hasBase: boolean): readonly GateResult[] {
  return gates.map((gate) => evaluate(gate, metrics, hasBase));
}

function evaluate(gate: Gate, metrics: readonly MetricChange[], hasBase: boolean): GateResult {
  const metric = matchMetric(gate.metric, metrics);
  if (metric === null || metric.new === undefined) return without(gate, metric, "failed", "missing", "the metric is missing");
  const after = numberOf(metric.new);
  if (after === null) return without(gate, metric, "failed", "not a number", "the metric is not a number");
  if (gate.kind === "value") return judge(gate, metric, after);
  const before = numberOf(metric.old);
  if (before === null) {
    const reason = hasBase ? "the base does not have this metric as a number" : "there is no base to compare with";
    return without(gate, metric, "warning", "no base", reason);
  }
  return judge(gate, metric, difference(gate, before, after));
}

function difference(gate: Gate, before: number, after: number): number {
  if (Number.isNaN(before) || Number.isNaN(after)) return Number.NaN;
  if (gate.unit === "%") return tidy(relativeChange(before, after) * 100);
  return before === after ? 0 : tidy((after - before) * (gate.unit === "pt" ? 100 : 1), before, after);
}

/**
 * Removes the noise of binary subtraction (0.83 - 0.84 is -0.010000000000000009), so that a bound that is met exactly counts as met: rounded
 * to twelve decimals below the larger operand.
 */
function tidy(delta: number, ...operands: readonly number[]): number {
  const size = Math.max(Math.abs(delta), ...operands.map(Math.abs));
  if (!Number.isFinite(size) || size === 0) return delta;
  const decimals = 12 - Math.ceil(Math.log10(size));
  return decimals >= 0 && decimals <= 100 ? Number(delta.toFixed(decimals)) : delta;
}

function judge(gate: Gate, metric: MetricChange, actual: number): GateResult {
  const outcome = holds(actual, gate.operator, gate.bound) ? "passed" : gate.warn ? "warning" : "failed";
  return { gate, outcome, file: metric.file, name: metric.name, actual, shown: displayNumber(actual, gate), reason: null };
}

function without(
  gate: Gate,
  metric: MetricChange | null,
  outcome: "failed" | "warning",
  shown: string,
  reason: string,
): GateResult {
  const found = outcome === "failed" && gate.warn ? "warning" : outcome;
  return { gate, outcome: found, file: metric?.file ?? null, name: metric?.name ?? null, actual: null, shown, reason };
}

/** Every comparison with NaN is false; `!=` too, so that a metric that became NaN passes no gate. */
function holds(actual: number, operator: Operator, bound: number): boolean {
  switch (operator) {
    case ">=":
      return actual >= bound;
    case "<=":
      return actual <= bound;
    case ">":
      return actual > bound;
    case "<":
      return actual < bound;
    case "==":
      return actual === bound;
    case "!=":
      return actual !== bound && !Number.isNaN(actual);
  }
}
