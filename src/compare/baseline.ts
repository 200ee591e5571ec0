import { NotFoundError } from "../core/error.ts";
import type { Repository } from "../dvc/git.ts";
import type { Ci } from "../host/ci.ts";
import { fetchCommit, fetchUntilMergeBase } from "./deepen.ts";

/** The commit that the working tree is compared with, or why there is none. */
export type Baseline =
  | {
      readonly kind: "commit";
      readonly sha: string;
      /** What a reader calls it: the branch it was taken from, or the revision as typed. */
      readonly name: string;
      readonly why: string;
    }
  | {
      readonly kind: "none";
      readonly reason: string;
      readonly mend: string;
      /** Known, but its files are not here; a forge may have them. */ readonly wanted: string | null;
    };

export interface BaselineOptions {
  /** Revision named by the user; unknown is a `NotFoundError`. */
  readonly base?: string | undefined;
  readonly ci: Ci;
  /** Whether Git may be asked to fetch what a shallow clone lacks. */
  readonly mayFetch: boolean;
}

/**
 * In order: the revision named; the first parent of a merge ref; the pull request's merge base (never the event's base, which may be stale); the
 * merge base with the default branch; where that is HEAD itself, the commit before a push, else HEAD~1.
 */
export async function findBaseline(repository: Repository, options: BaselineOptions): Promise<Baseline> {
  const { ci } = options;
  const head = await repository.resolve("HEAD");
  if (options.base !== undefined) return named(repository, options.base, options);
  if (head === null) return none("the repository has no commits", "commit once, then compare with `cml report --base HEAD`");
  const merged = await firstParentOfMerge(repository, head, options);
  if (merged !== null) return merged;
  if (ci.pullNumber !== undefined && ci.baseRef !== undefined) return againstBranch(repository, head, ci.baseRef, options);
  const branch = await defaultBranch(repository, ci);
  if (branch !== null) {
    const found = await againstBranch(repository, head, branch, options);
    if (found.kind === "commit" && found.sha !== head) return found;
    // A branch without common history says more than its parent could.
    if (found.kind === "none" && !repository.isShallow && (await hasBranch(repository, branch))) return found;
  }
  return before(repository, head, branch, options);
}

async function named(repository: Repository, revision: string, options: BaselineOptions): Promise<Baseline> {
  const sha = (await repository.resolve(revision)) ?? (options.mayFetch ? await fetchCommit(repository, revision) : null);
  if (sha === null) {
    throw new NotFoundError(`unknown revision: \`${revision}\``, {
      hint: repository.isShallow
        ? "the clone is shallow; fetch the revision first"
        : "`git branch -a` and `git tag` list what is there",
    });
  }
  return { kind: "commit", sha, name: revision, why: "named by `--base`" };
}

/** GitHub checks out `refs/pull/N/merge`, GitLab the merged result: a merge of the target (first parent) and the head. */
async function firstParentOfMerge(repository: Repository, head: string, options: BaselineOptions): Promise<Baseline | null> {
  const { ci } = options;
  if (ci.pullNumber === undefined) return null;
  const { parents } = await repository.commit(head);
  const [target, source] = parents;
  if (target === undefined || source === undefined) return null;
  const isMergeRef = /^refs\/(?:pull|merge-requests)\/\d+\/(?:merge|train)$/.test(ci.ref ?? "") || source === ci.headSha;
  if (!isMergeRef) return null;
  const name = ci.baseRef ?? target.slice(0, 7);
  const sha = (await repository.resolve(target)) ?? (options.mayFetch ? await fetchCommit(repository, target) : null);
  if (sha === null) return unreachable(target, name);
  return { kind: "commit", sha, name, why: "first parent of the merge ref" };
}

async function againstBranch(repository: Repository, head: string, branch: string, options: BaselineOptions): Promise<Baseline> {
  const tip = async (): Promise<string | null> =>
    (await repository.resolve(`refs/remotes/origin/${branch}`)) ?? repository.resolve(`refs/heads/${branch}`);
  const source = (await repository.resolve(options.ci.headSha ?? head)) ?? head;
  const here = await tip();
  const base = here === null ? null : await repository.mergeBase(source, here);
  if (base !== null) return { kind: "commit", sha: base, name: branch, why: `merge base with \`${branch}\`` };
  if (options.mayFetch && (repository.isShallow || here === null)) {
    const fetched = await fetchUntilMergeBase(repository, source, branch);
    if (fetched !== null) return { kind: "commit", sha: fetched, name: branch, why: `merge base with \`${branch}\`` };
  }
  if (repository.isShallow || here === null) return unreachable(here ?? options.ci.baseSha ?? null, branch);
  return none(`this branch and \`${branch}\` share no history`, `name a revision: \`cml report --base ${branch}\``);
}

function hasBranch(repository: Repository, branch: string): Promise<boolean> {
  return repository
    .resolve(`refs/remotes/origin/${branch}`)
    .then(async (sha) => sha !== null || (await repository.resolve(`refs/heads/${branch}`)) !== null);
}

/** On the default branch itself: the commit before the push, else the parent. */
async function before(repository: Repository, head: string, branch: string | null, options: BaselineOptions): Promise<Baseline> {
  const pushed = options.ci.before;
  if (pushed !== undefined) {
    const sha = (await repository.resolve(pushed)) ?? (options.mayFetch ? await fetchCommit(repository, pushed) : null);
    if (sha !== null && sha !== head)
      return { kind: "commit", sha, name: branch ?? sha.slice(0, 7), why: "commit before the push" };
  }
  const { parents } = await repository.commit(head);
  const [parent] = parents;
  if (parent === undefined) {
    return none(
      "the repository has one commit",
      "commit the next change, or compare with another revision: `cml report --base REV`",
    );
  }
  const sha = (await repository.resolve(parent)) ?? (options.mayFetch ? await fetchCommit(repository, parent) : null);
  return sha === null ? unreachable(parent, "HEAD~1") : { kind: "commit", sha, name: "HEAD~1", why: "parent commit" };
}

/** Branch that changes are measured against: what the CI says, what the remote calls its head, else `main` or `master`. */
async function defaultBranch(repository: Repository, ci: Ci): Promise<string | null> {
  if (ci.defaultBranch !== undefined) return ci.defaultBranch;
  const answer = await repository.run(["symbolic-ref", "--short", "--quiet", "refs/remotes/origin/HEAD"]);
  const name = new TextDecoder().decode(answer.stdout).trim();
  if (answer.code === 0 && name.startsWith("origin/")) return name.slice("origin/".length);
  for (const candidate of ["main", "master"]) if (await hasBranch(repository, candidate)) return candidate;
  return null;
}

function none(reason: string, mend: string): Baseline {
  return { kind: "none", reason, mend, wanted: null };
}

function unreachable(wanted: string | null, name: string): Baseline {
  return {
    kind: "none",
    reason: `the history of \`${name}\` is not in this clone and could not be fetched`,
    mend: "check out with history (`fetch-depth: 0` on GitHub and Gitea, `GIT_DEPTH: 0` on GitLab)",
    wanted,
  };
}
