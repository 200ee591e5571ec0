import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "./compile.ts";

const root = join(import.meta.dir, "..", "..");
const chart = join(root, "test", "golden", "chart", "line.vl.json");

/** What a profile is made of, the commonest way of starting first: a trivial command, then one chart. */
const runs = (folder: string): readonly (readonly string[])[] => [
  ["version"],
  ["render", chart, "-o", join(folder, "chart.png"), "--scale", "2"],
];

/**
 * Compiles the program for this machine, runs it, and passes on files that say which functions the runs used: Bun then places their bytecode
 * together, so that a start reads less of the file. The files hold for every target and are gone when `use` is done.
 */
export async function withOrder<T>(use: (order: readonly string[]) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "cml-order-"));
  try {
    const program = join(folder, process.platform === "win32" ? "cml.exe" : "cml");
    await compile({ outfile: program });
    for (const [index, args] of runs(folder).entries()) {
      const env = { ...process.env, BUN_BYTECODE_ORDER_OUT: join(folder, `${index}.order`) };
      await Bun.spawn([program, ...args], { cwd: folder, env, stdout: "ignore", stderr: "ignore" }).exited;
    }
    const made = (await readdir(folder)).filter((name) => name.endsWith(".order")).sort();
    return await use(made.map((name) => join(folder, name)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
