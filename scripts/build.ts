/**
 * Compiles the program.
 *
 *     bun scripts/build.ts --host                 dist/cml for this machine
 *     bun scripts/build.ts --all                  every target of a release, with SHA256SUMS
 *     bun scripts/build.ts --target linux-arm64   one of them
 *     --out FILE                                  another place than dist/cml (with --host)
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { compile } from "./build/compile.ts";
import { withOrder } from "./build/order.ts";
import { runtime } from "./build/runtime.ts";
import { fileName, targets, type Target } from "./build/target.ts";

const dist = join(import.meta.dir, "..", "dist");

async function buildHost(outfile: string): Promise<void> {
  await mkdir(dirname(outfile), { recursive: true });
  // A running copy must not be written into: build beside it, then rename.
  const fresh = join(dirname(outfile), `.${basename(outfile)}.${process.pid}`);
  try {
    await withOrder((order) => compile({ outfile: fresh, order }));
    await rename(fresh, outfile);
  } finally {
    await rm(fresh, { force: true });
  }
  console.log(outfile);
}

async function buildTarget(target: Target, order: readonly string[]): Promise<string> {
  const outfile = join(dist, fileName(target));
  await compile({ outfile, order, target: target.compile, executablePath: await runtime(target) });
  return outfile;
}

async function sha256(path: string): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  for await (const chunk of Bun.file(path).stream()) hash.update(chunk);
  return hash.digest("hex");
}

/** Builds all it can, then fails naming what it could not: half a release must not look like a whole one. */
async function buildRelease(wanted: readonly Target[], order: readonly string[]): Promise<void> {
  await mkdir(dist, { recursive: true });
  const lines: string[] = [];
  const failed: string[] = [];
  for (const target of wanted) {
    try {
      const path = await buildTarget(target, order);
      lines.push(`${await sha256(path)}  ${fileName(target)}`);
      console.log(path);
    } catch (error) {
      failed.push(target.name);
      console.error(`build: ${target.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  await Bun.write(join(dist, "SHA256SUMS"), lines.map((line) => `${line}\n`).join(""));
  if (failed.length > 0) throw new Error(`not built: ${failed.join(", ")}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: process.argv.slice(2),
    options: {
      host: { type: "boolean" },
      all: { type: "boolean" },
      target: { type: "string", multiple: true },
      out: { type: "string" },
    },
  });
  if (values.all) return withOrder((order) => buildRelease(targets, order));
  if (values.target === undefined) return buildHost(values.out ?? join(dist, process.platform === "win32" ? "cml.exe" : "cml"));
  const wanted = values.target.map((name) => {
    const target = targets.find((each) => each.name === name);
    if (target === undefined) throw new Error(`no target \`${name}\`: ${targets.map((each) => each.name).join(", ")}`);
    return target;
  });
  return withOrder((order) => buildRelease(wanted, order));
}

main().catch((error: unknown) => {
  console.error(`build: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
