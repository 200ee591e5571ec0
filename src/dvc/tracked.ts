import type { Out } from "./out.ts";
import { folderOf, nameOf } from "./path.ts";

/** Finds the output that a path is or lies in. Only outputs with a hash that DVC keeps count: the others are files of the tree or nothing. */
export class TrackedPaths {
  readonly #outs = new Map<string, Out>();
  /** Folders above outputs, with the names below that lead to them. */
  readonly #above = new Map<string, Map<string, "file" | "folder">>();

  constructor(outs: readonly Out[]) {
    for (const out of outs) {
      if (out.hash === null || !out.isCached) continue;
      this.#outs.set(out.path, out);
      let kind: "file" | "folder" = out.isFolder ? "folder" : "file";
      for (let path = out.path; path !== ""; path = folderOf(path)) {
        const names = this.#above.get(folderOf(path)) ?? new Map<string, "file" | "folder">();
        this.#above.set(folderOf(path), names.set(nameOf(path), kind));
        kind = "folder";
      }
    }
  }

  covering(path: string): Out | null {
    for (let current = path; current !== ""; current = folderOf(current)) {
      const out = this.#outs.get(current);
      if (out !== undefined) return out;
    }
    return null;
  }

  hasBelow(folder: string): boolean {
    return this.#above.has(folder);
  }

  /** What outputs add to a folder that is not tracked itself. */
  namesIn(folder: string): ReadonlyMap<string, "file" | "folder"> {
    return this.#above.get(folder) ?? new Map<string, "file" | "folder">();
  }
}
