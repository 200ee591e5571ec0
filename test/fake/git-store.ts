import { createHash } from "node:crypto";

/** A Git object store in memory with real object ids, and refs with Git's rules. */
export interface GitStore {
  blob(bytes: Uint8Array): string;
  /** A tree of `base` with entries laid over it by path; a path may have folders in it. */
  tree(base: string | null, entries: readonly TreeEntry[]): string;
  commit(wish: CommitWish): string;
  kind(sha: string): "blob" | "tree" | "commit" | undefined;
  bytes(blob: string): Uint8Array | undefined;
  commitOf(sha: string): Commit | undefined;
  /** Entry at a path of a commit or tree, null when nothing is there. */
  at(treeish: string, path: string): TreeEntry | null;
  /** Entries of one tree. */
  entries(tree: string): readonly TreeEntry[];
  isAncestor(old: string, young: string): boolean;
  mergeBase(a: string, b: string): string | null;
  readonly refs: Map<string, string>;
}

export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly sha: string;
}

export interface CommitWish {
  readonly message: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly name?: string;
  readonly email?: string;
}

export interface Commit extends CommitWish {
  readonly sha: string;
}

export function gitStore(): GitStore {
  const kinds = new Map<string, "blob" | "tree" | "commit">();
  const blobs = new Map<string, Uint8Array>();
  const trees = new Map<string, TreeEntry[]>();
  const commits = new Map<string, Commit>();
  let clock = 1_767_225_600;

  function keep(kind: "blob" | "tree" | "commit", content: Uint8Array): string {
    const sha = createHash("sha1").update(`${kind} ${content.length}\0`).update(content).digest("hex");
    kinds.set(sha, kind);
    return sha;
  }

  function writeTree(files: readonly TreeEntry[]): string {
    const direct = files.filter((file) => !file.path.includes("/"));
    const folders = Map.groupBy(
      files.filter((file) => file.path.includes("/")),
      (file) => file.path.slice(0, file.path.indexOf("/")),
    );
    const nested = [...folders].map(([path, inside]) => ({
      path,
      mode: "040000",
      sha: writeTree(inside.map((file) => ({ ...file, path: file.path.slice(path.length + 1) }))),
    }));
    // Git sorts a folder as if its name ended in a slash.
    const key = (entry: TreeEntry) => Buffer.from(entry.mode === "040000" ? `${entry.path}/` : entry.path);
    const entries = [...direct, ...nested].toSorted((a, b) => Buffer.compare(key(a), key(b)));
    const parts = entries.flatMap((entry) => [
      Buffer.from(`${entry.mode.replace(/^0/, "")} ${entry.path}\0`),
      Buffer.from(entry.sha, "hex"),
    ]);
    const sha = keep("tree", Buffer.concat(parts));
    trees.set(sha, entries);
    return sha;
  }

  function flat(tree: string, prefix = ""): TreeEntry[] {
    return (trees.get(tree) ?? []).flatMap((entry) =>
      entry.mode === "040000" ? flat(entry.sha, `${prefix}${entry.path}/`) : [{ ...entry, path: prefix + entry.path }],
    );
  }

  function treeOf(treeish: string): string | undefined {
    return commits.get(treeish)?.tree ?? (trees.has(treeish) ? treeish : undefined);
  }

  function ancestors(sha: string): string[] {
    const found = new Set<string>();
    const queue = [sha];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (found.has(next)) continue;
      found.add(next);
      queue.push(...(commits.get(next)?.parents ?? []));
    }
    return [...found];
  }

  return {
    refs: new Map(),
    blob(bytes) {
      const sha = keep("blob", bytes);
      blobs.set(sha, bytes);
      return sha;
    },
    tree(base, entries) {
      const files = new Map(base === null ? [] : flat(base).map((entry) => [entry.path, entry]));
      for (const entry of entries) files.set(entry.path, entry);
      return writeTree([...files.values()]);
    },
    commit(wish) {
      const who = `${wish.name ?? "GitHub"} <${wish.email ?? "noreply@github.com"}> ${clock++} +0000`;
      const lines = [
        `tree ${wish.tree}`,
        ...wish.parents.map((parent) => `parent ${parent}`),
        `author ${who}`,
        `committer ${who}`,
      ];
      const sha = keep("commit", Buffer.from(`${lines.join("\n")}\n\n${wish.message}`));
      commits.set(sha, { ...wish, sha });
      return sha;
    },
    kind: (sha) => kinds.get(sha),
    bytes: (sha) => blobs.get(sha),
    commitOf: (sha) => commits.get(sha),
    entries: (tree) => trees.get(tree) ?? [],
    at(treeish, path) {
      let sha = treeOf(treeish);
      let found: TreeEntry | null = sha === undefined ? null : { path: "", mode: "040000", sha };
      for (const part of path.split("/").filter((one) => one !== "")) {
        found = (sha === undefined ? [] : (trees.get(sha) ?? [])).find((entry) => entry.path === part) ?? null;
        if (found === null) return null;
        sha = found.mode === "040000" ? found.sha : undefined;
      }
      return found;
    },
    isAncestor: (old, young) => ancestors(young).includes(old),
    mergeBase(a, b) {
      const mine = new Set(ancestors(a));
      return ancestors(b).find((sha) => mine.has(sha)) ?? null;
    },
  };
}
