import { formatFloat } from "./number.ts";
import { errorAt, placeOf } from "./place.ts";
import { CalendarDate, type Value } from "./value.ts";

const depthLimit = 500;
/** Python refuses longer integers too; reading them takes quadratic time. */
const digitLimit = 4300;

/**
 * Reads JSON as Python's `json.loads` does: `1` is a bigint and `1.0` a number, `NaN`, `Infinity` and `-Infinity` are accepted, the last of
 * equal keys wins. `InputError` with line and column; `what` names the text.
 */
export function readJson(text: string, what: string): Value {
  const reader = new Reader(text.startsWith("\uFEFF") ? text.slice(1) : text, what);
  return reader.document();
}

const numberPattern = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y;
const plainPattern = /[^"\\\u0000-\u001f]*/y;
const words: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["true", true],
  ["false", false],
  ["null", null],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);
const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

class Reader {
  readonly #text: string;
  readonly #what: string;
  #at = 0;

  constructor(text: string, what: string) {
    this.#text = text;
    this.#what = what;
  }

  document(): Value {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) this.#fail("text after the end of the document");
    return value;
  }

  #value(depth: number): Value {
    if (depth > depthLimit) this.#fail(`nested deeper than ${depthLimit} levels`);
    this.#space();
    const first = this.#text[this.#at];
    if (first === undefined) this.#fail("unexpected end");
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#array(depth);
    if (first === '"') return this.#string();
    for (const [word, value] of words) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #object(depth: number): Value {
    const map = new Map<string, Value>();
    this.#at++;
    this.#space();
    if (this.#take("}")) return map;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#fail("expected a key in double quotes");
      const key = this.#string();
      this.#space();
      if (!this.#take(":")) this.#fail("expected `:`");
      map.set(key, this.#value(depth + 1));
      this.#space();
      if (this.#take("}")) return map;
      if (!this.#take(",")) this.#fail("expected `,` or `}`");
    }
  }

  #array(depth: number): Value {
    const items: Value[] = [];
    this.#at++;
    this.#space();
    if (this.#take("]")) return items;
    for (;;) {
      items.push(this.#value(depth + 1));
      this.#space();
      if (this.#take("]")) return items;
      if (!this.#take(",")) this.#fail("expected `,` or `]`");
    }
  }

  #string(): string {
    this.#at++;
    let result = "";
    for (;;) {
      plainPattern.lastIndex = this.#at;
      const plain = plainPattern.exec(this.#text)?.[0] ?? "";
      result += plain;
      this.#at += plain.length;
      if (this.#take('"')) return result;
      if (!this.#take("\\")) this.#fail(this.#at < this.#text.length ? "control character in a string" : "string without end");
      result += this.#escape();
    }
  }

  #escape(): string {
    const letter = this.#text[this.#at] ?? "";
    const known = escapes.get(letter);
    if (known !== undefined) {
      this.#at++;
      return known;
    }
    const digits = this.#text.slice(this.#at + 1, this.#at + 5);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail("unknown escape in a string");
    this.#at += 5;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #number(): Value {
    numberPattern.lastIndex = this.#at;
    const match = numberPattern.exec(this.#text);
    if (match === null) this.#fail(`unexpected character \`${String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0)}\``);
    if (match[1] === undefined && match[2] === undefined) {
      if (match[0].length > digitLimit) this.#fail(`integer of more than ${digitLimit} digits`);
      this.#at += match[0].length;
      return BigInt(match[0]);
    }
    this.#at += match[0].length;
    return Number(match[0]);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.#at++;
    }
  }

  #fail(message: string): never {
    throw errorAt(this.#what, placeOf(this.#text, this.#at), `not valid JSON: ${message}`);
  }
}

/** What `printJson` prints: values, and plain objects that hold values (keys that are undefined are left out). */
export type Printable =
  | Value
  | undefined
  | readonly Printable[]
  | ReadonlyMap<string, Printable>
  | { readonly [key: string]: Printable };

export interface PrintOptions {
  /** Spaces of one level; all on one line unless given. */
  readonly indent?: number;
  /** Escape everything beyond ASCII, as Python does; true unless given. */
  readonly ascii?: boolean;
}

/** JSON as Python's `json.dumps` prints it: `, ` and `: `, floats as `repr`, bare `NaN` and `Infinity`, a date as its text. */
export function printJson(value: Printable, options: PrintOptions = {}): string {
  return print(value, options, "\n");
}

function print(value: Printable, options: PrintOptions, newline: string): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number") return printFloat(value);
  if (typeof value === "string") return printString(value, options.ascii ?? true);
  if (value instanceof CalendarDate) return printString(value.text, options.ascii ?? true);
  const inner = options.indent === undefined ? newline : newline + " ".repeat(options.indent);
  if (isList(value))
    return wrap(
      "[",
      value.map((item) => print(item, options, inner)),
      "]",
      options,
      newline,
      inner,
    );
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const fields = entries
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${printString(String(key), options.ascii ?? true)}: ${print(item, options, inner)}`);
  return wrap("{", fields, "}", options, newline, inner);
}

function isList(value: Printable): value is readonly Printable[] {
  return Array.isArray(value);
}

function wrap(
  open: string,
  parts: readonly string[],
  close: string,
  options: PrintOptions,
  newline: string,
  inner: string,
): string {
  if (parts.length === 0) return open + close;
  if (options.indent === undefined) return open + parts.join(", ") + close;
  return open + inner + parts.join(`,${inner}`) + newline + close;
}

function printFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  return formatFloat(value);
}

/** JSON.stringify leaves DEL and everything above raw, and writes control characters as Python does. */
export function printString(text: string, ascii: boolean): string {
  const quoted = JSON.stringify(text);
  if (!ascii) return quoted;
  return quoted.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
