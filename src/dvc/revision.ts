import { UnsupportedError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import type { Repository } from "./git.ts";
import type { Index, ManifestEntry, Out } from "./index.ts";
import type { Tree, TreeEntry } from "./tree.ts";

export type RevisionHost = Pick<Host, "cwd" | "env" | "file">;

/** A revision as a reader sees it. */
export interface RevisionName {
  readonly name: string;
  /** Null for the work tree. */
  readonly sha: string | null;
  /** Milliseconds since the epoch, null for the work tree. */
  readonly committedMs: number | null;
}

/**
 * Files of a revision as DVC shows them: those of its tree, and what DVC tracks where the tree has nothing. Such content comes from the cache, then from a
 * remote that is a local folder. It throws `NotFoundError` when it is in neither, `UnsupportedError` when it can only be in a remote that is elsewhere.
 */
export interface Revision {
  readonly label: RevisionName;
  /** Files of the revision without DVC. */
  readonly tree: Tree;
  readonly index: Index;
  /** Null when nothing of that name is there, or a folder. `InputError` over `limitBytes`. */
  read(path: string, options?: { limitBytes?: number }): Promise<Uint8Array | null>;
  kind(path: string): Promise<"file" | "folder" | null>;
  /** Direct entries sorted by code point; empty when `folder` is absent. */
  list(folder: string): Promise<readonly TreeEntry[]>;
  /** Files of a tracked folder, sorted by code point; empty for a file. */
  manifest(out: Out): Promise<readonly ManifestEntry[]>;
}

/** Reads the metafiles of `tree`; `repository` is null outside of Git. Failures of single metafiles are `index.problems`. */
export async function openRevision(host: RevisionHost, repository: Repository | null, tree: Tree): Promise<Revision> {
  throw new UnsupportedError(`cannot read \`${tree.name}\` of \`${repository?.root ?? host.cwd}\``);
}
