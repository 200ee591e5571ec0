import { ConflictError, InputError, NotFoundError, UnavailableError } from "../core/error.ts";
import type { ExecResult, Host } from "../host/host.ts";
import type { ForgeConfig } from "./contract.ts";
import { gitEnvironment, lastLine } from "./git-environment.ts";

/** Changed files of the working tree that are to be a branch of their own. */
export interface BranchWish {
  /** Git's pathspecs: `*.csv`, `results/`. */
  readonly paths: readonly string[];
  /** Name of a remote. */
  readonly remote: string;
  /** Made from base and commit unless given. */
  readonly branch: string | undefined;
  /** Branch whose tip is the parent; without it the parent is `parent`. */
  readonly target: string | undefined;
  readonly base: string;
  readonly parent: string;
  readonly message: (short: string) => string;
  readonly name: string;
  readonly email: string;
}

export interface Pushed {
  readonly branch: string;
  /** First eight digits of the commit that the branch starts from. */
  readonly short: string;
}

/**
 * Commits the changed files on top of the parent and pushes that as a branch, while the working tree, its branch and its index stay as they are.
 * The same files on the same parent give the same commit, so a repetition pushes nothing. Null when no file has changed. `ConflictError` when a
 * branch that was named holds somebody else's commits.
 */
export async function pushBranch(config: ForgeConfig, host: Host, wish: BranchWish): Promise<Pushed | null> {
  const folder = await host.file.temporaryFolder();
  try {
    return await push(config, host, wish, folder);
  } finally {
    await host.file.remove(folder);
  }
}

async function push(config: ForgeConfig, host: Host, wish: BranchWish, folder: string): Promise<Pushed | null> {
  const who = {
    GIT_AUTHOR_NAME: wish.name,
    GIT_AUTHOR_EMAIL: wish.email,
    GIT_COMMITTER_NAME: wish.name,
    GIT_COMMITTER_EMAIL: wish.email,
  };
  const git = (args: readonly string[], env: Record<string, string> = {}, stdin = ""): Promise<ExecResult> =>
    host.exec.run("git", args, { cwd: host.cwd, env: { ...gitEnvironment(config), ...who, ...env }, stdin, signal: host.signal });
  const must = async (args: readonly string[], env: Record<string, string> = {}, stdin = ""): Promise<string> => {
    const result = await git(args, env, stdin);
    if (result.code === 0) return new TextDecoder().decode(result.stdout).trim();
    throw new UnavailableError(`git ${args[0]} failed: ${lastLine(result.stderr)}`);
  };
  const files = await changed(must, wish.paths);
  if (files.length === 0) return null;
  const url = withoutCredentials(await must(["remote", "get-url", wish.remote]));
  const parent = wish.target === undefined ? wish.parent : await tipOf(must, url, wish.target);
  if (parent === null)
    throw new NotFoundError(`no branch \`${wish.target}\` on ${wish.remote}`, {
      hint: "push it first, or name another: --target-branch",
    });
  if ((await git(["cat-file", "-e", `${parent}^{commit}`])).code !== 0)
    await must(["fetch", "--quiet", "--no-tags", "--depth=1", url, parent]);
  const index = { GIT_INDEX_FILE: `${folder}/index` };
  await must(["read-tree", parent], index);
  await must(
    ["add", "--all", "--pathspec-from-file=-", "--pathspec-file-nul"],
    { ...index, GIT_LITERAL_PATHSPECS: "1" },
    files.join("\0"),
  );
  const tree = await must(["write-tree"], index);
  if (tree === (await must(["rev-parse", `${parent}^{tree}`]))) return null;
  const short = parent.slice(0, 8);
  const branch = wish.branch ?? `${wish.base}-cml-pr-${short}`;
  const date = await must(["show", "-s", "--format=%cI", parent]);
  const dates = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  const commit = await must(["commit-tree", tree, "-p", parent, "-m", wish.message(short)], dates);
  const tip = await tipOf(must, url, branch);
  if (tip === commit) return { branch, short };
  if (tip !== null && wish.branch !== undefined) await checkOurs(must, url, { tip, branch, email: wish.email });
  await must(["push", "--quiet", `--force-with-lease=refs/heads/${branch}:${tip ?? ""}`, url, `${commit}:refs/heads/${branch}`]);
  return { branch, short };
}

type Must = (args: readonly string[]) => Promise<string>;

/** Modified, deleted, new and staged files below the pathspecs, relative to the current folder. */
async function changed(must: Must, paths: readonly string[]): Promise<string[]> {
  const work = await must(["ls-files", "-z", "--modified", "--deleted", "--others", "--exclude-standard", "--", ...paths]);
  const staged = await must(["diff", "-z", "--name-only", "--relative", "--cached", "HEAD", "--", ...paths]);
  return [...new Set([...work.split("\0"), ...staged.split("\0")])].filter((file) => file !== "");
}

async function tipOf(must: Must, url: string, branch: string): Promise<string | null> {
  const sha = (await must(["ls-remote", url, `refs/heads/${branch}`])).split(/\s/)[0] ?? "";
  return /^[0-9a-f]{40,64}$/.test(sha) ? sha : null;
}

/** A branch that was named by the user is replaced only where we made it. */
async function checkOurs(must: Must, url: string, there: { tip: string; branch: string; email: string }): Promise<void> {
  await must(["fetch", "--quiet", "--no-tags", "--depth=1", url, there.tip]);
  if ((await must(["show", "-s", "--format=%ce", there.tip])) === there.email) return;
  throw new ConflictError(`branch \`${there.branch}\` exists and holds commits of others`, {
    hint: "name another: --branch NAME",
  });
}

function withoutCredentials(url: string): string {
  if (url === "") throw new InputError("the remote has no address");
  return url.replace(/^(https?:\/\/)[^/@]+@/, "$1");
}
