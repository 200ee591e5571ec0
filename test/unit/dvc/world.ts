import { createEnv } from "../../../src/host/env.ts";
import { createExec } from "../../../src/host/exec.ts";
import { createFiles } from "../../../src/host/file.ts";
import type { Host } from "../../../src/host/host.ts";

export type World = Pick<Host, "env" | "exec" | "file" | "signal" | "cwd">;

/** The parts of a host that reading a repository needs, real ones, with a home folder of its own. */
export function world(cwd: string, env: Readonly<Record<string, string>> = {}): World {
  const variables: Readonly<Record<string, string | undefined>> = {
    PATH: process.env["PATH"],
    HOME: "/nonexistent",
    GIT_CONFIG_NOSYSTEM: "1",
    ...env,
  };
  const read = (name: string): string | undefined => variables[name];
  return { env: createEnv(read), exec: createExec(cwd, read), file: createFiles(cwd), signal: new AbortController().signal, cwd };
}
