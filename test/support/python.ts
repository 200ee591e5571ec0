import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

const cache = process.env["CML_TEST_CACHE"] ?? join(homedir(), ".cache", "cml-test");

/** A Python program from PyPI in a virtual environment of its own, made once and kept in the cache. */
export interface PythonProgram {
  /** Folder of the environment below the cache. */
  readonly name: string;
  readonly requirements: readonly string[];
  /** Program within the environment's `bin`. */
  readonly program: string;
}

export const realDvc: PythonProgram = { name: "dvc", requirements: ["dvc==3.67.1"], program: "dvc" };
/** The same with its stores: a quarter of a gigabyte. */
export const cloudDvc: PythonProgram = {
  name: "dvc-cloud",
  requirements: ["dvc[s3,gs,azure,ssh,webdav]==3.67.1"],
  program: "dvc",
};
/** The last DVC that writes the old layout, with the versions of its libraries that it starts with. */
export const oldDvc: PythonProgram = {
  name: "dvc-2",
  requirements: ["dvc==2.58.2", "pathspec==0.11.2", "dulwich==0.21.7", "fsspec==2023.6.0", "pygit2==1.13.3"],
  program: "dvc",
};
export const vlConvert: PythonProgram = {
  name: "vl-convert",
  requirements: ["vl-convert-python==1.9.0.post1"],
  program: "python",
};

export type Installed = { readonly path: string } | { readonly reason: string };

/** Path of the program, or the reason why it can't be had here (no Python, no network). */
export async function installed(wanted: PythonProgram): Promise<Installed> {
  const folder = join(cache, wanted.name);
  const path = join(folder, "bin", wanted.program);
  const stamp = join(folder, "requirements");
  const requirements = wanted.requirements.join("\n");
  if (
    existsSync(path) &&
    (await Bun.file(stamp)
      .text()
      .catch(() => "")) === requirements
  )
    return { path };
  const python = usablePython();
  if (python === undefined) return { reason: `${wanted.name} needs python3, which is not installed` };
  // A second run at the same time, or one cut off, must not leave half an environment in place.
  await mkdir(cache, { recursive: true });
  await rm(folder, { recursive: true, force: true });
  const made = await run([python, "-m", "venv", folder]);
  if (made !== null) return { reason: `no virtual environment for ${wanted.name}: ${made}` };
  const failure = await run([
    join(folder, "bin", "python"),
    "-m",
    "pip",
    "install",
    "--quiet",
    "--no-input",
    ...wanted.requirements,
  ]);
  if (failure !== null) return { reason: `${wanted.requirements.join(" ")} could not be installed from PyPI: ${failure}` };
  await Bun.write(`${stamp}.part`, requirements);
  await rename(`${stamp}.part`, stamp);
  return { path };
}

/** A Python for which the packages have wheels; a shim of pyenv may stand for a version that is not there, so it has to start. */
function usablePython(): string | undefined {
  const names = ["python3.11", "python3.12", "python3.13", "python3.10", "python3"];
  return names.find((name) => Bun.which(name) !== null && Bun.spawnSync([name, "-c", "import venv"]).exitCode === 0);
}

/** Null when the command succeeded, else the last line it said. */
async function run(command: readonly string[]): Promise<string | null> {
  const child = Bun.spawn([...command], { stdout: "ignore", stderr: "pipe" });
  const [error, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  return code === 0 ? null : (error.trim().split("\n").at(-1) ?? `exit ${code}`);
}
