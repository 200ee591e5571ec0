import { IntegrityError } from "../core/error.ts";
import type { GitObjects } from "./git-object.ts";

export interface GitTreeEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "submodule";
  readonly isExecutable: boolean;
  readonly sha: string;
}

export type GitFolder = ReadonlyMap<string, GitTreeEntry>;

/** Entries kept in memory over all folders; revisions share most of their folders. */
const keptEntries = 200_000;

/** Parsed tree objects by sha, the least recently used dropped first. */
export class TreeObjects {
  readonly #objects: GitObjects;
  readonly #kept = new Map<string, Promise<GitFolder>>();
  #entries = 0;

  constructor(objects: GitObjects) {
    this.#objects = objects;
  }

  read(sha: string): Promise<GitFolder> {
    const kept = this.#kept.get(sha);
    if (kept !== undefined) {
      this.#kept.delete(sha);
      this.#kept.set(sha, kept);
      return kept;
    }
    const folder = this.#load(sha);
    this.#kept.set(sha, folder);
    return folder;
  }

  async #load(sha: string): Promise<GitFolder> {
    const object = await this.#objects.read(sha);
    if (object?.type !== "tree" || object.bytes === null) throw new IntegrityError(`missing tree object: \`${sha}\``);
    const folder = parseTree(object.bytes, object.sha.length / 2);
    this.#entries += folder.size;
    for (const [old, promise] of this.#kept) {
      if (this.#entries <= keptEntries || old === sha) break;
      this.#kept.delete(old);
      this.#entries -= (await promise).size;
    }
    return folder;
  }
}

/** `<mode> <name>\0<raw object id>`, again and again; names that no checkout would accept are left out. */
export function parseTree(bytes: Uint8Array, idBytes: number): GitFolder {
  const decoder = new TextDecoder();
  const entries = new Map<string, GitTreeEntry>();
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, space);
    if (space < 0 || end < 0 || end + idBytes >= bytes.length + 1) throw new IntegrityError("damaged tree object");
    const mode = decoder.decode(bytes.subarray(at, space));
    const name = decoder.decode(bytes.subarray(space + 1, end));
    at = end + 1 + idBytes;
    if (name === "" || name === "." || name === ".." || name.toLowerCase() === ".git" || name.includes("/")) continue;
    const sha = Array.from(bytes.subarray(end + 1, at), (byte) => byte.toString(16).padStart(2, "0")).join("");
    entries.set(name, { name, kind: kindOf(mode), isExecutable: mode === "100755", sha });
  }
  return entries;
}

function kindOf(mode: string): GitTreeEntry["kind"] {
  if (mode === "40000") return "folder";
  if (mode === "120000") return "link";
  return mode === "160000" ? "submodule" : "file";
}
