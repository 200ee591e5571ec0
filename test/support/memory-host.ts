import { CancelledError } from "../../src/core/error.ts";
import { Redactor } from "../../src/core/secret.ts";
import { readCi } from "../../src/host/ci.ts";
import { createEnv, secretValues } from "../../src/host/env.ts";
import { createExec } from "../../src/host/exec.ts";
import { createFiles, resolveFolder } from "../../src/host/file.ts";
import type { Clock, Host, HostSettings, Output } from "../../src/host/host.ts";
import { lazyHttp } from "../../src/host/http-lazy.ts";
import { createLog } from "../../src/host/log.ts";
import { isGitHubLike } from "../../src/host/real.ts";
import { trustedFetch } from "../../src/host/trust.ts";
import type { Fetch } from "../../src/host/trust.ts";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryFolder } from "./folder.ts";

export interface TestHostOptions {
  /** A new temporary folder unless given. */
  readonly cwd?: string;
  /** Files written below `cwd` first. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** The whole environment; programs that are started also get the `PATH` of the tests and a private `HOME`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  readonly name?: string;
  /** Whether the streams say that they are a terminal. */
  readonly terminal?: boolean;
  readonly width?: number;
  readonly fetch?: Fetch;
  /** Real unless given; `testClock()` never sleeps. */
  readonly clock?: Clock;
  readonly random?: () => number;
}

export interface TestHost {
  readonly host: Host;
  stdout(): string;
  stdoutBytes(): Uint8Array;
  stderr(): string;
  /** Cancels as SIGINT or SIGTERM does. */
  cancel(signal: "SIGINT" | "SIGTERM"): void;
}

/** A world of its own: memory for the streams, a temporary folder for files, an environment that is only what the test says. */
export async function testHost(options: TestHostOptions = {}): Promise<TestHost> {
  const cwd = options.cwd ?? (await temporaryFolder());
  for (const [path, content] of Object.entries(options.files ?? {})) {
    await mkdir(dirname(join(cwd, path)), { recursive: true });
    await writeFile(join(cwd, path), content);
  }
  const variables: Record<string, string> = { ...options.env };
  const childVariables: Record<string, string> = {
    PATH: process.env["PATH"] ?? "",
    HOME: await temporaryFolder(),
    GIT_CONFIG_NOSYSTEM: "1",
    ...variables,
  };
  const redactor = new Redactor();
  for (const value of secretValues(Object.keys(variables), (name) => variables[name])) redactor.add(value);
  const out = memoryOutput(options, redactor);
  const err = memoryOutput(options, redactor);
  const controller = new AbortController();
  const host = build(
    {
      options,
      variables,
      childVariables,
      redactor,
      out: out.output,
      err: err.output,
      signal: controller.signal,
      grace: { ms: 8_000 },
    },
    { cwd },
  );
  return {
    host,
    stdout: out.text,
    stdoutBytes: out.bytes,
    stderr: err.text,
    cancel: (signal) => controller.abort(new CancelledError(signal)),
  };
}

interface Parts {
  readonly options: TestHostOptions;
  readonly variables: Record<string, string>;
  readonly childVariables: Record<string, string>;
  readonly redactor: Redactor;
  readonly out: Output;
  readonly err: Output;
  readonly signal: AbortSignal;
  readonly grace: Host["grace"];
}

function build(parts: Parts, settings: HostSettings & { readonly cwd: string }): Host {
  const { options, redactor, out, err } = parts;
  const signal = settings.signal ?? parts.signal;
  const env = createEnv((name) => parts.variables[name]);
  const clock = options.clock ?? realClock;
  const random = options.random ?? (() => 0.5);
  const log = createLog(err, {
    level: settings.logLevel ?? "info",
    format: settings.logFormat ?? "text",
    color: () => false,
    now: clock.now,
    annotations: isGitHubLike(env),
    redactor,
  });
  return {
    env,
    ci: readCi(env, readTextNow),
    cwd: settings.cwd,
    args: {
      name: options.name ?? "cml",
      executable: process.execPath,
      prefix: [join(import.meta.dir, "..", "..", "bin", "cml.ts")],
    },
    stdin: { isTerminal: options.terminal ?? false, bytes: async () => bytesOf(options.stdin ?? "") },
    out,
    err,
    log,
    http: lazyHttp({ env, log, redactor, clock, signal, random, fetch: options.fetch ?? trustedFetch(settings.caFile) }),
    file: createFiles(settings.cwd),
    exec: createExec(settings.cwd, (name) => parts.childVariables[name]),
    clock,
    redactor,
    random,
    signal,
    grace: parts.grace,
    configured: (more) => build(parts, { ...settings, ...more, cwd: resolveFolder(settings.cwd, more.cwd ?? ".") }),
  };
}

const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** A clock that stands still; sleeping moves it at once. */
export function testClock(start = Date.UTC(2026, 0, 1)): Clock & { readonly slept: number[] } {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      now += ms;
    },
  };
}

function memoryOutput(options: TestHostOptions, redactor: Redactor): { output: Output; text(): string; bytes(): Uint8Array } {
  const chunks: Uint8Array[] = [];
  const bytes = (): Uint8Array => new Uint8Array(Buffer.concat(chunks));
  return {
    bytes,
    text: () => new TextDecoder().decode(bytes()),
    output: {
      isTerminal: options.terminal ?? false,
      width: options.width ?? 80,
      color: false,
      write: (text) => void chunks.push(bytesOf(redactor.redact(text))),
      writeBytes: (data) => void chunks.push(data),
      flush: async () => undefined,
    },
  };
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}

function readTextNow(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
