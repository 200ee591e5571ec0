import { readJson } from "../core/json.ts";
import { compareCodePoints } from "../core/text.ts";
import { CalendarDate, isMapping, type Mapping, type Value } from "../core/value.ts";
import { flatten } from "./flatten.ts";
import { pythonRepr, Tuple } from "../core/python-text.ts";

/** A key that differs (or any key, with `all`), as `dvc metrics diff` answers it. Undefined: not there, which DVC does not tell from null. */
export interface DiffRow {
  readonly name: string;
  readonly old: Value;
  readonly new: Value;
  /** New minus old, only where both are numbers; a bool counts as one. */
  readonly diff: bigint | number | undefined;
}

const unparsed = "unable to parse";

/** Compares two documents of one file as DVC does (`dvc/utils/diff.py`), rows sorted by key. An absent document is an empty mapping. */
export function diffDocuments(old: Value, new_: Value, all: boolean): DiffRow[] {
  const before = parseText(listsAsText(old));
  const after = parseText(listsAsText(new_));
  if (!isMapping(before) && !isMapping(after)) return present(diffValue("", before, after, all));
  const flatBefore = lookupIn(before);
  const flatAfter = lookupIn(after);
  const names = new Set([...flatBefore.names, ...flatAfter.names]);
  const rows: DiffRow[] = [];
  for (const name of [...names].toSorted(compareCodePoints)) {
    rows.push(...present(diffValue(name, flatBefore.value(name), flatAfter.value(name), all)));
  }
  return rows;
}

interface Lookup {
  readonly names: Iterable<string>;
  value(name: string): Value;
}

/** A document that is no mapping answers every key with a text that says so; an empty one has no keys. */
function lookupIn(document: Value): Lookup {
  if (isMapping(document)) {
    const flat = flatten(document);
    return { names: flat.keys(), value: (name) => flat.get(name) ?? null };
  }
  return { names: [], value: () => (isEmpty(document) ? null : unparsed) };
}

/** Python's `not value`. */
export function isEmpty(value: Value): boolean {
  if (value === null || value === false || value === "" || value === 0 || value === 0n) return true;
  if (isMapping(value)) return value.size === 0;
  return isList(value) && value.length === 0;
}

/** Lists become their Python text; tuples of `.py` files stay. */
function listsAsText(value: Value): Value {
  if (isMapping(value)) return new Map([...value].map(([key, item]) => [key, listsAsText(item)]));
  return isList(value) && !(value instanceof Tuple) ? pythonRepr(value) : value;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** A document that is a text is taken for JSON where it is some. */
function parseText(value: Value): Value {
  if (typeof value !== "string") return value;
  try {
    return readJson(value, "text");
  } catch {
    return value;
  }
}

function diffValue(name: string, old: Value, new_: Value, all: boolean): DiffRow | null {
  const [before, after] = [single(old), single(new_)];
  if (before !== undefined && after !== undefined) return diffValue(name, before, after, all);
  if (!all && equals(old, new_)) return null;
  return { name, old, new: new_, diff: subtract(old, new_) };
}

function single(value: Value): Value | undefined {
  return isList(value) && !(value instanceof Tuple) && value.length === 1 ? value[0] : undefined;
}

function present(row: DiffRow | null): DiffRow[] {
  return row === null ? [] : [row];
}

/** Python's `==`: `True == 1 == 1.0`, NaN equals nothing. */
export function equals(a: Value, b: Value): boolean {
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x !== null && y !== null) return x == y; // oxlint-disable-line eqeqeq -- a bigint and a number compare by value
  if (isMapping(a) && isMapping(b)) return equalMappings(a, b);
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, index) => equals(item, b[index] ?? null));
  if (a instanceof CalendarDate && b instanceof CalendarDate) return a.text === b.text;
  return a === b;
}

function equalMappings(a: Mapping, b: Mapping): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([key, value]) => b.has(key) && equals(value, b.get(key) ?? null));
}

function subtract(old: Value, new_: Value): bigint | number | undefined {
  const [before, after] = [asNumber(old), asNumber(new_)];
  if (before === null || after === null) return undefined;
  if (typeof before === "bigint" && typeof after === "bigint") return after - before;
  return Number(after) - Number(before);
}

function asNumber(value: Value): bigint | number | null {
  if (typeof value === "boolean") return value ? 1n : 0n;
  return typeof value === "bigint" || typeof value === "number" ? value : null;
}
