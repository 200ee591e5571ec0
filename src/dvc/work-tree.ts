import { isAbsolute, join, relative, sep } from "node:path";
import type { FileEntry, Host } from "../host/host.ts";
import { pathParts } from "./path.ts";
import type { Tree, TreeEntry } from "./tree.ts";

/** Files as they lie in `root` (absolute, links resolved), with or without Git. Nothing outside of it, and nothing of `.git`, is read. */
export function openWorkTree(host: Pick<Host, "file">, root: string): Tree {
  /** Real path of something inside the root; null when it is elsewhere or not there. */
  const real = async (path: string): Promise<string | null> => {
    const parts = pathParts(path);
    if (parts === null) return null;
    const found = await host.file.realpath(join(root, ...parts));
    if (found === null) return null;
    const inside = relative(root, found);
    if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return null;
    return inside.split(sep).some((part) => part.toLowerCase() === ".git") ? null : found;
  };
  const kind = async (path: string): Promise<"file" | "folder" | null> => {
    const found = await real(path);
    const stat = found === null ? null : await host.file.stat(found);
    return stat?.kind === "file" || stat?.kind === "folder" ? stat.kind : null;
  };
  const listing = async (entry: FileEntry, folder: string): Promise<TreeEntry | null> => {
    if (entry.name.toLowerCase() === ".git") return null;
    if (entry.kind === "file" || entry.kind === "folder") return { name: entry.name, kind: entry.kind };
    const target = entry.kind === "link" ? await kind(folder === "" ? entry.name : `${folder}/${entry.name}`) : null;
    return target === null ? null : { name: entry.name, kind: target, isLink: true };
  };
  return {
    name: "workspace",
    sha: null,
    kind,
    async read(path, options) {
      const found = await real(path);
      // A pipe or device would block or never end.
      if (found === null || (await host.file.stat(found))?.kind !== "file") return null;
      return host.file.read(found, options);
    },
    async list(folder) {
      const found = await real(folder);
      if (found === null) return [];
      const entries = await Promise.all((await host.file.list(found)).map((entry) => listing(entry, folder)));
      return entries.filter((entry) => entry !== null);
    },
    async size(path) {
      const found = await real(path);
      const stat = found === null ? null : await host.file.stat(found);
      return stat?.kind === "file" ? stat.sizeBytes : null;
    },
  };
}
