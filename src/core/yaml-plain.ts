import { formatFloat } from "./number.ts";
import { keyText, resolvePlain } from "./scalar.ts";
import type { Value } from "./value.ts";

/** Values and their lines, as far as plain YAML goes. */
export interface PlainYaml {
  readonly value: Value;
  readonly places: WeakMap<object, ReadonlyMap<string | number, number>>;
}

interface Line {
  readonly indent: number;
  readonly text: string;
  readonly number: number;
}

const depthLimit = 100;
/** A key without any indicator: it needs no second look. */
const plainKey = /^[^\s\-?:,[\]{}#&*!|>'"%@`~=<][^:#'"]*$/;
const odd = /[\t\r\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/;

/**
 * Reads what programs and most people write: block mappings and lists of one-line scalars and one-line flow collections. Null for anything else, also
 * for anything wrong: the full parser then reads it, or tells what is wrong. That parser takes four times the memory of a whole command.
 */
export function readPlainYaml(text: string): PlainYaml | null {
  if (odd.test(text)) return null;
  const lines: Line[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const bare = raw.trimStart();
    if (bare === "" || bare.startsWith("#")) continue;
    if (/^(?:---|\.\.\.|%)/.test(raw)) return null;
    lines.push({ indent: raw.length - bare.length, text: bare.trimEnd(), number: index + 1 });
  }
  if (lines.length === 0) return { value: null, places: new WeakMap() };
  const reader = new Reader(lines);
  try {
    return { value: reader.document(), places: reader.places };
  } catch (error) {
    if (error instanceof NotPlain) return null;
    throw error;
  }
}

/** Thrown within this file only. */
class NotPlain extends Error {}

function refuse(): never {
  throw new NotPlain();
}

class Reader {
  readonly places = new WeakMap<object, ReadonlyMap<string | number, number>>();
  readonly #lines: Line[];
  #at = 0;

  constructor(lines: Line[]) {
    this.#lines = lines;
  }

  document(): Value {
    const first = this.#lines[0] ?? refuse();
    const value = this.#block(first.indent, 0);
    return this.#at === this.#lines.length ? value : refuse();
  }

  #block(indent: number, depth: number): Value {
    if (depth > depthLimit) refuse();
    const line = this.#lines[this.#at] ?? refuse();
    return isItem(line.text) ? this.#list(indent, depth) : this.#mapping(indent, depth);
  }

  #mapping(indent: number, depth: number): Value {
    const mapping = new Map<string, Value>();
    const places = new Map<string | number, number>();
    for (
      let line = this.#lines[this.#at];
      line !== undefined && line.indent === indent && !isItem(line.text);
      line = this.#lines[this.#at]
    ) {
      const end = /:(?= |$)/.exec(line.text)?.index ?? refuse();
      const written = line.text.slice(0, end);
      if (!plainKey.test(written) || written.endsWith(" ")) refuse();
      const key = keyText(resolvePlain(written), formatFloat);
      if (key === null || mapping.has(key)) return refuse();
      this.#at++;
      places.set(key, line.number);
      mapping.set(key, this.#valueOf(line.text.slice(end + 1).trim(), line, { indent, depth, mayBeList: true }));
    }
    this.#closed(indent);
    this.places.set(mapping, places);
    return mapping;
  }

  #list(indent: number, depth: number): Value {
    const items: Value[] = [];
    const places = new Map<string | number, number>();
    for (
      let line = this.#lines[this.#at];
      line !== undefined && line.indent === indent && isItem(line.text);
      line = this.#lines[this.#at]
    ) {
      const rest = line.text.slice(1).trimStart();
      const below = this.#lines[this.#at + 1];
      places.set(
        items.length,
        (rest === "" || rest.startsWith("#")) && below !== undefined && below.indent > indent ? below.number : line.number,
      );
      if (isItem(rest)) refuse();
      if (isPair(rest)) {
        // `- key: value` opens a mapping whose further keys stand below the first one.
        const inner = indent + line.text.length - rest.length;
        this.#lines[this.#at] = { indent: inner, text: rest, number: line.number };
        items.push(this.#mapping(inner, depth + 1));
      } else {
        this.#at++;
        items.push(this.#valueOf(rest, line, { indent, depth, mayBeList: false }));
      }
    }
    const next = this.#lines[this.#at];
    if (next !== undefined && next.indent > indent) refuse();
    this.places.set(items, places);
    return items;
  }

  /** Text behind a key or dash, or the block below it. */
  #valueOf(text: string, line: Line, at: { indent: number; depth: number; mayBeList: boolean }): Value {
    const next = this.#lines[this.#at];
    const below =
      next !== undefined && (next.indent > at.indent || (at.mayBeList && next.indent === at.indent && isItem(next.text)));
    if (text === "" || text.startsWith("#")) return below ? this.#block(next.indent, at.depth + 1) : null;
    if (next !== undefined && next.indent > at.indent) return plainScalar(this.#folded(text, line, at.indent));
    return scalarOrFlow(text, line.number, this.places);
  }

  /** A plain scalar that goes on in the next lines: DVC wraps long commands so. */
  #folded(text: string, line: Line, indent: number): string {
    let folded = text;
    let number = line.number;
    for (let next = this.#lines[this.#at]; next !== undefined && next.indent > indent; next = this.#lines[this.#at]) {
      // An empty line between would be a line end of the text, a comment its end.
      if (next.number !== number + 1 || isItem(next.text)) refuse();
      folded += ` ${next.text}`;
      number = next.number;
      this.#at++;
    }
    return folded;
  }

  #closed(indent: number): void {
    const next = this.#lines[this.#at];
    if (next !== undefined && next.indent > indent) refuse();
    // A list at the indentation of a mapping's keys belongs to a key, never to the mapping.
    if (next !== undefined && next.indent === indent && isItem(next.text)) refuse();
  }
}

