import { resolve as resolvePath } from "node:path";
import { ConfigError } from "../core/error.ts";
import type { ExecResult } from "../host/host.ts";
import { type Commit, readCommit } from "./git-commit.ts";
import { askGit, fetchGit, type GitHost, runGit } from "./git-command.ts";
import { GitObjects } from "./git-object.ts";
import { isDirty } from "./git-status.ts";
import { TreeObjects } from "./git-tree-object.ts";

export type { Commit, GitHost };

export interface Ref {
  /** Full name, `refs/heads/main`. */
  readonly name: string;
  /** Commit; annotated tags are followed to theirs. */
  readonly sha: string;
}

export interface NamedCommit {
  readonly sha: string;
  /** Short names of the branches and tags that point at it. */
  readonly names: readonly string[];
}

/** A Git repository, only ever read. `close` must be called at the end: it ends the child through which all objects are read. */
export interface Repository {
  /** Top folder of the work tree, absolute, links resolved. */
  readonly root: string;
  readonly gitFolder: string;
  /** Differs from `gitFolder` in a linked work tree. */
  readonly commonFolder: string;
  readonly isShallow: boolean;
  readonly objects: GitObjects;
  readonly trees: TreeObjects;
  /** Commit of a branch, tag, `HEAD~1`, `origin/x`, start of a sha, or the name of a DVC experiment; null when there is none. */
  resolve(revision: string): Promise<string | null>;
  /** Null when two commits share no history, or a shallow clone ends before it. */
  mergeBase(a: string, b: string): Promise<string | null>;
  commit(sha: string): Promise<Commit>;
  refs(prefix: string): Promise<readonly Ref[]>;
  /** Commits reachable from `sha`, newest first. */
  history(sha: string, options?: { limit?: number; firstParent?: boolean }): Promise<readonly string[]>;
  /** What `-a`, `-T` and `-A` mean: heads of branches, tags, every commit reachable from a ref; each commit once. */
  allRevisions(wanted: { branches?: boolean; tags?: boolean; commits?: boolean }): Promise<readonly NamedCommit[]>;
  /** Null for a detached head. */
  currentBranch(): Promise<string | null>;
  remoteUrl(name?: string): Promise<string | null>;
  /** Paths that differ between two commits. */
  changedPaths(a: string, b: string): Promise<readonly string[]>;
  /** Whether tracked files differ from `HEAD`. */
  isDirty(): Promise<boolean>;
  run(args: readonly string[]): Promise<ExecResult>;
  /** `git fetch` with further arguments: the one command that adds to the clone. */
  fetch(args: readonly string[]): Promise<ExecResult>;
  close(): Promise<void>;
}

/** The repository that holds `folder`; null outside a work tree (also in a bare repository). */
export async function openRepository(host: GitHost, folder = "."): Promise<Repository | null> {
  const result = await runGit(host, folder, [
    "rev-parse",
    "--show-toplevel",
    "--git-dir",
    "--git-common-dir",
    "--is-shallow-repository",
  ]);
  if (result.code === -1) return withoutGit(host, folder, result.stderr);
  if (result.code !== 0) return null;
  const [top = "", git = "", common = "", shallow = ""] = new TextDecoder().decode(result.stdout).split("\n");
  // `core.worktree` of a foreign configuration could point anywhere; a real top folder holds `.git`.
  if (top === "" || (await host.file.stat(resolvePath(top, ".git"))) === null) return null;
  const here = (await host.file.realpath(folder)) ?? folder;
  return repositoryAt(host, {
    root: (await host.file.realpath(top)) ?? top,
    gitFolder: resolvePath(here, git),
    commonFolder: resolvePath(here, common),
    isShallow: shallow === "true",
  });
}

/** Outside a repository nobody needs Git; inside one its absence must not look like "no baseline". */
async function withoutGit(host: GitHost, folder: string, reason: string): Promise<null> {
  let current = (await host.file.realpath(folder)) ?? resolvePath(folder);
  for (;;) {
    if ((await host.file.stat(resolvePath(current, ".git"))) !== null) {
      throw new ConfigError(`cannot start \`git\`: ${reason.trim()}`, { hint: "install Git and put it on `PATH`" });
    }
    const parent = resolvePath(current, "..");
    if (parent === current) return null;
    current = parent;
  }
}

