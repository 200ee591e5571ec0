import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const root = join(import.meta.dir, "..", "..");

/**
 * Path of the compiled program: `CML_TEST_BINARY`, or one compiled with the switches of `scripts/build.ts` from the sources as they are.
 * It is kept under `.cache/` by the state of the sources, so that the files of one run share it.
 */
export function binary(): Promise<string> {
  const given = process.env["CML_TEST_BINARY"];
  if (given !== undefined && given !== "") return Promise.resolve(given);
  return (made ??= make());
}

let made: Promise<string> | undefined;

async function make(): Promise<string> {
  const folder = join(root, ".cache", "test-binary");
  const path = join(folder, await fingerprint(), process.platform === "win32" ? "cml.exe" : "cml");
  if (existsSync(path)) return path;
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(path, ".."), { recursive: true });
  const fresh = `${path}.${process.pid}`;
  const build = Bun.spawn([process.execPath, join(root, "scripts", "build.ts"), "--host", "--out", fresh], {
    cwd: root,
    stdout: "ignore",
    stderr: "pipe",
  });
  if ((await build.exited) !== 0) throw new Error(`cannot compile: ${await new Response(build.stderr).text()}`);
  await rename(fresh, path);
  return path;
}

/** Names, sizes and times of everything that goes into the program. */
async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  for (const folder of ["src", "bin", "scripts/build"]) {
    for (const name of (await readdir(join(root, folder), { recursive: true })).toSorted()) {
      const found = await stat(join(root, folder, name));
      if (found.isFile()) hash.update(`${folder}/${name} ${found.size} ${found.mtimeMs}\n`);
    }
  }
  for (const name of ["package-lock.json", "scripts/build.ts"])
    hash.update(`${name} ${(await stat(join(root, name))).mtimeMs}\n`);
  return hash.digest("hex").slice(0, 16);
}
