import { createHash } from "node:crypto";
import { printJson } from "../core/json.ts";
import { compareCodePoints } from "../core/text.ts";
import type { Hash, Out } from "../dvc/index.ts";
import type { DataEntries, DataEntry } from "./data-entry.ts";
import type { Side } from "./view.ts";

const chunkBytes = 1024 * 1024;

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

function digest(bytes: Uint8Array, kind: Hash["kind"]): string {
  const hash = createHash("md5");
  if (kind === "md5") return hash.update(bytes).digest("hex");
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    const chunk = bytes.subarray(start, start + chunkBytes);
    hash.update(isText(chunk.subarray(0, 512)) ? withoutCarriageReturns(chunk) : chunk);
  }
  return hash.digest("hex");
}

/** The rule of DVC 2: no NUL, and at most 30 % of bytes outside printable ASCII. */
function isText(block: Uint8Array): boolean {
  let odd = 0;
  for (const byte of block) {
    if (byte === 0) return false;
    const isPlain =
      (byte >= 0x20 && byte <= 0x7e) || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0x0c || byte === 0x08;
    if (!isPlain) odd++;
  }
  return block.length === 0 || odd / block.length <= 0.3;
}

function withoutCarriageReturns(chunk: Uint8Array): Uint8Array {
  const kept = new Uint8Array(chunk.length);
  let length = 0;
  for (let index = 0; index < chunk.length; index++) {
    const byte = chunk[index] ?? 0;
    if (byte === 0x0d && chunk[index + 1] === 0x0a) continue;
    kept[length++] = byte;
  }
  return kept.subarray(0, length);
}