function repositoryAt(host: GitHost, place: Pick<Repository, "root" | "gitFolder" | "commonFolder" | "isShallow">): Repository {
  const { root } = place;
  const objects = new GitObjects(host, root);
  const known = new Map<string, string>();
  const refs = (prefix: string): Promise<Ref[]> => listRefs(host, root, prefix);
  const commitOf = async (name: string): Promise<string | null> => (await objects.head(`${name}^{commit}`))?.sha ?? null;
  const lines = async (args: readonly string[]): Promise<string[]> =>
    ((await askGit(host, root, args)) ?? "").split("\n").filter((line) => line !== "");
  return {
    ...place,
    objects,
    trees: new TreeObjects(objects),
    async resolve(revision) {
      const found = known.get(revision);
      if (found !== undefined) return found;
      const sha =
        (await commitOf(revision)) ?? (await commitOf(`refs/remotes/origin/${revision}`)) ?? (await experiment(refs, revision));
      // What is missing may be fetched later.
      if (sha !== null) known.set(revision, sha);
      return sha;
    },
    async mergeBase(a, b) {
      const answer = await askGit(host, root, ["merge-base", "--end-of-options", a, b]);
      return answer === null || answer === "" ? null : answer;
    },
    commit: (sha) => readCommit(objects, sha),
    refs,
    history: (sha, options = {}) =>
      lines([
        "rev-list",
        ...(options.limit === undefined ? [] : [`--max-count=${options.limit}`]),
        ...(options.firstParent === true ? ["--first-parent"] : []),
        "--end-of-options",
        sha,
      ]),
    allRevisions: (wanted) => allRevisions(refs, () => lines(["rev-list", "--branches", "--tags", "--remotes", "HEAD"]), wanted),
    async currentBranch() {
      const name = await askGit(host, root, ["symbolic-ref", "--short", "--quiet", "HEAD"]);
      return name === null || name === "" ? null : name;
    },
    async remoteUrl(name = "origin") {
      return askGit(host, root, ["config", "--get", `remote.${name}.url`]);
    },
    async changedPaths(a, b) {
      const answer = await askGit(host, root, [
        "diff-tree",
        "-r",
        "-z",
        "--name-only",
        "--no-renames",
        "--no-ext-diff",
        "--end-of-options",
        a,
        b,
      ]);
      return (answer ?? "").split("\0").filter((path) => path !== "");
    },
    isDirty: () => isDirty(host, root, objects),
    run: (args) => runGit(host, root, args),
    fetch: (args) => fetchGit(host, root, args),
    close: () => objects.close(),
  };
}

async function listRefs(host: GitHost, root: string, prefix: string): Promise<Ref[]> {
  const format = "%(refname) %(objectname) %(*objectname)";
  const answer = (await askGit(host, root, ["for-each-ref", `--format=${format}`, prefix.replace(/\/$/, "") || "refs"])) ?? "";
  return answer
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", sha = "", peeled = ""] = line.split(" ");
      return { name, sha: peeled === "" ? sha : peeled };
    });
}

/** `dvc exp` keeps its results below `refs/exps/<two>/<sha of the baseline>/<name>`. */
async function experiment(refs: (prefix: string) => Promise<readonly Ref[]>, name: string): Promise<string | null> {
  if (name === "" || name.includes("~") || name.includes("^") || name.includes(":")) return null;
  const all = await refs("refs/exps/");
  return all.find((ref) => ref.name.split("/").slice(4).join("/") === name)?.sha ?? null;
}

async function allRevisions(
  refs: (prefix: string) => Promise<readonly Ref[]>,
  commits: () => Promise<readonly string[]>,
  wanted: { branches?: boolean; tags?: boolean; commits?: boolean },
): Promise<NamedCommit[]> {
  const names = new Map<string, string[]>();
  const add = async (prefix: string): Promise<void> => {
    for (const ref of await refs(prefix)) names.set(ref.sha, [...(names.get(ref.sha) ?? []), ref.name.slice(prefix.length)]);
  };
  if (wanted.branches === true || wanted.commits === true) await add("refs/heads/");
  if (wanted.tags === true || wanted.commits === true) await add("refs/tags/");
  if (wanted.commits === true) for (const sha of await commits()) if (!names.has(sha)) names.set(sha, []);
  return [...names].map(([sha, list]) => ({ sha, names: list }));
}
