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
  ["submodule.recurse", "false"],
].flatMap(([key, value]) => ["-c", `${key}=${value}`]);

export const gitEnvironment: Readonly<Record<string, string>> = {
  GIT_TERMINAL_PROMPT: "0",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_ASKPASS: "",
  GIT_PAGER: "cat",
  // Counts before every `protocol.*` of a configuration, which could allow `ext::`, a transport that runs its own address.
  GIT_ALLOW_PROTOCOL: "http:https:ssh:git",
  // Error texts are matched in English.
  LC_ALL: "C",
};

export function gitArguments(args: readonly string[]): string[] {
  return ["--no-pager", "--literal-pathspecs", ...safeSwitches, ...args];
}

/** Runs Git to its end in `folder`. */
export function runGit(host: GitHost, folder: string, args: readonly string[]): Promise<ExecResult> {
  return runGitWith(host, folder, args, {});
}

/** The same with variables of its own. */
export function runGitWith(
  host: GitHost,
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ExecResult> {
  return host.exec.run("git", gitArguments(args), { cwd: folder, env: { ...gitEnvironment, ...env }, signal: host.signal });
}

/**
 * Fetches from the remote of the clone. A remote in a folder of this machine is allowed too; there `remote.*.uploadpack` would name a program
 * that runs here.
 */
export function fetchGit(host: GitHost, folder: string, args: readonly string[]): Promise<ExecResult> {
  const command = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--upload-pack=git-upload-pack", ...args];
  return runGitWith(host, folder, command, { GIT_ALLOW_PROTOCOL: `${gitEnvironment["GIT_ALLOW_PROTOCOL"]}:file` });
}

/** Variables that disarm the filters of a configuration: comparing a changed file would start them. */
export async function withoutFilters(host: GitHost, folder: string): Promise<Record<string, string>> {
  const names = await askGit(host, folder, ["config", "--null", "--name-only", "--get-regexp", "^filter\\."]);
  const programs = (names ?? "").split("\0").filter((name) => /\.(?:clean|process)$/.test(name));
  const pairs = programs.flatMap((name) => [[name, ""] as const, [name.replace(/[a-z]*$/, "required"), "false"] as const]);
  // `-c` would end the name of a filter at a `=`.
  const variables = pairs.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, name] as const,
    [`GIT_CONFIG_VALUE_${index}`, value] as const,
  ]);
  return Object.fromEntries([["GIT_CONFIG_COUNT", String(pairs.length)], ...variables]);
}

/** Output as text without the final newline; null when Git failed. */
export async function askGit(host: GitHost, folder: string, args: readonly string[]): Promise<string | null> {
  const result = await runGit(host, folder, args);
  return result.code === 0 ? new TextDecoder().decode(result.stdout).replace(/\n$/, "") : null;
}
