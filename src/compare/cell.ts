import { roundDecimals } from "../core/number.ts";
import { isMapping, type Value } from "../core/value.ts";
import { pythonText, Tuple } from "../core/python-text.ts";

/** A value in a table as DVC prints it: floats rounded to `precision` decimals (null: not at all), `-` for nothing. */
export function formatCell(value: Value, precision: number | null): string {
  return value === null ? "-" : pythonText(rounded(value, precision));
}

function rounded(value: Value, precision: number | null): Value {
  if (precision === null) return value;
  if (typeof value === "number") return roundDecimals(value, precision);
  if (isMapping(value)) return new Map([...value].map(([key, item]) => [key, rounded(item, precision)]));
  if (!Array.isArray(value) || value instanceof Tuple) return value;
  return value.map((item: Value) => rounded(item, precision));
}
