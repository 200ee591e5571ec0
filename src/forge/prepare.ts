import { UnavailableError } from "../core/error.ts";
import type { ExecResult, Host } from "../host/host.ts";
import type { ForgeConfig } from "./contract.ts";
import { gitEnvironment, lastLine } from "./git-environment.ts";

export interface PrepareWish {
  readonly remote: string;
  /** Commits of each branch; 0 is all of them. */
  readonly depth: number;
  readonly email: string | undefined;
  readonly name: string | undefined;
}

const fallbackEmail = "cml@users.noreply.github.com";

/**
 * Makes a checkout of a CI complete: branches and tags with their history, somebody to commit as, and a way for later pushes to use the token. The
 * token itself is written nowhere: Git is told the name of its variable.
 */
export async function prepareRepository(config: ForgeConfig | null, host: Host, wish: PrepareWish): Promise<void> {
  const env = config === null ? { GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" } : gitEnvironment(config);
  const git = (args: readonly string[]): Promise<ExecResult> =>
    host.exec.run("git", ["-c", "safe.directory=*", ...args], { cwd: host.cwd, env, signal: host.signal });
  const must = async (args: readonly string[]): Promise<string> => {
    const result = await git(args);
    if (result.code === 0) return new TextDecoder().decode(result.stdout).trim();
    throw new UnavailableError(`git ${args[0]} failed: ${lastLine(result.stderr)}`);
  };
  const isShallow = (await must(["rev-parse", "--is-shallow-repository"])) === "true";
  await identify("user.email", wish.email, fallbackEmail);
  await identify("user.name", wish.name, "cml");
  if (config?.token !== undefined && isVariable(config.token.source)) await lend(config.serverUrl, config.token.source);
  const depth = wish.depth > 0 ? [`--depth=${wish.depth}`] : isShallow ? ["--unshallow"] : [];
  await must(["fetch", "--quiet", "--tags", ...depth, wish.remote, `+refs/heads/*:refs/remotes/${wish.remote}/*`]);

  /** What the user has set already stays. */
  async function identify(key: string, given: string | undefined, fallback: string): Promise<void> {
    if (given === undefined && (await git(["config", "--get", key])).code === 0) return;
    await must(["config", "--local", key, given ?? fallback]);
  }

  async function lend(serverUrl: string, variable: string): Promise<void> {
    // What the checkout left there is a token as well, and two at once are refused.
    await git(["config", "--local", "--unset-all", `http.${serverUrl}/.extraheader`]);
    const key = `credential.${serverUrl}.helper`;
    await git(["config", "--local", "--unset-all", key]);
    await must(["config", "--local", "--add", key, ""]);
    const helper = `!f() { test "$1" = get && echo username=cml && echo "password=$${variable}"; }; f`;
    await must(["config", "--local", "--add", key, helper]);
  }
}

/** A flag is gone with this command; a variable stays for those that follow. */
function isVariable(source: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(source);
}
