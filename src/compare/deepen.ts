import type { Repository } from "../dvc/git.ts";

/** Fetches into a clone only what a comparison lacks. */
async function gitFetch(repository: Repository, args: readonly string[]): Promise<boolean> {
  if ((await repository.remoteUrl()) === null) return false;
  return (await repository.fetch(args)).code === 0;
}

const isSha = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** One commit by sha or branch name, without its history. Null when the remote does not give it. */
export async function fetchCommit(repository: Repository, revision: string): Promise<string | null> {
  if (revision.startsWith("-") || /[\s:~^?*[\\]|\.\./.test(revision)) return null;
  const fetched = await gitFetch(repository, [...(repository.isShallow ? ["--depth=1"] : []), "origin", revision]);
  if (!fetched) return null;
  const answer = await repository.run([
    "rev-parse",
    "--verify",
    "--quiet",
    isSha.test(revision) ? `${revision}^{commit}` : "FETCH_HEAD^{commit}",
  ]);
  const sha = new TextDecoder().decode(answer.stdout).trim();
  return answer.code === 0 && sha !== "" ? sha : null;
}

/** Deepens by steps until the branch and the commit meet: most pull requests are short. */
export async function fetchUntilMergeBase(repository: Repository, head: string, branch: string): Promise<string | null> {
  const refspec = `+refs/heads/${branch}:refs/remotes/origin/${branch}`;
  const steps: readonly (readonly string[])[] = repository.isShallow
    ? [["--depth=1"], ["--deepen=50"], ["--deepen=200"], ["--deepen=1000"], ["--unshallow"]]
    : [[]];
  for (const step of steps) {
    const sources = step[0] === "--depth=1" || step.length === 0 ? [refspec] : [refspec, head];
    // Servers that refuse a bare sha still deepen what the branch reaches.
    if (
      !(await gitFetch(repository, [...step, "origin", ...sources])) &&
      !(await gitFetch(repository, [...step, "origin", refspec]))
    )
      return null;
    const base = await repository.mergeBase(head, `refs/remotes/origin/${branch}`);
    if (base !== null) return base;
  }
  return null;
}
