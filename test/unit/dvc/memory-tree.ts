import { compareCodePoints } from "../../../src/core/text.ts";
import { pathParts } from "../../../src/dvc/path.ts";
import type { Tree } from "../../../src/dvc/tree.ts";

/** A tree of some files; `sha` null makes it a work tree. */
export function memoryTree(files: Readonly<Record<string, string | Uint8Array>>, sha: string | null = "0".repeat(40)): Tree {
  const paths = Object.keys(files);
  const clean = (path: string): string => pathParts(path)?.join("/") ?? "\0";
  const isFolder = (folder: string): boolean => folder === "" || paths.some((path) => path.startsWith(`${folder}/`));
  return {
    name: sha === null ? "workspace" : "memory",
    sha,
    async read(path) {
      const content = files[clean(path)];
      return typeof content === "string" ? new TextEncoder().encode(content) : (content ?? null);
    },
    async kind(path) {
      if (files[clean(path)] !== undefined) return "file";
      return isFolder(clean(path)) ? "folder" : null;
    },
    async list(folder) {
      const prefix = clean(folder) === "" ? "" : `${clean(folder)}/`;
      const names = new Map<string, "file" | "folder">();
      for (const path of paths.filter((one) => one.startsWith(prefix))) {
        const [name = "", ...rest] = path.slice(prefix.length).split("/");
        names.set(name, rest.length > 0 ? "folder" : "file");
      }
      return [...names].map(([name, kind]) => ({ name, kind })).toSorted((a, b) => compareCodePoints(a.name, b.name));
    },
  };
}
