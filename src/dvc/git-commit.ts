import { NotFoundError } from "../core/error.ts";
import type { GitObjects } from "./git-object.ts";

export interface Commit {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly treeSha: string;
  readonly committedMs: number;
  readonly authoredMs: number;
  /** `Name <mail>`. */
  readonly author: string;
  /** First line of the message. */
  readonly subject: string;
  readonly message: string;
}

/** Reads a commit object; its form is described in git's `Documentation/gitformat-signature` and `git cat-file commit`. */
export async function readCommit(objects: GitObjects, sha: string): Promise<Commit> {
  const object = await objects.read(`${sha}^{commit}`, 16 * 1024 ** 2);
  if (object?.bytes === null || object === null) throw new NotFoundError(`unknown commit: \`${sha}\``);
  const text = new TextDecoder().decode(object.bytes);
  const end = text.indexOf("\n\n");
  const message = end < 0 ? "" : text.slice(end + 2);
  const parents: string[] = [];
  const fields = new Map<string, string>();
  for (const line of text.slice(0, end < 0 ? undefined : end).split("\n")) {
    const space = line.indexOf(" ");
    if (space <= 0) continue;
    const key = line.slice(0, space);
    if (key === "parent") parents.push(line.slice(space + 1));
    else if (!fields.has(key)) fields.set(key, line.slice(space + 1));
  }
  return {
    sha: object.sha,
    parents,
    treeSha: fields.get("tree") ?? "",
    committedMs: timeOf(fields.get("committer")),
    authoredMs: timeOf(fields.get("author")),
    author: (fields.get("author") ?? "").replace(/ -?\d+ [-+]\d+$/, ""),
    subject: (message.split("\n")[0] ?? "").trim(),
    message,
  };
}

/** `Name <mail> 1700000000 +0100`. */
function timeOf(person: string | undefined): number {
  return Number(/ (-?\d+) [-+]\d+$/.exec(person ?? "")?.[1] ?? 0) * 1000;
}
