import type { Gate } from "./gate.ts";

/** A compared number for people: four significant digits, the unit of its gate, a sign where it is a difference. */
export function displayNumber(actual: number, gate: Pick<Gate, "kind" | "unit">): string {
  const unit = gate.unit === "" ? "" : ` ${gate.unit}`;
  if (Number.isNaN(actual)) return "NaN";
  const sign = gate.kind === "delta" && actual > 0 ? "+" : "";
  if (!Number.isFinite(actual)) return `${actual > 0 ? sign : "-"}∞${unit}`;
  return sign + shorten(actual) + unit;
}

function shorten(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  return String(Number(value.toPrecision(4)));
}
