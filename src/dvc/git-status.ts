import { createHash } from "node:crypto";
import { join } from "node:path";
import { askGit, type GitHost } from "./git-command.ts";
import type { GitObjects } from "./git-object.ts";

/**
 * Whether tracked files differ from `HEAD`. `git status` would run the clean filters that a repository's configuration names; the raw
 * index comparison runs nothing, and files it cannot judge by their time stamps are compared byte by byte here.
 */
export async function isDirty(host: GitHost, root: string, objects: GitObjects): Promise<boolean> {
  const answer = await askGit(host, root, [
    "diff-index",
    "--raw",
    "-z",
    "--no-renames",
    "--no-ext-diff",
    "--ignore-submodules=all",
    "HEAD",
    "--",
  ]);
  if (answer === null || answer === "") return false;
  const parts = answer.split("\0");
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const [, , oldSha = "", newSha = "", status = ""] = (parts[index] ?? "").split(" ");
    if (status !== "M" || !/^0+$/.test(newSha)) return true;
    if (!(await isSame(host, join(root, parts[index + 1] ?? ""), oldSha, objects))) return true;
  }
  return false;
}

async function isSame(host: GitHost, path: string, sha: string, objects: GitObjects): Promise<boolean> {
  const [stat, blob] = await Promise.all([host.file.lstat(path), objects.head(sha)]);
  if (stat?.kind !== "file" || blob?.sizeBytes !== stat.sizeBytes) return false;
  const bytes = await host.file.read(path);
  if (bytes === null) return false;
  const algorithm = sha.length === 64 ? "sha256" : "sha1";
  return createHash(algorithm).update(`blob ${bytes.length}\0`).update(bytes).digest("hex") === sha;
}
