import type { ExecResult, Host } from "../host/host.ts";

export type GitHost = Pick<Host, "exec" | "file" | "signal">;

/**
 * Switches before every Git command. A repository's own configuration can name programs (monitors, hooks, pagers, credential helpers, transport
 * helpers); a pull request must not choose what runs here. `safe.directory` is set for the call only: CI containers run as another user
 * than the one that checked out.
 */
const safeSwitches: readonly string[] = [
  ["safe.directory", "*"],
  ["core.fsmonitor", "false"],
  ["core.hooksPath", "/dev/null"],
  ["core.pager", "cat"],
  ["core.askPass", ""],
  ["core.alternateRefsCommand", "true"],
  ["credential.helper", ""],
  ["log.showSignature", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["protocol.allow", "never"],
  ["protocol.https.allow", "always"],
  ["protocol.http.allow", "always"],
  ["submodule.recurse", "false"],
].flatMap(([key, value]) => ["-c", `${key}=${value}`]);

export const gitEnvironment: Readonly<Record<string, string>> = {
  GIT_TERMINAL_PROMPT: "0",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_ASKPASS: "",
  GIT_PAGER: "cat",
  // Error texts are matched in English.
  LC_ALL: "C",
};

export function gitArguments(args: readonly string[]): string[] {
  return ["--no-pager", "--literal-pathspecs", ...safeSwitches, ...args];
}

/** Runs Git to its end in `folder`. */
export function runGit(host: GitHost, folder: string, args: readonly string[]): Promise<ExecResult> {
  return host.exec.run("git", gitArguments(args), { cwd: folder, env: gitEnvironment, signal: host.signal });
}

/** Output as text without the final newline; null when Git failed. */
export async function askGit(host: GitHost, folder: string, args: readonly string[]): Promise<string | null> {
  const result = await runGit(host, folder, args);
  return result.code === 0 ? new TextDecoder().decode(result.stdout).replace(/\n$/, "") : null;
}
