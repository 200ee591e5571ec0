import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Host } from "../host/host.ts";
import type { Mark } from "../host/scan.ts";
import { FileTable } from "./file-table.ts";
import type { Hash } from "./out.ts";

/**
 * What we know of the files of one output since the last pull: their hashes, and inode, time and size by which a change shows. It is only a memory: without
 * it files are hashed again. DVC has one of its own, which is left alone.
 */
export interface OutState {
  /** From the project's folder. */
  readonly path: string;
  readonly isFolder: boolean;
  /** Hash of the output when it was seen so; null: of a part of it only. */
  readonly hash: string | null;
  /** When the 256 folders of the cache changed last, at a time at which they held every object of the output; null: not known. */
  readonly cacheTimes: readonly number[] | null;
  /** We put it there; it may go when it is an output no longer. */
  readonly isOurs: boolean;
  /** One file with the path `""` for an output that is a file. */
  readonly files: FileTable;
  /** Three numbers a file: inode, time of change in ms, size. */
  readonly marks: Float64Array;
}

interface Header {
  readonly version: 2;
  readonly hash: string | null;
  readonly cacheTimes: readonly number[] | null;
  readonly path: string;
  readonly isFolder: boolean;
  readonly isOurs: boolean;
  readonly kind: Hash["kind"];
  readonly count: number;
}

export interface WorkspaceState {
  /** Null when nothing is known. */
  read(path: string): Promise<OutState | null>;
  write(state: OutState): Promise<void>;
  forget(path: string): Promise<void>;
  /** Paths of all outputs that are known. */
  paths(): Promise<readonly string[]>;
}

export function openWorkspaceState(host: Pick<Host, "file">, folder: string): WorkspaceState {
  const fileOf = (path: string): string => join(folder, `${createHash("sha1").update(path).digest("hex")}.bin`);
  const readFile = async (file: string): Promise<OutState | null> => {
    const bytes = await host.file.read(file);
    return bytes === null ? null : decode(bytes);
  };
  return {
    read: async (path) => readFile(fileOf(path)),
    write: (state) => host.file.write(fileOf(state.path), encode(state)),
    forget: (path) => host.file.remove(fileOf(path)),
    async paths() {
      const found: string[] = [];
      for (const { name } of await host.file.list(folder)) {
        const state = name.endsWith(".bin") ? await readFile(join(folder, name)) : null;
        if (state !== null) found.push(state.path);
      }
      return found;
    },
  };
}

/** Length of the header, header, marks, hashes, then the paths with a NUL behind each. */
function encode({ path, hash, cacheTimes, isFolder, isOurs, files, marks }: OutState): Uint8Array {
  const count = files.count;
  const header: Header = { version: 2, hash, cacheTimes, path, isFolder, isOurs, kind: files.kind, count };
  const head = new TextEncoder().encode(JSON.stringify(header));
  const names = new TextEncoder().encode(files.paths.map((one) => `${one}\0`).join(""));
  const start = 4 + head.length;
  const bytes = new Uint8Array(start + count * 40 + names.length);
  new DataView(bytes.buffer).setUint32(0, head.length);
  bytes.set(head, 4);
  bytes.set(new Uint8Array(marks.buffer, marks.byteOffset, count * 24), start);
  bytes.set(files.hashes, start + count * 24);
  bytes.set(names, start + count * 40);
  return bytes;
}

/** Null for what is no state of ours: it is made anew. */
function decode(bytes: Uint8Array): OutState | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) return null;
  const start = 4 + view.getUint32(0);
  const header = readHeader(bytes.subarray(4, start));
  if (header === null || bytes.length < start + header.count * 40) return null;
  // A copy: numbers of eight bytes must start at a multiple of eight.
  const marks = new Float64Array(new Uint8Array(bytes.subarray(start, start + header.count * 24)).buffer);
  const names = new TextDecoder().decode(bytes.subarray(start + header.count * 40)).split("\0");
  if (names.length !== header.count + 1) return null;
  names.pop();
  const hashes = new Uint8Array(bytes.subarray(start + header.count * 24, start + header.count * 40));
  const { path, isFolder, isOurs, hash, cacheTimes } = header;
  return { path, isFolder, isOurs, hash, cacheTimes, files: FileTable.of(header.kind, names, hashes), marks };
}

function readHeader(bytes: Uint8Array): Header | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isHeader(value) ? value : null;
  } catch {
    // Cut off or foreign: nothing is known.
    return null;
  }
}

function isHeader(value: unknown): value is Header {
  return (
    typeof value === "object" &&
    value !== null &&
    "version" in value &&
    value.version === 2 &&
    "path" in value &&
    typeof value.path === "string" &&
    "kind" in value &&
    (value.kind === "md5" || value.kind === "md5-dos2unix") &&
    "count" in value &&
    typeof value.count === "number" &&
    "hash" in value &&
    "cacheTimes" in value &&
    "isFolder" in value &&
    "isOurs" in value
  );
}

/** Whether a file is still the one that a state describes. */
export function isUnchanged(state: OutState, index: number, mark: Mark): boolean {
  return (
    state.marks[index * 3] === mark.inode &&
    state.marks[index * 3 + 1] === mark.modifiedMs &&
    state.marks[index * 3 + 2] === mark.sizeBytes
  );
}
