import { describe, expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { problems } from "../../../scripts/check-imports.ts";
import { readSource } from "../../../scripts/check/source.ts";
import { temporaryFolder } from "../../support/folder.ts";

const clean: Readonly<Record<string, string>> = {
  "bin/cml.ts": 'import { main } from "../src/main.ts";\nawait main();\nprocess.exit(0);\n',
  "src/main.ts": 'import { a } from "./cli/a.ts";\nexport const main = a;\n',
  "src/cli/a.ts": 'import { open } from "../forge/registry.ts";\nexport const a = open;\n',
  "src/forge/registry.ts": 'export const open = () => import("./github/index.ts");\n',
  "src/forge/contract.ts": "export interface Forge { readonly id: string }\n",
  "src/forge/github/index.ts": 'import type { Forge } from "../contract.ts";\nexport const forge: Forge = { id: "github" };\n',
  "src/compare/b.ts": 'import type { Forge } from "../forge/contract.ts";\nexport const b = (f: Forge) => f.id;\n',
  "src/core/text.ts": "export const text = 1;\n",
  "src/host/clock.ts": "export const now = () => Date.now();\nexport const wait = () => setTimeout(() => undefined, 1);\n",
};

async function found(more: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = await temporaryFolder();
  for (const [path, text] of Object.entries({ ...clean, ...more })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return problems(folder);
}

describe("problems()", () => {
  test("finds nothing in a clean project", async () => {
    expect(await found({})).toEqual([]);
  });

  const planted: readonly [string, string, string, string][] = [
    [
      "core imports host",
      "src/core/x.ts",
      'import { now } from "../host/clock.ts";\nnow();',
      "core may not import host/clock.ts",
    ],
    ["host imports cli", "src/host/x.ts", 'export { a } from "../cli/a.ts";', "host may not import cli/a.ts"],
    [
      "compare imports a registry",
      "src/compare/x.ts",
      'import { open } from "../forge/registry.ts";\nopen();',
      "compare may not import forge/registry.ts",
    ],
    ["compare imports render", "src/compare/x.ts", 'import "../render/y.ts";', "src/compare/x.ts:1"],
    ["a room without a row", "src/extra/x.ts", 'import { text } from "../core/text.ts";\ntext;', "`extra` is no room"],
    [
      "a driver past its registry",
      "src/cli/x.ts",
      'import { forge } from "../forge/github/index.ts";\nforge;',
      "forge/github is reached through its registry only",
    ],
    [
      "a driver past its registry, lazily",
      "src/cli/x.ts",
      'void import("../forge/github/index.ts");',
      "forge/github is reached through its registry only",
    ],
    [
      "one driver from another",
      "src/forge/gitlab/index.ts",
      'import { forge } from "../github/index.ts";\nforge;',
      "forge/github is reached through its registry only",
    ],
    [
      "a registry that loads at once",
      "src/forge/registry.ts",
      'import { forge } from "./github/index.ts";\nexport const open = () => forge;',
      "the registry loads forge/github by import()",
    ],
    [
      "a computed import",
      "src/cli/x.ts",
      "export const load = (name: string) => import(`./${name}.ts`);",
      "src/cli/x.ts:1: import() needs a literal",
    ],
    ["an import without its ending", "src/cli/x.ts", 'import { a } from "./a";\na;', "needs its ending"],
    ["a path alias", "src/cli/x.ts", 'import { a } from "#cli/a.ts";\na;', "imports are relative"],
    ["a file that is missing", "src/cli/x.ts", 'import { a } from "./gone.ts";\na;', "is not there"],
    ["bun:", "src/core/x.ts", 'import { serve } from "bun:ffi";\nserve;', "would not run under Deno"],
    [
      "node:fs",
      "src/compare/x.ts",
      'import { readFile } from "node:fs/promises";\nreadFile;',
      "`node:fs/promises` belongs to src/host",
    ],
    [
      "node:child_process, lazily",
      "src/dvc/x.ts",
      'void import("node:child_process");',
      "`node:child_process` belongs to src/host",
    ],
    ["process", "src/cli/x.ts", 'export const home = process.env["HOME"];', "process belongs to src/host"],
    ["process in a template", "src/cli/x.ts", "export const home = `${process.cwd()}/x`;", "process belongs to src/host"],
    ["fetch", "src/forge/github/x.ts", 'export const get = () => fetch("https://x");', "fetch belongs to src/host"],
    ["globalThis.fetch", "src/forge/github/x.ts", "export const get = globalThis.fetch;", "fetch belongs to src/host"],
    ["Bun", "src/core/x.ts", 'export const file = Bun.file("x");', "Bun belongs to src/host"],
    ["console", "src/core/x.ts", "console.log(1);", "console belongs to src/host"],
    ["timers", "src/compare/x.ts", "setTimeout(() => undefined, 1);", "timers belongs to src/host"],
    ["the clock", "src/compare/x.ts", "export const now = Date.now();", "the clock belongs to src/host"],
    ["a fresh date", "src/compare/x.ts", "export const now = new Date();", "the clock belongs to src/host"],
    ["chance", "src/compare/x.ts", "export const n = Math.random();", "chance belongs to src/host"],
    ["a folder called utils", "src/core/utils/x.ts", "export const n = 1;", "`utils` is no name"],
    ["a file called helpers", "src/cli/helpers.ts", "export const n = 1;", "`helpers` is no name"],
  ];
  test.each(planted)("names %s", async (_, path, text, message) => {
    const lines = await found({
      [path]: `${text}\n`,
      ...(text.includes("render/y") ? { "src/render/y.ts": "export {};\n" } : {}),
    });
    expect(lines.join("\n")).toContain(message);
    expect(lines.length).toBe(1);
  });

  test("names a cycle once, along its files, and knows that types close none", async () => {
    const ring = await found({
      "src/core/a.ts": 'import { b } from "./b.ts";\nexport const a = b;\n',
      "src/core/b.ts": 'import { c } from "./c.ts";\nexport const b = c;\n',
      "src/core/c.ts": 'import { a } from "./a.ts";\nexport const c = () => a;\n',
    });
    expect(ring).toEqual(["import cycle: src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts"]);
    const types = await found({
      "src/core/a.ts": 'import { b } from "./b.ts";\nexport type A = 1;\nexport const a = b;\n',
      "src/core/b.ts": 'import type { A } from "./a.ts";\nexport const b: A = 1;\n',
    });
    expect(types).toEqual([]);
  });
});

describe("readSource()", () => {
  const text = [
    'import { a, type B } from "./a.ts"; // import { x } from "./x.ts"',
    '/* import "./y.ts"; process.exit() */',
    'import "./side.ts";',
    "import {\n  c,\n} from './c.ts';",
    'export * from "./d.ts";',
    'export type { E } from "./e.ts";',
    'const words = "import { z } from \\"./z.ts\\"; console.log(1)";',
    'const pattern = /process.exit("x")/g;',
    "const template = `fetch('x') ${inner(`Date.now() ${deep()}`)} console.log`;",
    "const quotient = total / count / 2;",
    'const lazy = () => import(\n  "./lazy.ts"\n);',
  ].join("\n");
  const source = readSource("src/x.ts", text);

  test("finds imports of every form, and none in comments and strings", () => {
    expect(source.imports.map(({ specifier, isDynamic, isTypeOnly }) => [specifier, isDynamic, isTypeOnly])).toEqual([
      ["./a.ts", false, false],
      ["./side.ts", false, false],
      ["./c.ts", false, false],
      ["./d.ts", false, false],
      ["./e.ts", false, true],
      ["./lazy.ts", true, false],
    ]);
    expect(source.imports[2]?.line).toBe(4);
  });

  test("leaves code at its place and blanks the rest", () => {
    expect(source.code.length).toBe(text.length);
    expect(source.code).not.toMatch(/process|fetch|console|Date/);
    expect(source.code).toContain("inner(");
    expect(source.code).toContain("deep()");
    expect(source.code).toContain("total / count / 2");
  });
});
