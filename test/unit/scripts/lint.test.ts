import { expect, test } from "bun:test";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../../support/folder.ts";

const root = join(import.meta.dir, "..", "..", "..");

/** Without its type-aware half oxlint checks no promise at all and says nothing about it. */
test("the linter of this project refuses a floating promise, a cast and console", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "src", "core"), { recursive: true });
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "tsconfig.json"), await Bun.file(join(root, "tsconfig.json")).text());
  await writeFile(join(folder, ".oxlintrc.json"), await Bun.file(join(root, ".oxlintrc.json")).text());
  const file = join(folder, "src", "core", "bad.ts");
  const lint = async (text: string): Promise<{ code: number; out: string }> => {
    await writeFile(file, text);
    const run = Bun.spawnSync([join(root, "node_modules", ".bin", "oxlint"), "--type-aware", "--deny-warnings", "src"], {
      cwd: folder,
      stdout: "pipe",
      stderr: "pipe",
    });
    return { code: run.exitCode, out: run.stdout.toString() + run.stderr.toString() };
  };
  const work = "async function work(): Promise<number> {\n  return 1;\n}\n";
  expect(await lint(`${work}await work();\n`)).toMatchObject({ code: 0 });
  for (const [line, rule] of [
    ["work();", "no-floating-promises"],
    ["export const n = (await work()) as unknown;", "consistent-type-assertions"],
    ["console.log(await work());", "no-console"],
    ["export const f = (x: any) => [x, work];", "no-explicit-any"],
    ['export const f = () => [fetch("x"), work];', "no-restricted-globals"],
  ] as const) {
    const answer = await lint(`${work}${line}\n`);
    expect(answer.out).toContain(rule);
    expect(answer.code).toBe(1);
  }
}, 60_000);
