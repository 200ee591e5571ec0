import { lstatSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";

/** A file as the system describes it, enough to tell that it has not changed. */
export interface Mark {
  readonly kind: "file" | "folder" | "link" | "other";
  readonly sizeBytes: number;
  readonly inode: number;
  readonly modifiedMs: number;
  /** Permissions. */
  readonly mode: number;
}

/** Describes a path without following links; null when nothing is there. Synchronous: for many files in a row that is many times faster. */
export function markOf(path: string): Mark | null {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  const kind = found.isFile() ? "file" : found.isDirectory() ? "folder" : found.isSymbolicLink() ? "link" : "other";
  return { kind, sizeBytes: found.size, inode: found.ino, modifiedMs: found.mtimeMs, mode: found.mode & 0o777 };
}

/** The same for what a link leads to; null for a link that leads nowhere. */
export function markBehind(path: string): Mark | null {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  const kind = found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
  return { kind, sizeBytes: found.size, inode: found.ino, modifiedMs: found.mtimeMs, mode: found.mode & 0o777 };
}

export interface Scan {
  /** Files, links and other things that are no folders, relative to the root, `/`-separated. */
  readonly files: string[];
  /** Folders below the root, each before what is in it. */
  readonly folders: string[];
}

/** Everything below a folder but what `isIgnored` says; links are not followed. Nothing when it is absent. */
export function scanFolder(root: string, isIgnored: (path: string, kind: "file" | "folder") => boolean): Scan {
  const files: string[] = [];
  const folders: string[] = [];
  const pending = [""];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of readdirSync(folder === "" ? root : join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (!entry.isDirectory()) {
        if (!isIgnored(path, "file")) files.push(path);
      } else if (!isIgnored(path, "folder")) {
        folders.push(path);
        pending.push(path);
      }
    }
  }
  return { files, folders };
}

/** Names in a folder, empty when it is absent. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
    throw error;
  }
}

export function linkTarget(path: string): string {
  return readlinkSync(path);
}