function isItem(text: string): boolean {
  return text === "-" || text.startsWith("- ");
}

function isPair(text: string): boolean {
  const end = /:(?= |$)/.exec(text)?.index;
  return end !== undefined && plainKey.test(text.slice(0, end));
}

function scalarOrFlow(text: string, line: number, places: WeakMap<object, ReadonlyMap<string | number, number>>): Value {
  const flow = new Flow(text, line, places);
  const start = text[0] ?? "";
  if (start === "[" || start === "{" || start === "'" || start === '"') {
    const value = flow.value(0);
    return flow.rest() === "" || /^ +#/.test(flow.rest()) ? value : refuse();
  }
  const end = / #/.exec(text)?.index ?? text.length;
  return plainScalar(text.slice(0, end).trimEnd());
}

function plainScalar(text: string): Value {
  if (/^[,[\]{}#&*!|>'"%@`]|^[-?:](?: |$)|: |:$| #/.test(text)) refuse();
  return resolvePlain(text);
}

/** A flow collection or quoted text on one line. */
class Flow {
  readonly #text: string;
  readonly #line: number;
  readonly #places: WeakMap<object, ReadonlyMap<string | number, number>>;
  #at = 0;

  constructor(text: string, line: number, places: WeakMap<object, ReadonlyMap<string | number, number>>) {
    this.#text = text;
    this.#line = line;
    this.#places = places;
  }

  rest(): string {
    return this.#text.slice(this.#at);
  }

  value(depth: number): Value {
    if (depth > depthLimit) refuse();
    const start = this.#text[this.#at];
    if (start === "[") return this.#list(depth);
    if (start === "{") return this.#mapping(depth);
    if (start === "'" || start === '"') return this.#quoted(start);
    const found = /^[^,[\]{}]+/.exec(this.rest())?.[0].trimEnd() ?? refuse();
    this.#at += found.length;
    return plainScalar(found);
  }

  #quoted(mark: string): string {
    const end = this.#text.indexOf(mark, this.#at + 1);
    if (end < 0) refuse();
    const text = this.#text.slice(this.#at + 1, end);
    // Escapes and doubled quotes are the full parser's.
    if ((mark === '"' && text.includes("\\")) || this.#text[end + 1] === mark) refuse();
    this.#at = end + 1;
    return text;
  }

  #list(depth: number): Value {
    const items: Value[] = [];
    const places = new Map<string | number, number>();
    this.#open();
    while (!this.#ends("]")) {
      places.set(items.length, this.#line);
      items.push(this.value(depth + 1));
      this.#separate("]");
    }
    this.#places.set(items, places);
    return items;
  }

  #mapping(depth: number): Value {
    const mapping = new Map<string, Value>();
    const places = new Map<string | number, number>();
    this.#open();
    while (!this.#ends("}")) {
      const end = /^[^,[\]{}'"]*?:(?= )/.exec(this.rest())?.[0] ?? refuse();
      const written = end.slice(0, -1);
      const key = plainKey.test(written) && !written.endsWith(" ") ? keyText(resolvePlain(written), formatFloat) : refuse();
      if (key === null || mapping.has(key)) return refuse();
      this.#at += end.length;
      this.#skip();
      places.set(key, this.#line);
      mapping.set(key, this.value(depth + 1));
      this.#separate("}");
    }
    this.#places.set(mapping, places);
    return mapping;
  }

  #open(): void {
    this.#at++;
    this.#skip();
  }

  #ends(close: string): boolean {
    if (this.#text[this.#at] !== close) return false;
    this.#at++;
    return true;
  }

  #separate(close: string): void {
    this.#skip();
    if (this.#text[this.#at] === close) return;
    if (this.#text[this.#at] !== ",") refuse();
    this.#open();
    if (this.#text[this.#at] === close) refuse();
  }

  #skip(): void {
    while (this.#text[this.#at] === " ") this.#at++;
  }
}
