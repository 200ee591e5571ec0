import { CancelledError } from "../core/error.ts";
import { Redactor } from "../core/secret.ts";
import { readCi } from "./ci.ts";
import type { Ci } from "./ci.ts";
import { realClock } from "./clock.ts";
import { createEnv, secretValues } from "./env.ts";
import type { Env } from "./env.ts";
import { createExec } from "./exec.ts";
import { createFiles } from "./file.ts";
import type { Args, Grace, Host, HostSettings } from "./host.ts";
import { resolveFolder } from "./file.ts";
import { lazyHttp } from "./http-lazy.ts";
import { createInput } from "./input.ts";
import { createLog } from "./log.ts";
import { createOutput } from "./output.ts";
import { trustedFetch } from "./trust.ts";

/** The real world. Making it is cheap: files, programs, the network and the CI's event are opened by their first use. */
export function realHost(entry: string): Host {
  const read = (name: string): string | undefined => process.env[name];
  const names = Object.keys(process.env);
  const env = createEnv(read, names);
  const redactor = new Redactor();
  for (const value of secretValues(names, read)) redactor.add(value);
  const grace: Grace = { ms: 8_000 };
  const base: Base = {
    env,
    redactor,
    args: ownArgs(entry),
    stdin: createInput(),
    out: createOutput(1, env, redactor),
    err: createOutput(2, env, redactor),
    clock: realClock,
    signal: cancellation(grace),
    grace,
    random: () => Math.random(),
  };
  let ci: Ci | undefined;
  return build(base, () => (ci ??= readCi(env, readTextNow)), read, {});
}

type Base = Pick<Host, "env" | "redactor" | "args" | "stdin" | "out" | "err" | "clock" | "signal" | "grace" | "random">;

function build(base: Base, ci: () => Ci, read: (name: string) => string | undefined, settings: HostSettings): Host {
  const cwd = settings.cwd ?? process.cwd();
  const { env, redactor, err, clock } = base;
  const signal = settings.signal ?? base.signal;
  const log = createLog(err, {
    level: settings.logLevel ?? (env.get("RUNNER_DEBUG") === "1" ? "debug" : "info"),
    format: settings.logFormat ?? "text",
    color: () => err.color,
    now: () => clock.now(),
    annotations: isGitHubLike(env),
    redactor,
  });
  const fetch = trustedFetch(settings.caFile ?? env.get("CI_SERVER_TLS_CA_FILE"));
  return {
    ...base,
    signal,
    get ci() {
      return ci();
    },
    cwd,
    log,
    http: lazyHttp({ env, log, redactor, clock, signal, random: base.random, fetch }),
    file: createFiles(cwd),
    exec: createExec(cwd, read),
    configured: (more) =>
      build(base, ci, read, { ...settings, ...more, cwd: more.cwd === undefined ? settings.cwd : resolveFolder(cwd, more.cwd) }),
  };
}

export function isGitHubLike(env: Env): boolean {
  return (
    env.get("GITHUB_ACTIONS") !== undefined || env.get("GITEA_ACTIONS") !== undefined || env.get("FORGEJO_ACTIONS") !== undefined
  );
}

/** In the compiled program every module lies in Bun's virtual folder, and `argv[0]` is always `bun`: the name is only in `argv0`. */
function ownArgs(entry: string): Args {
  const isCompiled = entry.includes("/$bunfs/") || entry.includes("~BUN");
  if (isCompiled) return { name: programName(process.argv0), executable: process.execPath, prefix: [] };
  const script = process.argv[1] ?? "";
  const runtime = Reflect.has(globalThis, "Deno") ? ["run", "--allow-all", script] : [script];
  return { name: programName(script), executable: process.execPath, prefix: runtime };
}

function programName(path: string): string {
  return path.replace(/^.*[\\/]/s, "").replace(/\.(exe|ts|js)$/i, "");
}

/** The first signal cancels in order, the second ends the program at once, unless its command wants to know. */
function cancellation(grace: Grace): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) {
        if (grace.again !== undefined) return grace.again();
        process.exit(name === "SIGINT" ? 130 : 143);
      }
      controller.abort(new CancelledError(name));
    });
  }
  return controller.signal;
}

function readTextNow(path: string): string | null {
  try {
    return process.getBuiltinModule("node:fs").readFileSync(path, "utf8");
  } catch {
    // The CI named a file that is not there: its variables alone still tell most of it.
    return null;
  }
}
