import type { Alias, LineCounter, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { CmlError } from "./error.ts";
import { formatFloat } from "./number.ts";
import { errorAt, placeOf } from "./place.ts";
import { keyText, readFloat, readInteger, resolvePlain } from "./scalar.ts";
import { isMapping, type Value } from "./value.ts";
import { readPlainYaml } from "./yaml-plain.ts";

/** Values that aliases may add to a document: enough for any real file, small enough that a "billion laughs" file ends early. */
const aliasLimit = 100_000;
const depthLimit = 200;

/** A YAML document and where its parts stand. */
export interface YamlDocument {
  readonly value: Value;
  /** Line of a key or item of a mapping or list of `value`, null where unknown (values that came through an alias). */
  line(container: Value, key: string | number): number | null;
}

/**
 * Reads YAML 1.2 as DVC's loader does; see `resolvePlain` for scalars. Merge keys are applied, a mapping's keys become their Python text.
 * `InputError` with the line for syntax errors, duplicate keys, unknown tags and aliases that grow without bound.
 */
export async function readYaml(text: string, what: string): Promise<Value> {
  return (await readYamlDocument(text, what)).value;
}

export async function readYamlDocument(text: string, what: string): Promise<YamlDocument> {
  const conflict = /^(?:<{7} |>{7} )/m.exec(text);
  if (conflict !== null) throw errorAt(what, placeOf(text, conflict.index), "holds Git merge conflict markers");
  const bare = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const plain = readPlainYaml(bare);
  if (plain !== null) {
    const { value, places } = plain;
    return { value, line: (container, key) => lineIn(places, container, key) };
  }
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  try {
    const document = yaml.parseDocument(bare, {
      version: "1.2",
      schema: "failsafe",
      uniqueKeys: false,
      strict: true,
      prettyErrors: false,
      lineCounter: lines,
      logLevel: "error",
    });
    const failure = document.errors[0];
    if (failure !== undefined)
      throw errorAt(what, placeIn(lines, failure.pos[0]), `not valid YAML: ${firstLine(failure.message)}`, failure);
    const converter = new Converter(yaml, lines, what);
    const value = document.contents === null ? null : converter.convert(document.contents, 0);
    return { value, line: (container, key) => converter.line(container, key) };
  } catch (cause) {
    if (cause instanceof CmlError || !(cause instanceof RangeError)) throw cause;
    throw errorAt(what, { line: 1 }, "not valid YAML: nested too deep", cause);
  }
}

function lineIn(
  places: WeakMap<object, ReadonlyMap<string | number, number>>,
  container: Value,
  key: string | number,
): number | null {
  return typeof container === "object" && container !== null ? (places.get(container)?.get(key) ?? null) : null;
}

function placeIn(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function firstLine(message: string): string {
  return (message.split("\n")[0] ?? "").replace(/[.:]$/, "");
}

interface Counted {
  readonly value: Value;
  readonly size: number;
}

/** Turns the syntax tree into values; anchors are resolved in document order, so that a later anchor of the same name replaces the former. */
class Converter {
  readonly #yaml: typeof import("yaml");
  readonly #lines: LineCounter;
  readonly #what: string;
  readonly #anchors = new Map<string, Counted>();
  readonly #places = new WeakMap<object, Map<string | number, number>>();
  #count = 0;
  #aliased = 0;

  constructor(yaml: typeof import("yaml"), lines: LineCounter, what: string) {
    this.#yaml = yaml;
    this.#lines = lines;
    this.#what = what;
  }

  line(container: Value, key: string | number): number | null {
    return lineIn(this.#places, container, key);
  }

  convert(node: unknown, depth: number): Value {
    if (depth > depthLimit) this.#fail(node, `nested deeper than ${depthLimit} levels`);
    if (this.#yaml.isAlias(node)) return this.#alias(node);
    const before = this.#count++;
    const value = this.#bare(node, depth);
    if (this.#yaml.isNode(node) && "anchor" in node && typeof node.anchor === "string") {
      this.#anchors.set(node.anchor, { value, size: this.#count - before });
    }
    return value;
  }

  #bare(node: unknown, depth: number): Value {
    if (node === null || node === undefined) return null;
    if (this.#yaml.isMap(node)) return this.#mapping(node, depth);
    if (this.#yaml.isSeq(node)) return this.#sequence(node, depth);
    if (this.#yaml.isScalar(node)) return this.#scalar(node);
    return this.#fail(node, "unknown node");
  }

  #alias(node: Alias): Value {
    const target = this.#anchors.get(node.source);
    if (target === undefined) return this.#fail(node, `unknown alias \`*${node.source}\``);
    this.#count += target.size;
    this.#aliased += target.size;
    if (this.#aliased > aliasLimit) this.#fail(node, `aliases expand to more than ${aliasLimit} values`);
    return target.value;
  }

  #sequence(node: YAMLSeq, depth: number): Value {
    this.#checkTag(node, ["seq", "omap", "pairs"]);
    const places = new Map<string | number, number>();
    const items = node.items.map((item, index) => {
      places.set(index, this.#lineOf(item) ?? this.#lineOf(node) ?? 1);
      return this.convert(this.#yaml.isPair(item) ? null : item, depth + 1);
    });
    this.#places.set(items, places);
    return items;
  }

  #mapping(node: YAMLMap, depth: number): Value {
    this.#checkTag(node, ["map", "set", "omap"]);
    const own = new Map<string, Value>();
    const merged: Value[] = [];
    const places = new Map<string | number, number>();
    for (const pair of node.items) {
      const value = this.#pair(pair, own, depth, places, node);
      if (value !== undefined) merged.push(...(Array.isArray(value) ? value : [value]));
    }
    const result = merged.length === 0 ? own : this.#merge(node, own, merged);
    this.#places.set(result, places);
    return result;
  }

  /** Adds a pair to `own`, or answers the value of a merge key. */
  #pair(
    pair: Pair,
    own: Map<string, Value>,
    depth: number,
    places: Map<string | number, number>,
    parent: YAMLMap,
  ): Value | undefined {
    const line = this.#lineOf(pair.key) ?? this.#lineOf(parent) ?? 1;
    if (this.#yaml.isScalar(pair.key) && pair.key.type === "PLAIN" && pair.key.source === "<<")
      return this.convert(pair.value, depth + 1);
    const key = keyText(this.convert(pair.key, depth + 1), formatFloat);
    if (key === null) return this.#fail(pair.key, "a list or mapping cannot be a key");
    if (own.has(key)) return this.#fail(pair.key, `duplicate key \`${key}\``);
    own.set(key, null);
    places.set(key, line);
    own.set(key, this.convert(pair.value, depth + 1));
    return undefined;
  }

  /** Own keys win over merged ones, earlier merged mappings over later ones. */
  #merge(node: YAMLMap, own: Map<string, Value>, merged: readonly Value[]): Map<string, Value> {
    const result = new Map<string, Value>();
    for (const source of [...merged].reverse()) {
      if (!isMapping(source)) return this.#fail(node, "`<<` needs a mapping or a list of mappings");
      for (const [key, value] of source) result.set(key, value);
    }
    for (const [key, value] of own) result.set(key, value);
    return result;
  }

  #scalar(node: Scalar): Value {
    const text = typeof node.source === "string" ? node.source : String(node.value ?? "");
    const tag = shortTag(node.tag);
    if (tag === "str" || tag === "!" || tag === "binary") return text;
    if (tag === undefined) return node.type === "PLAIN" || node.type === undefined ? resolvePlain(text) : text;
    if (tag === "int") return readInteger(text) ?? this.#fail(node, `not an integer: \`${text}\``);
    if (tag === "float") return readFloat(text) ?? Number(readInteger(text) ?? this.#fail(node, `not a number: \`${text}\``));
    if (tag === "bool" || tag === "null" || tag === "timestamp") return resolvePlain(text);
    return this.#fail(node, `unknown tag \`${node.tag}\``);
  }

  #checkTag(node: YAMLMap | YAMLSeq, known: readonly string[]): void {
    const tag = shortTag(node.tag);
    if (tag !== undefined && tag !== "!" && !known.includes(tag)) this.#fail(node, `unknown tag \`${node.tag}\``);
  }

  #lineOf(node: unknown): number | null {
    const found = this.#yaml.isPair(node) ? node.key : node;
    if (!this.#yaml.isNode(found)) return null;
    const start = found.range?.[0];
    return start === undefined ? null : placeIn(this.#lines, start).line;
  }

  #fail(node: unknown, message: string): never {
    throw errorAt(this.#what, { line: this.#lineOf(node) ?? 1 }, `not valid YAML: ${message}`);
  }
}

function shortTag(tag: string | undefined): string | undefined {
  const prefix = "tag:yaml.org,2002:";
  return tag?.startsWith(prefix) === true ? tag.slice(prefix.length) : tag;
}
