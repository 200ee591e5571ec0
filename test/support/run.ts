import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { main } from "../../src/main.ts";
import { binary } from "./binary.ts";
import { testHost } from "./memory-host.ts";
import type { TestHostOptions } from "./memory-host.ts";
import { temporaryFolder } from "./folder.ts";

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunBinaryOptions {
  readonly cwd?: string;
  /** Nothing but this, `PATH` and a private `HOME` reaches the program. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  /** Called by this name, through a link (`vl2png`). */
  readonly name?: string;
  readonly timeoutMs?: number;
}

/** The compiled program as a user starts it. */
export async function runBinary(args: readonly string[], options: RunBinaryOptions = {}): Promise<RunResult> {
  const result = await runBinaryBytes(args, options);
  return { ...result, stdout: new TextDecoder().decode(result.stdout) };
}

/** The same with stdout as bytes, for pictures. */
export async function runBinaryBytes(
  args: readonly string[],
  options: RunBinaryOptions = {},
): Promise<Omit<RunResult, "stdout"> & { stdout: Uint8Array }> {
  const child = Bun.spawn([await program(options.name), ...args], {
    cwd: options.cwd ?? (await temporaryFolder()),
    env: await bareEnvironment(options.env),
    stdin:
      options.stdin === undefined
        ? "ignore"
        : new Blob([typeof options.stdin === "string" ? options.stdin : new Uint8Array(options.stdin)]),
    stdout: "pipe",
    stderr: "pipe",
    timeout: options.timeoutMs ?? 60_000,
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).bytes(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

/** `PATH`, a private home and what Git needs to be the same everywhere; then `extra`. */
export async function bareEnvironment(extra: Readonly<Record<string, string>> = {}): Promise<Record<string, string>> {
  const home = await temporaryFolder();
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: home,
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    GIT_CONFIG_NOSYSTEM: "1",
    ...extra,
  };
}

/** A command line inside this process, on a test host; for what needs no binary. */
export async function run(argv: readonly string[], options: TestHostOptions = {}): Promise<RunResult> {
  const host = await testHost(options);
  const code = await main(argv, host.host);
  return { code, stdout: host.stdout(), stderr: host.stderr() };
}

async function program(name: string | undefined): Promise<string> {
  const path = await binary();
  if (name === undefined) return path;
  const link = join(await temporaryFolder(), name);
  await symlink(path, link);
  return link;
}
