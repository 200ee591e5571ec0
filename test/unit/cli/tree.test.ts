import { describe, expect, test } from "bun:test";
import { globalOptions } from "../../../src/cli/globals.ts";
import { command } from "../../../src/cli/kit/command.ts";
import { walk } from "../../../src/cli/kit/tree.ts";
import type { Tree, Walk } from "../../../src/cli/kit/tree.ts";
import { UsageError } from "../../../src/core/error.ts";

const loaded: string[] = [];
const leaf = (name: string) => ({
  summary: `About ${name}`,
  load: () => {
    loaded.push(name);
    return Promise.resolve({ default: command({ name, summary: "", options: {}, examples: [], run: async () => undefined }) });
  },
});

const tree: Tree = {
  comment: { summary: "Comments", children: { create: leaf("comment create"), update: leaf("comment update") } },
  report: leaf("report"),
  runner: leaf("runner"),
  "old-name": { ...leaf("old-name"), hidden: true },
};

const go = (...argv: string[]): Walk => walk(tree, "All", argv, globalOptions);

function failure(...argv: string[]): UsageError {
  try {
    go(...argv);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`accepted: ${argv.join(" ")}`);
}

describe("walk()", () => {
  test("options of every command may stand anywhere", () => {
    expect(go("--token", "t", "comment", "--json", "create", "--log=debug", "a")).toMatchObject({
      kind: "leaf",
      path: ["comment", "create"],
      args: ["--token", "t", "--json", "--log=debug", "a"],
    });
    expect(go("--json", "true", "report")).toMatchObject({ path: ["report"], args: ["--json", "true"] });
  });

  test("an unknown option before the command is named before a guess at the word after it", () => {
    expect(failure("--lable", "x", "report").message).toBe("unknown option before the command: `--lable`");
    expect(failure("--tokne", "x", "report").hint).toBe("did you mean `--token`?");
    expect(failure("comment", "--pr", "create").hint).toContain("`cml comment <command> --pr`");
  });

  test("an unknown command gets one line, a suggestion, and loads nothing", () => {
    const error = failure("reprot");
    expect(error.message).toBe("unknown command: `reprot`");
    expect(error.hint).toBe("did you mean `cml report`?");
    expect(failure("comment", "crate").hint).toBe("did you mean `cml comment create`?");
    expect(failure("zzzzzz").hint).toBe("`cml --help` lists the commands");
    expect(failure("old-nam").hint).not.toContain("old-name");
    expect(loaded).toEqual([]);
  });

  test("names of Object.prototype are no commands", () => {
    for (const word of ["toString", "constructor", "__proto__", "hasOwnProperty"])
      expect(failure(word).message).toBe(`unknown command: \`${word}\``);
  });

  test("only the leaf is found, never its group", () => {
    expect(go("comment", "update", "create")).toMatchObject({ path: ["comment", "update"], args: ["create"] });
  });

  test("a group alone is a group, with or without --help", () => {
    expect(go("comment")).toMatchObject({ kind: "group", path: ["comment"], wantsHelp: false });
    expect(go("--help")).toMatchObject({ kind: "group", path: [], wantsHelp: true });
    expect(go("comment", "-h")).toMatchObject({ kind: "group", path: ["comment"], wantsHelp: true });
    expect(go()).toMatchObject({ kind: "group", path: [], wantsHelp: false });
  });
});
