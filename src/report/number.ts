import type { Value } from "../core/value.ts";
import { CalendarDate, isMapping } from "../core/value.ts";

/** Numbers of the report: four significant digits, thousands separated, whole numbers whole. */

/** Digits after the point that give four significant digits. */
function decimalsOf(value: number): number {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(size)) return 0;
  return Math.min(12, Math.max(0, 3 - Math.floor(Math.log10(size))));
}

function isTiny(value: number): boolean {
  return value !== 0 && Math.abs(value) < 1e-4;
}

function isHuge(value: number): boolean {
  return Math.abs(value) >= 1e15;
}

function separated(digits: string): string {
  const [whole = "", rest] = digits.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return rest === undefined ? grouped : `${grouped}.${rest}`;
}

function fixed(value: number, decimals: number): string {
  return separated(value.toFixed(decimals));
}

/** `0.8420`, `47.90`, `12,346`, `1.235e-5`, `NaN`, `Infinity`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  if (isTiny(value) || isHuge(value)) return value.toExponential(3);
  if (Number.isInteger(value)) return fixed(value, 0);
  return fixed(value, decimalsOf(value));
}

/** Signed difference with the decimals of the values it came from: `-0.0310`, `+6.30`; two significant digits where that would be zero. */
export function formatChange(old: number, current: number): string {
  const delta = current - old;
  if (!Number.isFinite(delta)) return "";
  const sign = delta < 0 ? "-" : "+";
  const size = Math.abs(delta);
  if (size === 0) return "0";
  if (isHuge(size) || isTiny(Math.max(Math.abs(old), Math.abs(current)))) return sign + size.toExponential(1);
  if (Number.isInteger(old) && Number.isInteger(current)) return sign + fixed(size, 0);
  const parts = [old, current].filter((value) => value !== 0 && !isTiny(value) && !Number.isInteger(value));
  const decimals = Math.min(...(parts.length === 0 ? [size] : parts).map(decimalsOf));
  const text = size.toFixed(decimals);
  if (Number(text) !== 0) return sign + separated(text);
  return sign + (isTiny(size) ? size.toExponential(1) : Number(size.toPrecision(2)).toString());
}

/** `-3.7 %`, `+13 %`, `+0.042 %`, `+1,500 %`. */
export function formatPercent(ratio: number, signed = true): string {
  const percent = Math.abs(ratio) * 100;
  const sign = ratio < 0 ? "-" : "+";
  let digits: string;
  if (percent >= 1e6) digits = percent.toExponential(1);
  else if (percent >= 9.95) digits = fixed(percent, 0);
  else if (percent >= 0.095) digits = percent.toFixed(1);
  else digits = String(Number(percent.toPrecision(2)));
  return `${signed ? sign : ""}${digits} %`;
}

/** A value of any kind on one line; at most `limit` characters. */
export function formatValue(value: Value | undefined, limit = 60): string {
  const text = plain(value);
  const points = [...text];
  return points.length > limit ? `${points.slice(0, limit - 1).join("")}…` : text;
}

function plain(value: Value | undefined): string {
  if (value === undefined) return "-";
  if (value === null) return "null";
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "bigint") {
    const text = value.toString();
    return text.length > 16 ? text : separated(text).replace(/^-,/, "-");
  }
  if (typeof value === "string") return value === "" ? '""' : value;
  if (typeof value === "boolean") return String(value);
  if (value instanceof CalendarDate) return value.text;
  if (isMapping(value)) return `{${[...value].map(([key, item]) => `${key}: ${plain(item)}`).join(", ")}}`;
  return `[${value.map(plain).join(", ")}]`;
}

/** A param as it is written, without rounding: `0.001`, `sgd`, `[1, 2]`. */
export function formatParam(value: Value | undefined, limit = 60): string {
  if (typeof value === "number") return Number.isInteger(value) && !isHuge(value) ? `${value}.0` : String(value);
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return clip(`[${value.map((item: Value) => formatParam(item, limit)).join(", ")}]`, limit);
  return formatValue(value, limit);
}

function clip(text: string, limit: number): string {
  const points = [...text];
  return points.length > limit ? `${points.slice(0, limit - 1).join("")}…` : text;
}

/** `48.1 MB`: decimal units, as forges and clouds print them. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let size = Math.abs(bytes);
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  const digits = unit === 0 ? String(size) : size >= 99.5 ? size.toFixed(0) : size.toFixed(1);
  return `${bytes < 0 ? "-" : ""}${digits} ${units[unit] ?? "B"}`;
}

export function formatCount(count: number): string {
  return separated(String(count)).replace(/^-,/, "-");
}

/** `1 metric`, `2 metrics`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : many}`;
}

/** `3 minutes`, `1 day`, `5 weeks`: the largest unit that fits. */
export function formatAge(ms: number): string {
  const steps = [
    { noun: "year", ms: 31_557_600_000 },
    { noun: "month", ms: 2_629_800_000 },
    { noun: "week", ms: 604_800_000 },
    { noun: "day", ms: 86_400_000 },
    { noun: "hour", ms: 3_600_000 },
    { noun: "minute", ms: 60_000 },
  ];
  for (const step of steps) if (ms >= step.ms) return plural(Math.floor(ms / step.ms), step.noun);
  return "less than a minute";
}
