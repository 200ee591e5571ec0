/** `a/./b//c` as its parts; null for absolute paths and those that climb out of the root. */
export function pathParts(path: string): string[] | null {
  if (path.startsWith("/") || path.includes("\0")) return null;
  return climb([], path);
}

/** `path` as seen from `folder` (parts), null when it leaves the root. */
export function climb(folder: readonly string[], path: string): string[] | null {
  const parts = [...folder];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts;
}

/** `path` as written in a file of `folder`, relative to the root; null for absolute paths and those that leave it. */
export function joinPath(folder: string, path: string): string | null {
  if (path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path) || path.includes("\0")) return null;
  return climb(pathParts(folder) ?? [], path)?.join("/") ?? null;
}

/** Folder of a path, `""` for the root. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Path inside `folder`; `""` when it is the folder itself, null when it is elsewhere. */
export function within(folder: string, path: string): string | null {
  if (folder === "") return path;
  if (path === folder) return "";
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null;
}
