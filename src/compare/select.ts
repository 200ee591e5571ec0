import { isMapping, type Value } from "../core/value.ts";

/**
 * The part of `document` that dotted key paths name: `train.*`, `layers.0`, `**.lr`. Null keeps everything; a path that fits nothing adds nothing.
 * Items of a list keep their places, with null before them.
 */
export function selectKeys(document: Value, keys: readonly string[] | null): Value {
  if (keys === null || keys.length === 0) return document;
  let selected: Value = new Map<string, Value>();
  for (const key of new Set(keys)) {
    const part = pick(document, key.split("."));
    if (part !== undefined) selected = merge(selected, part);
  }
  return selected;
}

function pick(value: Value, path: readonly string[]): Value | undefined {
  const [pattern, ...rest] = path;
  if (pattern === undefined) return value;
  if (pattern === "**") {
    const here = pick(value, rest);
    const deeper = pickFrom(value, () => true, path);
    return here === undefined ? deeper : deeper === undefined ? here : merge(here, deeper);
  }
  const matches = /[*?[]/.test(pattern) ? wildcard(pattern) : (key: string) => key === pattern;
  return pickFrom(value, matches, rest);
}

function pickFrom(value: Value, matches: (key: string) => boolean, rest: readonly string[]): Value | undefined {
  if (isMapping(value)) {
    const found = new Map<string, Value>();
    for (const [key, item] of value) {
      const part = matches(key) ? pick(item, rest) : undefined;
      if (part !== undefined) found.set(key, part);
    }
    return found.size === 0 ? undefined : found;
  }
  if (!isList(value)) return undefined;
  const found: Value[] = [];
  for (const [index, item] of value.entries()) {
    const part = matches(String(index)) ? pick(item, rest) : undefined;
    if (part === undefined) continue;
    while (found.length < index) found.push(null);
    found.push(part);
  }
  return found.length === 0 ? undefined : found;
}

/** `*`, `?` and `[a-z]` as Python's `fnmatch`. */
function wildcard(pattern: string): (key: string) => boolean {
  const source = pattern.replaceAll(/\[!?[^\]]+\]|[\\^$.|+(){}[\]*?]/g, (part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    return part.length > 1 ? `[${part.slice(1, -1).replace(/^!/, "^").replaceAll("\\", "\\\\")}]` : `\\${part}`;
  });
  try {
    const expression = new RegExp(`^${source}$`, "su");
    return (key) => expression.test(key);
  } catch {
    // A class such as `[z-a]`.
    return (key) => key === pattern;
  }
}

function merge(a: Value, b: Value): Value {
  if (isMapping(a) && isMapping(b)) {
    const merged = new Map(a);
    for (const [key, value] of b) {
      const known = merged.get(key);
      merged.set(key, known === undefined ? value : merge(known, value));
    }
    return merged;
  }
  if (isList(a) && isList(b)) {
    return Array.from({ length: Math.max(a.length, b.length) }, (_, index) => {
      const [x, y] = [a[index] ?? null, b[index] ?? null];
      return x === null ? y : y === null ? x : merge(x, y);
    });
  }
  return b;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
