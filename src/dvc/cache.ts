import { join } from "node:path";
import { markBehind, namesIn } from "../host/scan.ts";
import type { ObjectPool } from "../host/object-pool.ts";
import { hexOf, type FileTable } from "./file-table.ts";
import type { HashSet } from "./hash-set.ts";
import { objectKey } from "./hash.ts";
import type { Hash } from "./out.ts";

/** The folder that keeps contents under their hashes: DVC's cache, or a private one for a run without cache. */
export interface Cache {
  readonly folder: string;
  /** Absolute path of an object. */
  path(hash: Hash): string;
  /** Whether an object is there and can be used; a damaged one is taken away. */
  has(hash: Hash, pool: ObjectPool): Promise<boolean>;
  /** When the folders that hold objects of the files have changed; 0 for those that hold none. */
  times(files: FileTable): number[];
  /** Hashes of `wanted` whose objects are there, by name only: contents are checked when they are used. */
  present(wanted: HashSet, kind: Hash["kind"]): (hash: Uint8Array) => boolean;
}

const trustedMode = 0o444;
/** Fewer wanted names than this in one of the 256 folders are looked up one by one. */
const fewNames = 8;

export function openCache(folder: string, remove: (path: string) => Promise<void>): Cache {
  const path = (hash: Hash): string => join(folder, objectKey(hash));
  return {
    folder,
    path,
    async has(hash, pool) {
      const file = path(hash);
      const mark = markBehind(file);
      if (mark === null || mark.kind !== "file") return false;
      // DVC trusts what is read-only; anything else may have been written to.
      if (mark.mode === trustedMode) return true;
      const isManifest = hash.value.endsWith(".dir");
      const { hashes } = await pool.run({ kind: "hash", paths: [file], algorithms: [isManifest ? "md5" : hash.kind] });
      if (hashes[0]?.[0] === hash.value.replace(/\.dir$/, "")) return true;
      await remove(file);
      return false;
    },
    times(files) {
      const times = Array.from({ length: 256 }, () => 0);
      for (let index = 0; index < files.count; index++) {
        const first = files.hashes[index * 16] ?? 0;
        if (times[first] === 0) times[first] = markBehind(join(folder, folderOf(files.kind), two(first)))?.modifiedMs ?? -1;
      }
      return times;
    },
    present(wanted, kind) {
      const counts = new Uint32Array(256);
      for (const hash of wanted.values()) counts[hash[0] ?? 0] = (counts[hash[0] ?? 0] ?? 0) + 1;
      const names = new Map<number, ReadonlySet<string>>();
      const namesOf = (first: number): ReadonlySet<string> => {
        let found = names.get(first);
        if (found === undefined) names.set(first, (found = new Set(namesIn(join(folder, folderOf(kind), two(first))))));
        return found;
      };
      return (hash) => {
        const first = hash[0] ?? 0;
        const hex = hexOf(hash);
        if ((counts[first] ?? 0) >= fewNames) return namesOf(first).has(hex.slice(2));
        return markBehind(path({ kind, value: hex }))?.kind === "file";
      };
    },
  };
}

function two(first: number): string {
  return first.toString(16).padStart(2, "0");
}

function folderOf(kind: Hash["kind"]): string {
  return kind === "md5" ? "files/md5" : "";
}
