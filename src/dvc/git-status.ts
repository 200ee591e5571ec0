import { createHash } from "node:crypto";
import { join } from "node:path";
import { type GitHost, runGitWith, withoutFilters } from "./git-command.ts";
import type { GitObjects } from "./git-object.ts";

/**
 * Whether tracked files differ from `HEAD`. A comparison would run the clean filters that a repository's configuration names, hence they are
 * disarmed; files it cannot judge by their time stamps are compared byte by byte here.
 */
export async function isDirty(host: GitHost, root: string, objects: GitObjects): Promise<boolean> {
  const command = ["diff-index", "--raw", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=all", "HEAD", "--"];
  const result = await runGitWith(host, root, command, await withoutFilters(host, root));
  const answer = new TextDecoder().decode(result.stdout);
  if (result.code !== 0 || answer === "") return false;
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
