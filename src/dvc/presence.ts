import { markBehind, namesIn } from "../host/scan.ts";
import { dirname } from "node:path";
import type { Host } from "../host/host.ts";
import type { Store } from "../storage/contract.ts";
import type { Transfer } from "../storage/transfer.ts";
import { hexOf } from "./file-table.ts";
import { HashSet } from "./hash-set.ts";
import { objectKey } from "./hash.ts";
import type { Hash } from "./out.ts";

/** Which objects a store has. */
export interface Presence {
  has(hash: Uint8Array): boolean;
  /** Size on the store; null when it is absent or was not told. */
  size(hash: Uint8Array): number | null;
}

interface Found {
  readonly set: HashSet;
  /** Sizes in the order in which hashes were added to the set. */
  readonly sizes: Map<string, number>;
}

/** One listing of a prefix costs about as much as a look at one object, and answers a thousand. */
const entriesPerRequest = 1000;
/** Below it nobody asks how large the store is. */
const fewObjects = 64;

/** Looks up objects by the cheaper of two ways: one by one, or by listing the 256 folders they are spread over. */
export async function presence(
  world: { host: Host; transfer: Transfer },
  store: Store,
  wanted: HashSet,
  kind: Hash["kind"],
): Promise<Presence> {
  const found: Found = { set: new HashSet(), sizes: new Map() };
  const add = (hash: Uint8Array, sizeBytes: number): void => {
    found.set.add(hash);
    found.sizes.set(hexOf(hash), sizeBytes);
  };
  if (store.path !== undefined) lookLocally(store, wanted, kind, add);
  else if (store.list !== undefined && wanted.size > fewObjects && (await isListingCheap(world.host, store, wanted, kind)))
    await listFolders(world, store, wanted, kind, add);
  else
    await world.transfer.each(store, wanted.values(), async (hash) => {
      const entry = await store.stat(objectKey({ kind, value: hexOf(hash) }), world.host.signal);
      if (entry !== null) add(hash, entry.sizeBytes);
    });
  return { has: (hash) => found.set.has(hash), size: (hash) => found.sizes.get(hexOf(hash)) ?? null };
}

function lookLocally(store: Store, wanted: HashSet, kind: Hash["kind"], add: (hash: Uint8Array, size: number) => void): void {
  const names = new Map<string, ReadonlySet<string>>();
  for (const hash of wanted.values()) {
    const hex = hexOf(hash);
    const path = store.path?.(objectKey({ kind, value: hex })) ?? "";
    const folder = dirname(path);
    let inFolder = names.get(folder);
    if (inFolder === undefined) names.set(folder, (inFolder = new Set(namesIn(folder))));
    const mark = inFolder.has(hex.slice(2)) ? markBehind(path) : null;
    if (mark?.kind === "file") add(hash, mark.sizeBytes);
  }
}

/** Counts one of the 256 folders and takes the others for as full: hashes are spread evenly. */
async function isListingCheap(host: Host, store: Store, wanted: HashSet, kind: Hash["kind"]): Promise<boolean> {
  const [first] = wanted.values();
  if (first === undefined || store.list === undefined) return false;
  const limit = (wanted.size / 256) * entriesPerRequest;
  let count = 0;
  for await (const _entry of store.list(folderOf(first[0] ?? 0, kind), host.signal)) if (++count > limit) return false;
  return 256 + (count * 256) / entriesPerRequest < wanted.size;
}

async function listFolders(
  { host, transfer }: { host: Host; transfer: Transfer },
  store: Store,
  wanted: HashSet,
  kind: Hash["kind"],
  add: (hash: Uint8Array, size: number) => void,
): Promise<void> {
  const firsts = new Set<number>();
  for (const hash of wanted.values()) firsts.add(hash[0] ?? 0);
  const bytes = new Uint8Array(16);
  await transfer.each(store, firsts, async (first) => {
    for await (const { key, sizeBytes } of store.list?.(folderOf(first, kind), host.signal) ?? []) {
      const name = key.slice(key.lastIndexOf("/") + 1);
      if (!/^[0-9a-f]{30}$/.test(name)) continue;
      bytes[0] = first;
      for (let index = 0; index < 15; index++) bytes[index + 1] = Number.parseInt(name.slice(index * 2, index * 2 + 2), 16);
      if (wanted.has(bytes)) add(bytes, sizeBytes);
    }
  });
}

function folderOf(first: number, kind: Hash["kind"]): string {
  const two = first.toString(16).padStart(2, "0");
  return kind === "md5" ? `files/md5/${two}/` : `${two}/`;
}
