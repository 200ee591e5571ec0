import { InputError, NotFoundError, UsageError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import type { CommentTarget, Forge } from "./contract.ts";

export interface Where {
  readonly forge: Forge;
  readonly host: Host;
  readonly signal: AbortSignal;
}

/**
 * Target of a comment from its text: `auto`, `pr`, `pr/3`, `issue/4`, `commit`, `commit/REV` where REV is any Git revision.
 * Throws `UsageError` for another text, `NotFoundError` when `pr` finds no open pull request.
 */
export async function resolveTarget(text: string, where: Where): Promise<CommentTarget> {
  const [word = "", ...rest] = text.split("/");
  const value = rest.join("/");
  switch (word.toLowerCase()) {
    case "auto":
    case "":
      return automatic(where);
    case "pr":
      return { kind: "pull", number: value === "" ? await needPull(where) : numberOf(text, value) };
    case "issue":
      if (value === "") throw new UsageError("`issue` needs a number: `issue/4`");
      return { kind: "issue", number: numberOf(text, value) };
    case "commit":
      return { kind: "commit", sha: await commitOf(value, where.host) };
    default:
      throw new UsageError(`unknown target: \`${text}\``, { hint: "known: auto, pr, pr/N, issue/N, commit, commit/REV" });
  }
}

/** Number of the open pull request of this run: the CI's own word, else the one whose head is the commit; null when there is none. */
export async function pullOf({ forge, host, signal }: Where): Promise<number | null> {
  const { ci } = host;
  const isOurs = sameRepository(ci.repository, forge);
  if (isOurs && ci.pullNumber !== undefined) return ci.pullNumber;
  const sha = (isOurs ? ci.headSha : undefined) ?? (await revision("HEAD", host));
  if (sha === null) return null;
  const owner = ci.headRepository?.split("/")[0];
  const branch = ci.headRef === undefined || owner === undefined ? ci.headRef : `${owner}:${ci.headRef}`;
  const [best, second] = await forge.pulls.ofCommit(sha, branch, signal);
  if (best !== undefined && second !== undefined)
    host.log.info(`several open pull requests have this commit: ${best.url} is used`);
  return best?.number ?? null;
}

async function automatic(where: Where): Promise<CommentTarget> {
  const number = await pullOf(where);
  return number === null ? { kind: "commit", sha: await commitOf("", where.host) } : { kind: "pull", number };
}

async function needPull(where: Where): Promise<number> {
  const number = await pullOf(where);
  if (number !== null) return number;
  throw new NotFoundError(`no open pull request of ${where.forge.repository.url} has this commit`, {
    hint: "name it: --target pr/N",
  });
}

async function commitOf(text: string, host: Host): Promise<string> {
  const ofCi = text === "" || text === "HEAD" ? host.ci.headSha : undefined;
  const sha = ofCi ?? (await revision(text === "" ? "HEAD" : text, host));
  if (sha !== null) return sha;
  // Without a checkout a full hash still names a commit.
  if (/^[0-9a-f]{40}$/i.test(text)) return text.toLowerCase();
  throw new InputError(`unknown revision: \`${text === "" ? "HEAD" : text}\``);
}

async function revision(text: string, host: Host): Promise<string | null> {
  const args = ["-c", "safe.directory=*", "rev-parse", "--verify", "--quiet", "--end-of-options", `${text}^{commit}`];
  const result = await host.exec.run("git", args, { cwd: host.cwd, signal: host.signal });
  const sha = new TextDecoder().decode(result.stdout).trim();
  return result.code === 0 && /^[0-9a-f]{40,64}$/.test(sha) ? sha : null;
}

function numberOf(text: string, value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number > 0) return number;
  throw new UsageError(`not a number: \`${value}\` in \`${text}\``);
}

function sameRepository(slug: string | undefined, forge: Forge): boolean {
  return slug?.toLowerCase() === `${forge.repository.owner}/${forge.repository.name}`.toLowerCase();
}
