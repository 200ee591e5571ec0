import { InputError } from "../core/error.ts";
import { formatFloat } from "../core/number.ts";
import { CalendarDate, isMapping, type Value } from "../core/value.ts";

/** Where a value of the context comes from. */
export interface Origin {
  /** Params file, relative to the root; null for values written in `dvc.yaml` itself. */
  readonly file: string | null;
  /** As messages call it: the file, `vars[0]`, `train.vars[1]`. */
  readonly source: string;
  readonly keys: readonly string[];
}

/** A value whose parts know where they come from. */
export type Node =
  | { readonly kind: "scalar"; readonly value: Value; readonly origin: Origin }
  | { readonly kind: "list"; readonly items: readonly Node[]; readonly origin: Origin }
  | { readonly kind: "mapping"; readonly items: ReadonlyMap<string, Node>; readonly origin: Origin };

export const local: Origin = { file: null, source: "", keys: [] };

export function toNode(value: Value, origin: Origin = local): Node {
  const child = (key: string): Origin => ({ ...origin, keys: [...origin.keys, key] });
  if (isMapping(value)) {
    return { kind: "mapping", origin, items: new Map([...value].map(([key, item]) => [key, toNode(item, child(key))])) };
  }
  if (isList(value)) return { kind: "list", origin, items: value.map((item, index) => toNode(item, child(String(index)))) };
  return { kind: "scalar", value, origin };
}

export function toValue(node: Node): Value {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(toValue);
  return new Map([...node.items].map(([key, item]) => [key, toValue(item)]));
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** Mappings are joined key by key; anything else that is there already is an `InputError`. */
export function merge(into: ReadonlyMap<string, Node>, from: ReadonlyMap<string, Node>): ReadonlyMap<string, Node> {
  const result = new Map(into);
  for (const [key, node] of from) {
    const before = result.get(key);
    if (before === undefined) result.set(key, node);
    else if (before.kind === "mapping" && node.kind === "mapping")
      result.set(key, { ...before, items: merge(before.items, node.items) });
    else {
      const { keys, source } = node.origin;
      throw new InputError(
        `cannot redefine \`${keys.join(".")}\` from \`${source}\`: it exists already in \`${before.origin.source}\``,
      );
    }
  }
  return result;
}

/** Text of a value within a longer text, as DVC writes it: `true`, Python's `None` and floats. */
export function toText(value: Value): string {
  if (typeof value === "boolean") return value ? "true" : "false";
  return isList(value) || isMapping(value) ? literal(value) : plain(value);
}

/** Text of an item in the name of a stage. DVC writes booleans of params files as Python does there, and those of `dvc.yaml` as YAML. */
export function toName(node: Node): string {
  const value = toValue(node);
  return node.origin.source === "" || isList(value) || isMapping(value) ? toText(value) : plain(value);
}

function plain(value: Value): string {
  if (value === null) return "None";
  if (typeof value === "number") return formatFloat(value);
  if (value instanceof CalendarDate) return value.text;
  return typeof value === "boolean" ? (value ? "True" : "False") : String(value);
}

/** Python's `repr` of lists and mappings. */
function literal(value: Value): string {
  if (isList(value)) return `[${value.map(literal).join(", ")}]`;
  if (isMapping(value)) return `{${[...value].map(([key, item]) => `${literal(key)}: ${literal(item)}`).join(", ")}}`;
  if (typeof value !== "string") return plain(value);
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t").replaceAll("\r", "\\r");
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

/** Python's name of a type, as DVC's messages have it. */
export function typeName(value: Value): string {
  if (value === null) return "NoneType";
  if (isMapping(value)) return "dict";
  if (isList(value)) return "list";
  if (value instanceof CalendarDate) return "date";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  return typeof value === "number" ? "float" : "str";
}
