import type { Command } from "./command.ts";
import type { Operand, Option, Options } from "./option.ts";
import { programName } from "./tree.ts";
import type { Tree } from "./tree.ts";
import { variable } from "./variable.ts";

/** `cml metrics diff [REV] [REV] [options]`, in gh's notation. */
export function usageLine(command: Pick<Command, "name" | "operands" | "options">): string {
  const required = Object.entries(command.options).filter(([, option]) => "required" in option && option.required === true);
  return [
    programName,
    command.name,
    ...required.map(([key, option]) => `--${key} <${placeholder(option)}>`),
    ...(command.operands ?? []).map(operandText),
    "[options]",
  ].join(" ");
}

/** Whole help of a command, at most `width` columns wide. */
export function commandHelp(command: Command, globals: Options, width: number): string {
  const own = Object.entries(command.options).filter(([, option]) => option.hidden !== true);
  const shared = Object.entries(globals).filter(
    ([key, option]) => option.hidden !== true && !Object.hasOwn(command.options, key),
  );
  const groups = Map.groupBy(own, ([, option]) => option.group ?? "Options");
  const sections = [
    `${wrap(command.summary, width, "").join("\n")}\n`,
    ...(command.description === undefined
      ? []
      : [
          `${command.description
            .split("\n")
            .flatMap((line) => wrap(line, width, ""))
            .join("\n")}\n`,
        ]),
    `Usage:\n  ${usageLine(command)}\n`,
    ...section(
      "Operands",
      (command.operands ?? []).map((operand) => [operand.name, operand.help] as const),
      width,
    ),
    ...[...groups].flatMap(([title, options]) =>
      section(
        title,
        options.map(([key, option]) => optionRow(command.name, key, option)),
        width,
      ),
    ),
    ...section(
      "Options of every command",
      shared.map(([key, option]) => optionRow("", key, option)),
      width,
    ),
    ...examples(command, width),
  ];
  return sections.join("\n");
}

/** The commands of a group, from the tree alone. */
export function groupHelp(path: readonly string[], summary: string, children: Tree, globals: Options, width: number): string {
  const rows = Object.entries(children).filter(([, node]) => node.hidden !== true);
  const name = [programName, ...path].join(" ");
  return [
    `${wrap(summary, width, "").join("\n")}\n`,
    `Usage:\n  ${name} <command> [options]\n`,
    ...section(
      "Commands",
      rows.flatMap(([word, node]) => leaves(word, node)),
      width,
    ),
    ...section(
      "Options of every command",
      Object.entries(globals)
        .filter(([, option]) => option.hidden !== true)
        .map(([key, option]) => optionRow("", key, option)),
      width,
    ),
    `\`${name} <command> --help\` explains a command.\n`,
  ].join("\n");
}

function leaves(word: string, node: Tree[string]): (readonly [string, string])[] {
  if ("load" in node) return [[word, node.summary]];
  return Object.entries(node.children)
    .filter(([, child]) => child.hidden !== true)
    .flatMap(([name, child]) => leaves(`${word} ${name}`, child));
}

function section(title: string, rows: readonly (readonly [string, string])[], width: number): string[] {
  if (rows.length === 0) return [];
  // A long name gets a line of its own instead of pushing every text to the right.
  const left = Math.min(26, Math.max(...rows.map(([name]) => name.length))) + 4;
  const lines = rows.flatMap(([name, text]) => {
    const pieces = wrap(text, width - left, "");
    const head = name.length + 4 > left ? [`  ${name}`] : [];
    return [
      ...head,
      ...pieces.map((piece, index) => `${(head.length === 0 && index === 0 ? `  ${name}` : "").padEnd(left)}${piece}`.trimEnd()),
    ];
  });
  return [`${title}:\n${lines.join("\n")}\n`];
}

function optionRow(command: string, key: string, option: Option): readonly [string, string] {
  const shorts = (option.alias ?? []).filter((name) => name.length === 1).map((name) => `-${name}`);
  const longs = (option.alias ?? []).filter((name) => name.length > 1).map((name) => `--${name}`);
  const own = option.kind === "flag" && option.fallback === true ? `--[no-]${key}` : `--${key}`;
  const name = [...shorts, own].join(", ");
  const notes = [
    ...(longs.length > 0 ? [`also ${longs.join(", ")}`] : []),
    ...defaultNote(option),
    ...("required" in option && option.required === true ? ["required"] : []),
    ...(option.kind === "list" || option.kind === "pairs" ? ["repeats"] : []),
    ...(option.deprecated === undefined ? [] : [`deprecated: ${option.deprecated}`]),
    ...(command === "" ? [] : [`env ${variable(command, key)}`]),
  ];
  const value = option.kind === "flag" ? "" : ` <${placeholder(option)}>`;
  return [
    `${shorts.length === 0 ? "    " : ""}${name}${value}`,
    `${option.help}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`,
  ];
}

/** `default 5m`, in the units of the option; nothing where there is none. */
export function defaultNote(option: Option): string[] {
  if (!("fallback" in option) || option.fallback === undefined || option.fallback === false) return [];
  if (option.fallback === true) return ["default on"];
  if (option.kind === "duration") return [`default ${inUnits(option.fallback, durations)}`];
  return [`default ${option.kind === "size" ? inUnits(option.fallback, sizes) : option.fallback}`];
}

const durations = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const;
const sizes = [
  ["GiB", 1024 ** 3],
  ["MiB", 1024 ** 2],
  ["GB", 1e9],
  ["MB", 1e6],
  ["", 1],
] as const;

/** `5m` of 300,000: the largest unit that leaves no rest. */
function inUnits(amount: number, units: readonly (readonly [string, number])[]): string {
  const [unit, size] = units.find(([, each]) => amount >= each && amount % each === 0) ?? ["", 1];
  return `${amount / size}${unit}`;
}

function placeholder(option: Option): string {
  if (option.kind === "choice") return option.choices.join("|");
  if (option.kind === "pairs") return "name=value";
  return option.kind === "list" ? "text" : option.kind;
}

function operandText(operand: Operand): string {
  const name = `${operand.name}${operand.many === true ? "…" : ""}`;
  return operand.required === true ? `<${name}>` : `[${name}]`;
}

function examples(command: Command, width: number): string[] {
  if (command.examples.length === 0) return [];
  const lines = command.examples.map((example) => `${wrap(`# ${example.says}`, width - 2, "  ").join("\n")}\n  ${example.line}`);
  return [`Examples:\n${lines.join("\n\n")}\n`];
}

/** Lines of at most `width` columns, each with `indent` in front; a word that is longer stays whole. */
export function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > Math.max(20, width)) {
      lines.push(indent + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}
