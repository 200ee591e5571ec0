import { CmlError } from "../core/error.ts";
import type { Hash, Out } from "../dvc/index.ts";
import type { Problem } from "./comparison.ts";
import type { Scope } from "./scope.ts";
import type { Side } from "./view.ts";

/** A file or folder that DVC tracks. */
export interface DataEntry {
  /** Repository-relative; a folder ends in `/`. */
  readonly path: string;
  readonly hash: Hash;
  readonly sizeBytes: number | null;
  /** Files of a folder, 1 for a file, null when not written down. */
  readonly files: number | null;
}

export interface DataEntries {
  readonly entries: ReadonlyMap<string, DataEntry>;
  /** Folders (with `/`) whose list of files could not be had: nothing is known of what is in them. */
  readonly unknown: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** Outs of a side by the hashes of its metafiles; with `inside`, the files of tracked folders too. */
export async function recordedEntries(side: Side, outs: readonly Out[], inside: boolean): Promise<DataEntries> {
  const entries = new Map<string, DataEntry>();
  const unknown = new Set<string>();
  const problems: Problem[] = [];
  for (const out of outs) {
    if (out.hash === null) continue;
    const path = out.isFolder ? `${out.path}/` : out.path;
    entries.set(path, { path, hash: out.hash, sizeBytes: out.sizeBytes, files: out.isFolder ? out.files : 1 });
    if (!inside || !out.isFolder) continue;
    try {
      for (const entry of await side.manifest(out)) {
        entries.set(path + entry.path, { path: path + entry.path, hash: entry.hash, sizeBytes: null, files: 1 });
      }
    } catch (error) {
      if (!(error instanceof CmlError)) throw error;
      unknown.add(path);
      problems.push({ file: out.path, line: null, revision: side.label.name, message: error.message });
    }
  }
  return { entries, unknown, problems };
}

/** Outs whose content DVC keeps in its cache: those that `dvc diff` speaks of. */
export function cachedOuts(side: Side, scope: Scope): Out[] {
  return side.index.outs.filter((out) => out.isCached && scope.has(out.project));
}
