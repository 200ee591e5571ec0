import { createHash } from "node:crypto";
import { printJson } from "../core/json.ts";
import { compareCodePoints } from "../core/text.ts";
import { digest } from "../host/digest.ts";
import type { Hash, Out } from "../dvc/index.ts";
import type { DataEntries, DataEntry } from "./data-entry.ts";
import type { Side } from "./view.ts";

/** Outs of the work tree by the bytes that lie there, as `dvc diff` without a second revision sees them. What is not there has no entry. */
export async function workspaceEntries(side: Side, outs: readonly Out[]): Promise<DataEntries> {
  const entries = new Map<string, DataEntry>();
  for (const out of outs) {
    const kind = out.hash?.kind ?? "md5";
    const found = await side.tree.kind(out.path);
    if (found === "file") await addFile(side, out.path, kind, entries);
    if (found === "folder") await addFolder(side, out.path, kind, entries);
  }
  return { entries, unknown: new Set(), problems: [] };
}

async function addFile(side: Side, path: string, kind: Hash["kind"], entries: Map<string, DataEntry>): Promise<DataEntry | null> {
  const bytes = await side.tree.read(path);
  if (bytes === null) return null;
  const entry: DataEntry = { path, hash: { kind, value: digest(bytes, kind) }, sizeBytes: bytes.length, files: 1 };
  entries.set(path, entry);
  return entry;
}

async function addFolder(side: Side, folder: string, kind: Hash["kind"], entries: Map<string, DataEntry>): Promise<void> {
  const files: DataEntry[] = [];
  for (const path of await filesIn(side, folder)) {
    const entry = await addFile(side, path, kind, entries);
    if (entry !== null) files.push(entry);
  }
  const path = `${folder}/`;
  const sizeBytes = files.reduce((sum, file) => sum + (file.sizeBytes ?? 0), 0);
  entries.set(path, { path, hash: { kind, value: manifestHash(folder, files) }, sizeBytes, files: files.length });
}

async function filesIn(side: Side, folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await side.tree.list(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.kind === "folder") files.push(...(await filesIn(side, path)));
    else files.push(path);
  }
  return files;
}

/** Hash of the list of files that DVC would store: Python's JSON, sorted by code point. */
function manifestHash(folder: string, files: readonly DataEntry[]): string {
  const items = files
    .map((file) => ({ md5: file.hash.value, relpath: file.path.slice(folder.length + 1) }))
    .toSorted((a, b) => compareCodePoints(a.relpath, b.relpath));
  return `${createHash("md5").update(printJson(items)).digest("hex")}.dir`;
}
