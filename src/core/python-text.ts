import { formatFloat } from "./number.ts";
import { CalendarDate, isMapping, type Value } from "./value.ts";

/** A Python tuple: a list in JSON, `(1, 2)` in text. */
export class Tuple extends Array<Value> {}

/** What Python's `str` prints of a value. */
export function pythonText(value: Value): string {
  return typeof value === "string" ? value : pythonRepr(value);
}

/** What Python's `repr` prints of a value; a date prints as its text. */
export function pythonRepr(value: Value): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return formatFloat(value);
  if (typeof value === "string") return quote(value);
  if (value instanceof CalendarDate) return value.text;
  if (isMapping(value)) return `{${[...value].map(([key, item]) => `${quote(key)}: ${pythonRepr(item)}`).join(", ")}}`;
  const items = value.map(pythonRepr).join(", ");
  if (value instanceof Tuple) return value.length === 1 ? `(${items},)` : `(${items})`;
  return `[${items}]`;
}

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };
const unprintable = /[\\\p{C}\p{Zl}\p{Zp}\p{Zs}]/gu;

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(unprintable, (character) =>
    character === " " ? " " : (named[character] ?? escapeCode(character)),
  );
  return mark + (mark === "'" ? escaped.replaceAll("'", "\\'") : escaped) + mark;
}

function escapeCode(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code <= 0xff) return `\\x${digits.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}
