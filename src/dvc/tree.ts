/**
 * Files of one revision: a Git tree read through `git cat-file --batch`, the work tree, or a forge's API. Paths are relative to the
 * repository's root, `/`-separated, without leading `./`.
 */
export interface Tree {
  /** The revision as typed (`main`, `HEAD~1`, `workspace`). */
  readonly name: string;
  /** Commit, null for the work tree. */
  readonly sha: string | null;
  /** Null when absent, a folder or a submodule. Links are followed inside the repository only. `InputError` over `limitBytes`. */
  read(path: string, options?: { limitBytes?: number }): Promise<Uint8Array | null>;
  kind(path: string): Promise<"file" | "folder" | null>;
  /** Direct entries sorted by code point, empty when `folder` is absent; `""` is the root. `.git` never appears. */
  list(folder: string): Promise<readonly TreeEntry[]>;
  /** Bytes of a file without reading it, null when it is no file. Absent where the source cannot tell. */
  size?(path: string): Promise<number | null>;
}

export interface TreeEntry {
  readonly name: string;
  readonly kind: "file" | "folder";
  /** It is a link to what `kind` says; walks that should end do not follow it. */
  readonly isLink?: true;
}
