import { finishFile, makeFolderOf, openFile, temporaryName, type OpenFile } from "../host/disk.ts";
import { CmlError, IntegrityError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import type { ObjectPool } from "../host/object-pool.ts";
import { dirname, join } from "node:path";
import type { Content, Store } from "./contract.ts";
import type { Download } from "./transfer.ts";

export interface LargeWorld {
  readonly host: Host;
  readonly pool: ObjectPool;
  readonly signal: AbortSignal;
  /** Parts read at once over all objects. */
  readonly slots: <T>(action: () => Promise<T>) => Promise<T>;
  /** Folder that remembers what of an unfinished object is there; null: nothing is resumed. */
  readonly resumeFolder: string | null;
  readonly onBytes: (count: number) => void;
  readonly onRequest: () => void;
}

const lanesPerObject = 8;
export const partBytes = 16 * 1024 * 1024;
/** Objects above it are read in parts where the store can. */
export const largeBytes = 32 * 1024 * 1024;

let sequence = 0;

/**
 * Fetches a large object: parts over several connections into a file of full length beside its place, hashed in order behind them. What is there of an
 * interrupted run is kept. `first` is an answer whose body begins at 0, null when none is open; it is used only where the store has no ranges.
 */
export async function downloadLarge(
  world: LargeWorld,
  store: Store,
  item: Download,
  first: Content | null,
  totalBytes: number,
): Promise<void> {
  const record = await openRecord(world, item, totalBytes);
  await makeFolderOf(item.to);
  const file = await openFile(record.path, "update", 0o600);
  const run = createRun(world, store, { item, file, record, totalBytes });
  try {
    await file.resize(totalBytes);
    await run.fetch(first);
    const found = await run.hash();
    if (item.hash !== null && found !== item.hash) {
      await record.drop();
      await world.host.file.remove(record.path);
      throw new IntegrityError(`${store.title}: \`${item.key}\` has the hash ${found} and not the one it should have`);
    }
    await file.close();
    await finishFile(record.path, item.to, item.mode);
    await record.drop();
  } catch (error) {
    if (record.isKept) await run.settle();
    else await world.host.file.remove(record.path);
    throw error;
  } finally {
    await file.close();
  }
}

interface Work {
  readonly item: Download;
  readonly file: OpenFile;
  readonly record: PartRecord;
  readonly totalBytes: number;
}

interface Run {
  fetch(first: Content | null): Promise<void>;
  /** Hash of the whole file, once all parts are there. */
  hash(): Promise<string>;
  settle(): Promise<void>;
}

function createRun(world: LargeWorld, store: Store, { item, file, record, totalBytes }: Work): Run {
  const count = Math.max(1, Math.ceil(totalBytes / partBytes));
  const done = record.done;
  const claimed = new Set(done);
  const id = sequence++;
  let hashing: Promise<unknown> = Promise.resolve();
  let hashedUntil = 0;

  /** First part nobody has taken; from the front, so that hashing can follow. */
  const claim = (): number | null => {
    for (let part = 0; part < count; part++)
      if (!claimed.has(part)) {
        claimed.add(part);
        return part;
      }
    return null;
  };

  function follow(): void {
    let parts = 0;
    while (done.has(parts)) parts++;
    const until = Math.min(parts * partBytes, totalBytes);
    if (until <= hashedUntil) return;
    hashedUntil = until;
    hashing = hashing.then(() => advance(until, false));
    // Awaited by `hash`; a failure before that must not end the process.
    hashing.catch(() => undefined);
  }

  const advance = (until: number, last: boolean) =>
    world.pool.run({ kind: "follow", id, path: record.path, algorithm: item.algorithm, until, last }, id);

  async function finish(part: number): Promise<void> {
    done.add(part);
    await record.save();
    follow();
  }

  async function fetchPart(part: number): Promise<void> {
    const start = part * partBytes;
    const end = Math.min(start + partBytes, totalBytes);
    let position = start;
    for (let attempt = 0; position < end; attempt++) {
      try {
        world.onRequest();
        const content = await store.read(item.key, {
          range: { start: position, end },
          signal: world.signal,
          ...(item.version === undefined ? {} : { version: item.version }),
        });
        if (content.totalBytes !== null && content.totalBytes !== totalBytes) {
          content.discard();
          throw new IntegrityError(`${store.title}: \`${item.key}\` changed its size while it was read`);
        }
        position = await pour(content.stream(), position, end);
        if (position < end)
          throw new IntegrityError(`${store.title}: \`${item.key}\` ended after ${position} bytes`, { retryable: true });
      } catch (error) {
        position = error instanceof Broken ? error.position : position;
        const cause = error instanceof Broken ? error.cause : error;
        if (attempt >= 5 || !(cause instanceof CmlError) || !cause.retryable) throw cause;
        await world.host.clock.sleep(200 * 2 ** attempt * world.host.random(), world.signal);
      }
    }
    await finish(part);
  }

  /** Writes a stream from `position` on, not beyond `end`; answers where it stopped. */
  async function pour(stream: ReadableStream<Uint8Array>, from: number, end: number): Promise<number> {
    let position = from;
    const reader = stream.getReader();
    const buffer = new Uint8Array(1024 * 1024);
    let filled = 0;
    const flush = async (): Promise<void> => {
      await file.write(buffer.subarray(0, filled), position);
      position += filled;
      filled = 0;
    };
    try {
      for (;;) {
        const next = await reader.read();
        if (next.done) break;
        let chunk = next.value.subarray(0, Math.max(0, end - position - filled));
        world.onBytes(chunk.length);
        while (chunk.length > 0) {
          const count = Math.min(chunk.length, buffer.length - filled);
          buffer.set(chunk.subarray(0, count), filled);
          filled += count;
          chunk = chunk.subarray(count);
          if (filled === buffer.length) await flush();
        }
        if (position + filled >= end) {
          await flush();
          await reader.cancel();
          break;
        }
      }
      await flush();
      return position;
    } catch (error) {
      await reader.cancel().catch(() => undefined);
      await flush();
      throw new Broken(position, error);
    }
  }

  /** One answer from beginning to end, where the store has no ranges; what breaks is fetched anew part by part. */
  async function fetchWhole(content: Content): Promise<void> {
    const position = await pour(content.stream(), 0, totalBytes);
    if (position < totalBytes)
      throw new IntegrityError(`${store.title}: \`${item.key}\` ended after ${position} of ${totalBytes} bytes`);
    for (let part = 0; part < count; part++) done.add(part);
    follow();
  }

  return {
    async fetch(first) {
      follow();
      if (first !== null && !store.traits.ranges && done.size === 0) {
        await fetchWhole(first);
        return;
      }
      first?.discard();
      const lanes = Math.min(store.traits.ranges ? lanesPerObject : 1, count);
      const lane = async (): Promise<void> => {
        for (let part = claim(); part !== null; part = claim()) {
          const mine = part;
          await world.slots(() => fetchPart(mine));
        }
      };
      const results = await Promise.allSettled(Array.from({ length: lanes }, lane));
      for (const result of results) if (result.status === "rejected") throw result.reason;
    },
    async hash() {
      await hashing;
      const { hashes } = await advance(totalBytes, true);
      return hashes[0]?.[0] ?? "";
    },
    async settle() {
      await hashing.catch(() => undefined);
      await world.pool.run({ kind: "forget", id }, id).catch(() => undefined);
    },
  };
}

/** A stream that broke after some bytes were written. */
class Broken extends Error {
  readonly position: number;
  constructor(position: number, cause: unknown) {
    super("stream broke", { cause });
    this.position = position;
  }
}

interface PartRecord {
  /** The unfinished file. */
  readonly path: string;
  readonly done: Set<number>;
  readonly isKept: boolean;
  save(): Promise<void>;
  drop(): Promise<void>;
}

/** Which parts of the object an earlier run has left, read from its note in the resume folder. */
async function openRecord({ host, resumeFolder }: LargeWorld, item: Download, totalBytes: number): Promise<PartRecord> {
  const fresh = join(dirname(item.to), temporaryName());
  if (resumeFolder === null || item.hash === null)
    return { path: fresh, done: new Set(), isKept: false, save: async () => undefined, drop: async () => undefined };
  const note = join(resumeFolder, `${item.algorithm}-${item.hash}.json`);
  const found = await readNote(host, note);
  const isUsable =
    found !== null &&
    found.totalBytes === totalBytes &&
    found.partBytes === partBytes &&
    dirname(found.path) === dirname(item.to) &&
    (await host.file.stat(found.path))?.sizeBytes === totalBytes;
  if (found !== null && !isUsable) await host.file.remove(note);
  const path = isUsable ? found.path : fresh;
  const done = new Set(isUsable ? found.done : []);
  return {
    path,
    done,
    isKept: true,
    save: () => host.file.write(note, JSON.stringify({ path, totalBytes, partBytes, done: [...done] })),
    drop: () => host.file.remove(note),
  };
}

interface Note {
  readonly path: string;
  readonly totalBytes: number;
  readonly partBytes: number;
  readonly done: readonly number[];
}

async function readNote(host: Host, path: string): Promise<Note | null> {
  const text = await host.file.readText(path);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isNote(value) ? value : null;
  } catch {
    // A note of another kind is no note.
    return null;
  }
}

function isNote(value: unknown): value is Note {
  return (
    typeof value === "object" &&
    value !== null &&
    "path" in value &&
    typeof value.path === "string" &&
    "totalBytes" in value &&
    "partBytes" in value &&
    "done" in value &&
    Array.isArray(value.done) &&
    value.done.every((part) => Number.isInteger(part))
  );
}
