import { InputError, NotFoundError } from "../core/error.ts";
import { compareCodePoints } from "../core/text.ts";
import type { Repository } from "./git.ts";
import type { GitTreeEntry } from "./git-tree-object.ts";
import { climb, pathParts } from "./path.ts";
import type { Tree, TreeEntry } from "./tree.ts";

/** Git refuses longer chains of links as well. */
const linkLimit = 40;

/** Files of a revision. `NotFoundError` when it is unknown. */
export async function openTree(repository: Repository, revision: string): Promise<Tree> {
  const sha = await repository.resolve(revision);
  if (sha === null) {
    throw new NotFoundError(`unknown Git revision: \`${revision}\``, {
      ...(repository.isShallow
        ? { hint: "this clone is shallow; fetch the whole history (`fetch-depth: 0`, `GIT_DEPTH: 0`) or the branch in question" }
        : {}),
      details: { revision },
    });
  }
  const { treeSha } = await repository.commit(sha);
  return gitTree(repository, revision, sha, treeSha);
}

type Found = { readonly kind: "file"; readonly entry: GitTreeEntry } | { readonly kind: "folder"; readonly sha: string };

function gitTree(repository: Repository, name: string, sha: string, rootSha: string): Tree {
  const find = async (parts: readonly string[], links: number): Promise<Found | null> => {
    let folder = rootSha;
    for (const [index, part] of parts.entries()) {
      const entry = (await repository.trees.read(folder)).get(part);
      if (entry === undefined || entry.kind === "submodule") return null;
      const rest = parts.slice(index + 1);
      if (entry.kind === "link") return follow(entry, parts.slice(0, index), rest, links + 1);
      if (entry.kind === "file") return rest.length === 0 ? { kind: "file", entry } : null;
      folder = entry.sha;
    }
    return { kind: "folder", sha: folder };
  };

  const follow = async (
    link: GitTreeEntry,
    folder: readonly string[],
    rest: readonly string[],
    links: number,
  ): Promise<Found | null> => {
    if (links > linkLimit) return null;
    const target = new TextDecoder().decode((await repository.objects.read(link.sha, 64 * 1024))?.bytes ?? new Uint8Array());
    if (target === "" || target.startsWith("/")) return null;
    const parts = climb(folder, target);
    return parts === null ? null : find([...parts, ...rest], links);
  };

  const findPath = async (path: string): Promise<Found | null> => {
    const parts = pathParts(path);
    return parts === null ? null : find(parts, 0);
  };

  return {
    name,
    sha,
    async read(path, options = {}) {
      const found = await findPath(path);
      if (found?.kind !== "file") return null;
      try {
        return (await repository.objects.read(found.entry.sha, options.limitBytes))?.bytes ?? null;
      } catch (cause) {
        if (!(cause instanceof InputError)) throw cause;
        throw new InputError(`file is too large: \`${path}\` of \`${name}\`: ${cause.message}`, {
          cause,
          details: { file: path },
        });
      }
    },
    async kind(path) {
      return (await findPath(path))?.kind ?? null;
    },
    async list(folder) {
      const found = await findPath(folder);
      if (found?.kind !== "folder") return [];
      const listed = await Promise.all(
        [...(await repository.trees.read(found.sha)).values()].map((entry) => listing(entry, folder)),
      );
      return listed.filter((entry) => entry !== null).toSorted((a, b) => compareCodePoints(a.name, b.name));
    },
    async size(path) {
      const found = await findPath(path);
      return found?.kind === "file" ? ((await repository.objects.head(found.entry.sha))?.sizeBytes ?? null) : null;
    },
  };

  async function listing(entry: GitTreeEntry, folder: string): Promise<TreeEntry | null> {
    if (entry.kind === "file" || entry.kind === "folder") return { name: entry.name, kind: entry.kind };
    if (entry.kind === "submodule") return null;
    const target = await findPath(`${folder}/${entry.name}`.replace(/^\//, ""));
    return target === null ? null : { name: entry.name, kind: target.kind, isLink: true };
  }
}
