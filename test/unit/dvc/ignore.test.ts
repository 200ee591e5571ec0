import { describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { collectMetafiles } from "../../../src/dvc/collect.ts";
import { IgnoreRules } from "../../../src/dvc/ignore.ts";
import { run } from "../../support/churn.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { memoryTree } from "./memory-tree.ts";

const rules = (text: string, strip = true): Promise<IgnoreRules> => IgnoreRules.none.with("", ".dvcignore", text, { strip });

describe("IgnoreRules", () => {
  test("the innermost file counts most, and `!` takes back", async () => {
    const outer = await rules("*.tmp\ndata/\n!keep.tmp\n");
    const inner = await outer.with("sub", "sub/.dvcignore", "!x.tmp\nkeep.tmp\n", { strip: true });
    expect(inner.isIgnored("a.tmp", "file")).toBe(true);
    expect(inner.isIgnored("keep.tmp", "file")).toBe(false);
    expect(inner.isIgnored("sub/x.tmp", "file")).toBe(false);
    expect(inner.isIgnored("sub/keep.tmp", "file")).toBe(true);
    expect(outer.isIgnored("sub/x.tmp", "file")).toBe(true);
  });

  test("what lies in an ignored folder stays ignored, and `x/` is no file", async () => {
    const inner = await (await rules("data/\n")).with("data", "data/.dvcignore", "!a\n", { strip: true });
    expect(inner.isIgnored("data/a", "file")).toBe(true);
    expect(inner.isIgnored("data", "file")).toBe(false);
    expect(inner.isIgnored("x/data", "folder")).toBe(true);
  });

  test("ignoredBy() names file, line and pattern", async () => {
    const found = (await rules("# c\n\n*.log\nsecret\n")).ignoredBy("a/secret", "file");
    expect(found).toEqual({ file: ".dvcignore", line: 4, pattern: "secret" });
  });

  test("case counts, and DVC takes spaces off a line where Git keeps escaped ones", async () => {
    expect((await rules("Data\n")).isIgnored("data", "folder")).toBe(false);
    expect((await rules("  data  \n")).isIgnored("data", "folder")).toBe(true);
    expect((await rules("data\\ \n", false)).isIgnored("data ", "file")).toBe(true);
  });

  test("answers what `git check-ignore` answers", async () => {
    const folder = await temporaryFolder();
    const patterns = [
      "*.o",
      "/top",
      "build/",
      "a/**/z",
      "!important.o",
      "doc/*.txt",
      "[ab]x",
      "**/cache",
      "foo/**",
      "\\#x",
      "q?",
    ];
    await run(["git", "init", "-q"], folder);
    await writeFile(join(folder, ".gitignore"), patterns.join("\n"));
    const paths = [
      "x.o",
      "important.o",
      "top",
      "s/top",
      "build",
      "build/x",
      "s/build/y",
      "a/z",
      "a/b/c/z",
      "doc/a.txt",
      "doc/s/a.txt",
    ];
    paths.push("ax", "cx", "s/cache", "cache/x", "foo/x/y", "foo", "#x", "q1", "q12", "s/q2");
    const checked = Bun.spawn(["git", "check-ignore", "--no-index", "--stdin"], {
      cwd: folder,
      stdin: new Blob([paths.join("\n")]),
      stdout: "pipe",
    });
    const theirs = (await new Response(checked.stdout).text()).split("\n").filter((path) => path !== "");
    const mine = await rules(patterns.join("\n"), false);
    expect(paths.filter((path) => mine.isIgnored(path, "file"))).toEqual(theirs);
  });
});

async function found(
  files: Record<string, string>,
  gitExclude: string | null = null,
): Promise<{ paths: string[]; projects: string[] }> {
  const paths: string[] = [];
  const projects = await collectMetafiles(memoryTree(files, null), { gitExclude }, async (one) => {
    paths.push(`${one.project.folder}:${one.path}`);
    return [];
  });
  return { paths, projects: projects.map((project) => project.folder) };
}

describe("collectMetafiles()", () => {
  test("finds every project below the root, each with its own files and rules", async () => {
    const answer = await found({
      ".dvc/config": "",
      ".dvcignore": "*.dvc\n",
      "a.dvc": "",
      "x/dvc.yaml": "",
      "x/y/.dvc/config": "",
      "x/y/b.dvc": "",
      "x/y/deep/dvc.yaml": "",
      "x/y/deep/z/.dvc/config": "",
      "x/y/deep/z/c.dvc": "",
      ".dvc/tmp/dvc.yaml": "",
    });
    expect(answer.paths).toEqual([":x/dvc.yaml", "x/y:x/y/b.dvc", "x/y:x/y/deep/dvc.yaml", "x/y/deep/z:x/y/deep/z/c.dvc"]);
    expect(answer.projects).toEqual(["", "x/y", "x/y/deep/z"]);
  });

  test("finds a project in a folder that the outer one leaves out, and nothing else there", async () => {
    const answer = await found({
      ".dvcignore": "examples\nscratch\n",
      "examples/.dvc/config": "",
      "examples/a.dvc": "",
      "examples/scratch/dvc.yaml": "",
      "scratch/dvc.yaml": "",
    });
    expect(answer.paths).toEqual(["examples:examples/a.dvc", "examples:examples/scratch/dvc.yaml"]);
  });

  test("leaves out what Git ignores in the work tree, and reads it in a commit", async () => {
    const files = {
      ".gitignore": "venv/\n",
      "venv/dvc.yaml": "",
      "s/.gitignore": "*.dvc\n",
      "s/a.dvc": "",
      "s/dvc.yaml": "",
      "x/dvc.yaml": "",
    };
    expect((await found(files, "/x\n")).paths).toEqual([":s/dvc.yaml"]);
    expect((await found(files)).paths).toEqual([":s/a.dvc", ":s/dvc.yaml", ":venv/dvc.yaml", ":x/dvc.yaml"]);
  });
});
