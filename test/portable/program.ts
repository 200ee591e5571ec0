/** The program from its sources under Bun and under Deno, started as a user would; only `node:` modules, so that it runs under both. */
import { spawn } from "node:child_process";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Answer {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly text: string;
  readonly stderr: string;
}

export interface World {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

const runtimes = {
  Bun: [join(root, "node_modules", ".bin", "bun")],
  Deno: [join(root, "node_modules", ".bin", "deno"), "run", "--quiet", "--no-check", "--allow-all", "--node-modules-dir=manual"],
} as const;

export type Runtime = keyof typeof runtimes;
export const names: readonly Runtime[] = ["Bun", "Deno"];

export function cml(runtime: Runtime, args: readonly string[], world: World): Promise<Answer> {
  const [program, ...words] = runtimes[runtime];
  return finished(program, [...words, join(root, "bin", "cml.ts"), ...args], world);
}

export function finished(program: string, args: readonly string[], world: World): Promise<Answer> {
  const base = {
    PATH: process.env["PATH"] ?? "",
    HOME: world.cwd,
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    GIT_CONFIG_NOSYSTEM: "1",
    DENO_NO_UPDATE_CHECK: "1",
  };
  // The compiled modules of Deno are kept between runs.
  const cache = process.env["DENO_DIR"] ?? join(root, ".cache", "deno");
  const child = spawn(program, [...args], { cwd: world.cwd, env: { ...base, DENO_DIR: cache, ...world.env }, stdio: "pipe" });
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  child.stdout.on("data", (chunk: Uint8Array) => out.push(chunk));
  child.stderr.on("data", (chunk: Uint8Array) => err.push(chunk));
  child.stdin.on("error", () => undefined);
  child.stdin.end(world.stdin ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      const stdout = new Uint8Array(Buffer.concat(out));
      resolve({ code: code ?? -1, stdout, text: new TextDecoder().decode(stdout), stderr: Buffer.concat(err).toString("utf8") });
    });
  });
}

/** A new folder for the time of `work`. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "cml-portable-")));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The demo repository on branch `exp-a`. */
export async function churn(folder: string): Promise<string> {
  const made = await finished("sh", [join(root, "scripts", "demo-repository.sh"), folder], { cwd: folder });
  if (made.code !== 0) throw new Error(made.stderr);
  return join(folder, "repo");
}
