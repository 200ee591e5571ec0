import { InputError } from "../core/error.ts";
import type { Tree } from "../dvc/tree.ts";
import type { RevisionFiles } from "../forge/contract.ts";

/** Most files that are asked for: a report must not use up the token's share of calls. */
const askedLimit = 300;

/**
 * Files of a commit that Git does not have here, read through the forge. A forge's listing of folders costs a call each, so the names are those of
 * `names`, a revision that is here: a file that only the other commit has stays unseen.
 */
export function openForgeTree(files: RevisionFiles, sha: string, names: Tree, signal: AbortSignal): Tree {
  const known = new Map<string, Promise<Uint8Array | null>>();
  const read = (path: string): Promise<Uint8Array | null> => {
    const asked = known.get(path);
    if (asked !== undefined) return asked;
    if (known.size >= askedLimit) {
      return Promise.reject(
        new InputError(`${path}: more than ${askedLimit} files of ${sha.slice(0, 7)} would have to be read through the forge`, {
          details: { file: path },
        }),
      );
    }
    const answer = files.read(sha, path, signal);
    known.set(path, answer);
    return answer;
  };
  return {
    name: sha.slice(0, 7),
    sha,
    async read(path, options) {
      if ((await names.kind(path)) === "folder") return null;
      const bytes = await read(path);
      const limit = options?.limitBytes;
      if (bytes !== null && limit !== undefined && bytes.length > limit)
        throw new InputError(`file is too large: \`${path}\` has ${bytes.length} bytes, at most ${limit} are read`);
      return bytes;
    },
    async kind(path) {
      if ((await names.kind(path)) === "folder") return "folder";
      return (await read(path)) === null ? null : "file";
    },
    list: (folder) => names.list(folder),
  };
}
