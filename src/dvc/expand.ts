import { InputError } from "../core/error.ts";
import { isMapping, type Value } from "../core/value.ts";
import { isList, local, type Node, toNode, toName, toValue, typeName } from "./node.ts";
import type { Context } from "./template.ts";

/** A foreach of this many stages is an accident or an attack; real ones have hundreds at most. */
const stageLimit = 100_000;

/** One stage of a group and what its template may refer to. */
export interface Instance {
  /** Part of the name behind `@`. */
  readonly key: string;
  readonly context: Context;
}

/**
 * Stages of `foreach`: a list of scalars is named by them, a list that holds anything else by index, a mapping by its keys, which are then `${key}`.
 */
export function expandForeach(data: Value, context: Context): Instance[] {
  const node = context.resolveNode(data, { collections: true });
  if (node.kind === "scalar") throw new InputError(`\`foreach\` needs a list or a mapping, got \`${typeName(node.value)}\``);
  const instances = new Map<string, Node>();
  if (node.kind === "mapping") for (const [key, item] of node.items) instances.set(key, item);
  else {
    const byIndex = node.items.some((item) => item.kind !== "scalar");
    for (const [index, item] of node.items.entries()) instances.set(byIndex ? String(index) : toName(item), item);
  }
  checkCount(instances.size);
  return [...instances].map(([key, item]) => {
    const items = new Map([["item", item]]);
    if (node.kind === "mapping") items.set("key", toNode(key));
    return { key, context: context.withItems(items) };
  });
}

/** Stages of `matrix`: every combination, the last axis fastest; scalars give their text to the name, anything else axis and index. */
export function expandMatrix(data: Value, context: Context): Instance[] {
  if (!isMapping(data)) throw new InputError(`\`matrix\` needs a mapping, got \`${typeName(data)}\``);
  const axes = [...data].map(([axis, values]) => ({ axis, values: axisValues(axis, values, context) }));
  checkCount(axes.reduce((count, { values }) => count * values.length, 1));
  let combinations: { names: string[]; items: [string, Node][] }[] = [{ names: [], items: [] }];
  for (const { axis, values } of axes) {
    combinations = combinations.flatMap(({ names, items }) =>
      values.map((value, index) => ({
        names: [...names, value.kind === "scalar" ? toName(value) : `${axis}${index}`],
        items: [...items, [axis, value] satisfies [string, Node]],
      })),
    );
  }
  const named = new Map(combinations.map(({ names, items }) => [names.join("-"), items]));
  return [...named].map(([key, items]) => {
    const item: Node = { kind: "mapping", origin: local, items: new Map(items) };
    return {
      key,
      context: context.withItems(
        new Map<string, Node>([
          ["key", toNode(key)],
          ["item", item],
        ]),
      ),
    };
  });
}

function axisValues(axis: string, values: Value, context: Context): readonly Node[] {
  if (typeof values !== "string" && !isList(values))
    throw new InputError(`\`matrix.${axis}\` needs a list, got \`${typeName(values)}\``);
  const node = context.resolveNode(values, { collections: true });
  if (node.kind === "list") return node.items;
  if (node.kind === "mapping") return [...node.items.keys()].map((key) => toNode(key));
  throw new InputError(`\`matrix.${axis}\` needs a list, got \`${typeName(toValue(node))}\``);
}

function checkCount(count: number): void {
  if (count > stageLimit) throw new InputError(`${count} stages from one definition, at most ${stageLimit} are read`);
}
