import { describe, expect, test } from "bun:test";
import { globalOptions } from "../../../src/cli/globals.ts";
import { command } from "../../../src/cli/kit/command.ts";
import { commandHelp, groupHelp, usageLine, wrap } from "../../../src/cli/kit/help.ts";

const one = command({
  name: "asset send",
  summary: "Send an asset",
  description:
    "It goes where you say, and it tells you where that was, in one line that may be longer than the terminal is wide.",
  options: {
    to: { kind: "text", help: "Where it goes", required: true, alias: ["t"] },
    retry: { kind: "flag", help: "Try again when it fails", fallback: true },
    format: { kind: "choice", choices: ["png", "svg"], fallback: "png", help: "Form of the file" },
    label: { kind: "list", help: "A label", alias: ["labels"], group: "Labels" },
    meta: { kind: "pairs", help: "More", group: "Labels" },
    old: { kind: "text", help: "As it was", deprecated: "use `--to`" },
    wait: { kind: "duration", fallback: 300_000, help: "How long" },
    most: { kind: "size", fallback: 64 * 1024 ** 2, help: "How large" },
    secret: { kind: "text", help: "Nobody sees it", hidden: true },
  },
  operands: [
    { name: "FILE", help: "What is sent", required: true },
    { name: "MORE", help: "Further ones", many: true },
  ],
  examples: [{ line: "cml asset send a.png --to b", says: "Send a picture" }],
  run: async () => undefined,
});

describe("commandHelp()", () => {
  const text = commandHelp(one, { help: globalOptions.help }, 80);

  test("shows the whole name, groups, defaults, variables and examples", () => {
    expect(text).toBe(`Send an asset

It goes where you say, and it tells you where that was, in one line that may be
longer than the terminal is wide.

Usage:
  cml asset send --to <text> <FILE> [MORE…] [options]

Operands:
  FILE  What is sent
  MORE  Further ones

Options:
  -t, --to <text>         Where it goes (required; env CML_ASSET_SEND_TO)
      --[no-]retry        Try again when it fails (default on; env
                          CML_ASSET_SEND_RETRY)
      --format <png|svg>  Form of the file (default png; env
                          CML_ASSET_SEND_FORMAT)
      --old <text>        As it was (deprecated: use \`--to\`; env
                          CML_ASSET_SEND_OLD)
      --wait <duration>   How long (default 5m; env CML_ASSET_SEND_WAIT)
      --most <size>       How large (default 64MiB; env CML_ASSET_SEND_MOST)

Labels:
      --label <text>       A label (also --labels; repeats; env
                           CML_ASSET_SEND_LABEL)
      --meta <name=value>  More (repeats; env CML_ASSET_SEND_META)

Options of every command:
  -h, --help  Show this help

Examples:
  # Send a picture
  cml asset send a.png --to b
`);
  });

  test("fits the width, whatever it is", () => {
    for (const width of [40, 60, 80, 120])
      for (const line of commandHelp(one, globalOptions, width).split("\n"))
        if (line.includes(" ") && !/cml asset|^\s+-/.test(line)) expect(line.length).toBeLessThanOrEqual(Math.max(width, 54));
  });
});

test("usageLine() is in gh's notation", () => {
  expect(usageLine(one)).toBe("cml asset send --to <text> <FILE> [MORE…] [options]");
});

test("groupHelp() lists leaves with their path, hidden ones left out, and loads none", () => {
  const load = (): never => {
    throw new Error("loaded");
  };
  const text = groupHelp(
    ["asset"],
    "Assets",
    {
      send: { summary: "Send", load },
      deep: { summary: "Deep", children: { er: { summary: "Deeper", load } } },
      gone: { summary: "x", hidden: true, load },
    },
    {},
    80,
  );
  expect(text).toContain("cml asset <command> [options]");
  expect(text).toMatch(/ {2}send +Send\n {2}deep er +Deeper\n/);
  expect(text).not.toContain("gone");
});

test("wrap() breaks between words only", () => {
  expect(wrap("aaaa bbbb cccccccccccccccccccccccccccc d", 20, "> ")).toEqual([
    "> aaaa bbbb",
    "> cccccccccccccccccccccccccccc",
    "> d",
  ]);
});
