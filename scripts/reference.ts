/**
 * Writes `docs/reference.md`: every command, option, variable and exit code, from the tables that the program itself reads. `--check` fails when the file
 * is not what would be written.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { globalOptions } from "../src/cli/globals.ts";
import type { Command } from "../src/cli/kit/command.ts";
import { defaultNote, usageLine } from "../src/cli/kit/help.ts";
import type { Option, Options } from "../src/cli/kit/option.ts";
import type { Tree } from "../src/cli/kit/tree.ts";
import { variable } from "../src/cli/kit/variable.ts";
import { programs } from "../src/cli/legacy.ts";
import { root } from "../src/cli/root.ts";
import { register } from "../src/host/register.ts";
import type { Variable } from "../src/host/register.ts";

const output = join(import.meta.dir, "..", "docs", "reference.md");

/** Number, when, and what a script may do. */
const exits: readonly (readonly [number, string, string])[] = [
  [0, "done", ""],
  [1, "a file, an answer or a named thing is not what it should be", "read the message"],
  [2, "the command line is wrong", "the usage line is below the message"],
  [3, "a setting or variable is missing or wrong", "all that is missing is listed"],
  [4, "a credential was refused or may not", "the message names it and where it came from"],
  [5, "the other side did not answer: time-out, 429, 5xx, network", "try again later"],
  [6, "the forge, store or cloud cannot do this", ""],
  [7, "no quota, no stock, no spot machine", "try another zone, region or type"],
  [8, "a gate of the report failed; the report was posted", "look at the report"],
  [70, "a bug in cml", "report it"],
  [130, "ended by SIGINT", ""],
  [143, "ended by SIGTERM", ""],
];

interface Entry {
  readonly path: string;
  readonly command: Command;
  readonly deprecated: string | undefined;
}

async function entries(tree: Tree, path: readonly string[] = [], isHidden = false): Promise<(Entry & { hidden: boolean })[]> {
  const found: (Entry & { hidden: boolean })[] = [];
  for (const [word, node] of Object.entries(tree)) {
    const here = [...path, word];
    const hidden = isHidden || node.hidden === true;
    if ("children" in node) found.push(...(await entries(node.children, here, hidden)));
    else found.push({ path: here.join(" "), command: (await node.load()).default, deprecated: node.deprecated, hidden });
  }
  return found;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function optionTable(command: string, options: Options): string {
  const rows = Object.entries(options)
    .filter(([, option]) => option.hidden !== true)
    .map(([key, option]) => [
      spelling(key, option),
      option.help,
      notes(option),
      command === "" ? "" : `\`${variable(command, key)}\``,
    ]);
  return table(["option", "meaning", "", "variable"], rows);
}

function spelling(key: string, option: Option): string {
  const names = [key, ...(option.alias ?? [])].map((name) => (name.length === 1 ? `-${name}` : `--${name}`));
  if (option.kind === "flag" && option.fallback === true) names[0] = `--[no-]${key}`;
  const value = option.kind === "flag" ? "" : ` <${option.kind === "choice" ? option.choices.join("\\|") : option.kind}>`;
  return names.map((name, index) => `\`${index === 0 ? name + value.replaceAll("\\|", "|") : name}\``).join(", ");
}

function notes(option: Option): string {
  const parts = [
    ...("required" in option && option.required === true ? ["required"] : []),
    ...defaultNote(option),
    ...(option.kind === "list" || option.kind === "pairs" ? ["repeats"] : []),
    ...(option.deprecated === undefined ? [] : [`deprecated: ${option.deprecated}`]),
    ...(option.env ?? []).map((name) => `also from \`${name}\``),
  ];
  return parts.join("; ");
}

function section({ command }: Entry): string {
  const examples = command.examples.map((example) => `# ${example.says}\n${example.line}`).join("\n\n");
  return [
    `### cml ${command.name}`,
    `${command.summary}.`,
    ...(command.description === undefined ? [] : [command.description]),
    `    ${usageLine(command)}`,
    ...(command.operands === undefined || command.operands.length === 0
      ? []
      : [
          table(
            ["operand", "meaning"],
            command.operands.map((operand) => [`\`${operand.name}\``, operand.help]),
          ),
        ]),
    ...(Object.keys(command.options).length === 0 ? [] : [optionTable(command.name, command.options)]),
    ...(examples === "" ? [] : [`\`\`\`sh\n${examples}\n\`\`\``]),
  ].join("\n\n");
}

/** The whole page. */
export async function reference(): Promise<string> {
  const all = await entries(root);
  const shown = all.filter((entry) => !entry.hidden && entry.deprecated === undefined);
  const old = all.filter((entry) => entry.hidden || entry.deprecated !== undefined);
  const rows: [string, Variable][] = Object.entries(register());
  const names = (row: Variable): string =>
    (row.child === true ? [] : (row.oldNames ?? [])).map((name) => `\`${name}\``).join(", ");
  return `${[
    "<!-- Made by `npm run docs` from the tables of the program. -->",
    "# Reference",
    "## Commands",
    table(
      ["command", "does"],
      shown.map(({ path, command }) => [`[\`cml ${path}\`](#cml-${path.replaceAll(" ", "-")})`, command.summary]),
    ),
    ...shown.map(section),
    "## Options of every command",
    "They may stand anywhere, also before the command.",
    optionTable("", globalOptions),
    "## Old names",
    table(
      ["name", "same as"],
      [
        ...old.map(({ path, command, deprecated }) => [`\`cml ${path}\``, deprecated ?? `\`cml ${command.name}\``]),
        ...Object.entries(programs).map(([name, words]) => [`\`${name}\` (by \`cml link\`)`, `\`cml ${words.join(" ")}\``]),
      ],
    ),
    "## Exit codes",
    table(
      ["code", "when", "then"],
      exits.map(([code, when, then]) => [String(code), when, then]),
    ),
    "## Environment variables",
    "Every option is also read from `CML_<COMMAND>_<OPTION>` and `CML_<OPTION>`, in this order, after the command line: `CML_REPORT_BASE`, then `CML_BASE`. A flag takes `true`, `false`, `1` or `0`; its negation is `CML_<COMMAND>_NO_<OPTION>`. A list takes a line each. An empty variable is unset. Messages name the variable that a value came from.",
    "Besides these:",
    table(
      ["variable", "meaning", "kind", "older names"],
      rows.map(([name, row]) => [`\`${name}\``, row.purpose, row.secret === true ? "secret" : row.kind, names(row)]),
    ),
  ].join("\n\n")}\n`;
}

if (import.meta.main) {
  const text = await reference();
  if (!process.argv.includes("--check")) await Bun.write(output, text);
  else if ((await readFile(output, "utf8").catch(() => "")) !== text) {
    console.error("reference: docs/reference.md is not up to date: run `npm run docs`");
    process.exitCode = 1;
  }
}
