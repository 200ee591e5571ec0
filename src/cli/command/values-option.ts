import type { Options, Values } from "../kit/option.ts";

/** Options of the commands that print metrics and params, as DVC names them. */
export const tableOptions = {
  md: { kind: "flag", alias: ["show-md"], help: "Print a Markdown table" },
  "show-json": { kind: "flag", help: "The same as `--json`", hidden: true },
} as const satisfies Options;

export const precisionOptions = {
  precision: { kind: "number", help: "Decimals of a number in tables (default 5)" },
} as const satisfies Options;

export const diffOptions = {
  targets: { kind: "list", words: true, help: "Files to compare, also ones that nothing declares" },
  all: { kind: "flag", help: "Show what did not change, too" },
  path: { kind: "flag", fallback: true, help: "Show the column of files" },
  ...tableOptions,
} as const satisfies Options;

export const recursiveOption = {
  recursive: { kind: "flag", alias: ["R"], help: "Accepted for DVC's sake; folders are always searched", hidden: true },
} as const satisfies Options;

export type DiffOptions = Values<typeof diffOptions>;
