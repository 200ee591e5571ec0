import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Target } from "./target.ts";

const cache = process.env["CML_BUILD_CACHE"] ?? join(homedir(), ".cache", "cml-build");

/**
 * Path of Bun's runtime for `target`, taken from its npm package, which npm checks against the registry's digest.
 * Kept in a cache by Bun's version. Throws when the registry does not have it.
 */
export async function runtime(target: Target): Promise<string> {
  const folder = join(cache, `${target.runtime.replace("@oven/", "")}-${Bun.version}`);
  const path = join(folder, "bin", `bun${target.suffix}`);
  if (await exists(path)) return path;
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "fetch-"));
  try {
    const packed = await run(["npm", "pack", `${target.runtime}@${Bun.version}`, "--silent", "--pack-destination", work], work);
    const archive = packed.trim().split("\n").at(-1);
    if (archive === undefined || archive === "") throw new Error(`npm pack ${target.runtime} named no file`);
    await run(["tar", "-xzf", archive], work);
    await rm(folder, { recursive: true, force: true });
    await rename(join(work, "package"), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  if (!(await exists(path))) throw new Error(`${target.runtime}@${Bun.version} holds no bin/bun${target.suffix}`);
  return path;
}

async function run(command: string[], cwd: string): Promise<string> {
  const child = Bun.spawn(command, { cwd, stdout: "pipe", stderr: "pipe" });
  const [out, error, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0)
    throw new Error(`${command.slice(0, 3).join(" ")}: exit ${code}: ${error.trim().split("\n").slice(-3).join(" ")}`);
  return out;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.size > 0,
    () => false,
  );
}
