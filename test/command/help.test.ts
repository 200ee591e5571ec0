/** `--help` of every command and group, as a terminal of 80 columns shows it. */
import { describe, expect, test } from "bun:test";
import { programs } from "../../src/cli/legacy.ts";
import { root } from "../../src/cli/root.ts";
import type { Tree } from "../../src/cli/kit/tree.ts";
import { reference } from "../../scripts/reference.ts";
import { run } from "../support/run.ts";

const leaves: string[][] = [];
const groups: string[][] = [[]];

function visit(tree: Tree, path: readonly string[]): void {
  for (const [word, node] of Object.entries(tree)) {
    const here = [...path, word];
    if ("load" in node) leaves.push(here);
    else {
      groups.push(here);
      visit(node.children, here);
    }
  }
}
visit(root, []);

describe("--help", () => {
  for (const path of leaves) {
    test(`cml ${path.join(" ")}`, async () => {
      const answer = await run([...path, "--help"]);
      expect(answer).toMatchObject({ code: 0, stderr: "" });
      expect(answer.stdout).toMatch(/^Usage:\n {2}cml \S/m);
      expect(answer.stdout).toContain("\nExamples:\n  # ");
      expect(answer.stdout).toContain("\nOptions of every command:\n");
      expect(answer.stdout).not.toMatch(/undefined|\[object|\u001b/);
      // Words that do not break and examples, which are to be copied, may be longer.
      const before = answer.stdout.slice(0, answer.stdout.indexOf("\nExamples:\n"));
      for (const line of before.split("\n")) if (!/^ {2,}(?:-|cml )/.test(line)) expect(line.length).toBeLessThanOrEqual(80);
      expect(await run(["--help", ...path])).toEqual(answer);
      // For `vl2png` and its likes `-h` is the height.
      if (answer.stdout.includes("-h, --help")) expect(await run([...path, "-h", "--no-such-option"])).toEqual(answer);
    });
  }

  for (const path of groups) {
    test(["cml", ...path].join(" "), async () => {
      const answer = await run([...path, "--help"]);
      expect(answer).toMatchObject({ code: 0, stderr: "" });
      expect(answer.stdout).toContain(`Usage:\n  ${["cml", ...path].join(" ")} <command> [options]\n`);
      for (const line of answer.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    });
  }

  test("of each old program name", async () => {
    for (const [name, words] of Object.entries(programs)) {
      if (!Object.hasOwn(root, words[0] ?? "")) continue;
      const answer = await run(["--help"], { name });
      expect([name, answer.code]).toEqual([name, 0]);
    }
  });
});

test("docs/reference.md names every visible command, option and variable", async () => {
  const page = await reference();
  const { stdout } = await run(["--help"]);
  const names = [...stdout.slice(0, stdout.indexOf("Options of every command")).matchAll(/^ {2}([a-z][a-z ]*?) {2,}\S/gm)].map(
    ([, name]) => name,
  );
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) expect(page).toContain(`\n### cml ${name}\n`);
  for (const word of ["CML_REPORT_GATE", "GITHUB_TOKEN", "CML_CA_FILE", "`vl2png`"])
    expect(page).toContain(word === "CML_CA_FILE" ? "--ca-file" : word);
});
