import { printJson, printString, type Printable } from "../core/json.ts";
import { CalendarDate } from "../core/value.ts";
import { Datapoints, isNodeList, isNodeMap, type Node } from "./plot-template.ts";
import type { Cell, Table } from "./plot-data.ts";

/** JSON of a specification on one line as DVC prints it (Python's `json.dumps`), in pieces for a sink: the whole may be huge. */
export function printNode(node: Node, write: (piece: string) => void): void {
  if (node instanceof Datapoints) printDatapoints(node, write);
  else if (isNodeList(node)) {
    write("[");
    for (const [index, item] of node.entries()) {
      if (index > 0) write(", ");
      printNode(item, write);
    }
    write("]");
  } else if (isNodeMap(node)) {
    let start = "{";
    for (const [key, item] of node) {
      write(`${start}${printString(key, true)}: `);
      printNode(item, write);
      start = ", ";
    }
    write(start === "{" ? "{}" : "}");
  } else write(printScalar(node));
}

function printDatapoints(data: Datapoints, write: (piece: string) => void): void {
  let start = "[";
  for (const table of data.tables) {
    const keys = table.columns.map((column) => `${printString(column, true)}: `);
    for (const row of table.rows) {
      write(start);
      printRow(keys, row, write);
      start = ", ";
    }
  }
  write(start === "[" ? "[]" : "]");
}

function printRow(keys: readonly string[], row: readonly Cell[], write: (piece: string) => void): void {
  let start = "{";
  for (const [index, key] of keys.entries()) {
    const cell = row[index];
    if (cell === undefined) continue;
    write(start);
    write(key);
    write(printScalar(cell));
    start = ", ";
  }
  write(start === "{" ? "{}" : "}");
}

function printScalar(value: Printable): string {
  return typeof value === "string" ? printString(value, true) : printJson(value);
}

/** Plain data for a chart library: integers become numbers, what JSON cannot hold becomes null, dates their text. */
export function plainNode(node: Node): unknown {
  if (node instanceof Datapoints) return node.tables.flatMap((table) => table.rows.map((row) => plainRow(table, row)));
  if (isNodeList(node)) return node.map((item) => plainNode(item));
  if (isNodeMap(node)) return plainObject(node);
  if (typeof node === "bigint") return Number(node);
  if (typeof node === "number") return Number.isFinite(node) ? node : null;
  return node instanceof CalendarDate ? node.text : node;
}

/** `fromEntries` defines keys rather than assigning them, so that `__proto__` stays a key. */
export function plainObject(node: ReadonlyMap<string, Node>): object {
  return Object.fromEntries([...node].map(([key, item]) => [key, plainNode(item)]));
}

function plainRow(table: Table, row: readonly Cell[]): object {
  const entries: [string, unknown][] = [];
  for (const [index, column] of table.columns.entries()) {
    const cell = row[index];
    if (cell !== undefined) entries.push([column, plainNode(cell)]);
  }
  return Object.fromEntries(entries);
}
