import { InputError } from "../core/error.ts";
import { readJson } from "../core/json.ts";
import { decodeText } from "../core/place.ts";
import { isMapping, type Value } from "../core/value.ts";
import { builtinTemplates } from "./plot-template-builtin.ts";
import type { Table } from "./plot-data.ts";

/** The datapoints of a chart inside its specification; kept as tables, because 200,000 records as mappings would fill the memory. */
export class Datapoints {
  readonly tables: readonly Table[];
  constructor(tables: readonly Table[]) {
    this.tables = tables;
  }
}

/** A specification: JSON in which the datapoints may stand. */
export type Node = Value | Datapoints | readonly Node[] | NodeMap;
export type NodeMap = ReadonlyMap<string, Node>;

export interface Template {
  readonly name: string;
  readonly content: NodeMap;
  /** Names of the anchors that stand in the template as a whole string (`COLOR` for `<DVC_METRIC_COLOR>`). */
  readonly anchors: ReadonlySet<string>;
}

/** Every copy of the datapoints is printed; a template that asks for thousands of them is an attack or a mistake. */
const dataLimit = 16;
const depthLimit = 200;
const wholeAnchor = /^<DVC_METRIC_([A-Z_]+)>$/;
const anyAnchor = /<DVC_METRIC_([A-Z_]+)>/g;

export function anchorText(name: string): string {
  return `<DVC_METRIC_${name}>`;
}

/** A built-in template, null when there is none of that name. */
export function builtinTemplate(name: string): Template | null {
  const content = builtinTemplates.get(name);
  if (content === undefined) return null;
  const node = nodeOf(content);
  return isNodeMap(node) ? describe(name, node) : null;
}

/** A template of the user's. `InputError` when it is no JSON object, nests too deep or has no place for the data. */
export function parseTemplate(name: string, path: string, bytes: Uint8Array): Template {
  const content = readJson(decodeText(bytes, path), path);
  if (!isMapping(content))
    throw new InputError(`${path}: template \`${name}\` is not a JSON object`, { details: { file: path } });
  return describe(name, content);
}

function describe(name: string, content: NodeMap): Template {
  const counts = new Map<string, number>();
  count(content, counts, 0, name);
  if ((counts.get("DATA") ?? 0) > dataLimit)
    throw new InputError(`template \`${name}\` asks for its data more than ${dataLimit} times`);
  return { name, content, anchors: new Set(counts.keys()) };
}

function count(node: Node, counts: Map<string, number>, depth: number, name: string): void {
  if (depth > depthLimit) throw new InputError(`template \`${name}\` is nested deeper than ${depthLimit} levels`);
  if (typeof node === "string") {
    const found = wholeAnchor.exec(node)?.[1];
    if (found !== undefined) counts.set(found, (counts.get(found) ?? 0) + 1);
  } else if (isNodeList(node)) {
    for (const item of node) count(item, counts, depth + 1, name);
  } else if (isNodeMap(node)) {
    for (const item of node.values()) count(item, counts, depth + 1, name);
  }
}

/**
 * The template with its anchors replaced. A string that is an anchor becomes the value; an anchor inside a longer string of a mapping is
 * replaced when its value is text. Values are not searched for anchors again, so that a title cannot pull in anything.
 */
export function fillTemplate(content: NodeMap, values: ReadonlyMap<string, Node>): NodeMap {
  return new Map([...content].map(([key, node]) => [key, fill(node, values, true)]));
}

function fill(node: Node, values: ReadonlyMap<string, Node>, inMapping: boolean): Node {
  if (typeof node === "string") {
    const whole = wholeAnchor.exec(node)?.[1];
    const value = whole === undefined ? undefined : values.get(whole);
    if (value !== undefined) return value;
    if (!inMapping || !node.includes("<DVC_METRIC_")) return node;
    return node.replace(anyAnchor, (text: string, name: string) => {
      const part = values.get(name);
      return typeof part === "string" ? part : text;
    });
  }
  if (isNodeList(node)) return node.map((item) => fill(item, values, false));
  if (isNodeMap(node)) return fillTemplate(node, values);
  return node;
}

/** Field names in Vega: a dot or bracket would be read as a path. */
export function escapeField(name: string): string {
  return name.replace(/[.[\]]/g, "\\$&");
}

export function isNodeMap(node: Node | undefined): node is NodeMap {
  return node instanceof Map;
}

export function isNodeList(node: Node | undefined): node is readonly Node[] {
  return Array.isArray(node);
}

/** A node of plain JSON data; whole numbers become integers. */
export function nodeOf(value: unknown): Node {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map((item) => nodeOf(item));
  if (typeof value === "object") return new Map(Object.entries(value).map(([key, item]) => [key, nodeOf(item)]));
  return null;
}
