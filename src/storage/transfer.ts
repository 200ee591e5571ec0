import { CmlError, IntegrityError, NotFoundError, UnavailableError } from "../core/error.ts";
import type { Algorithm } from "../host/digest.ts";
import { openFile, streamFile } from "../host/disk.ts";
import type { Host } from "../host/host.ts";
import { openObjectPool, type ObjectPool } from "../host/object-pool.ts";
import { createBudget } from "./budget.ts";
import type { Body, Content, Key, Store } from "./contract.ts";
import { downloadLarge, largeBytes, type LargeWorld } from "./large.ts";
import { createProgress, type Progress } from "./progress.ts";
import { createSink, PlaceError, type Sink } from "./sink.ts";
import { createWindow, type Window } from "./window.ts";

/** An object that is wanted as a file. */
export interface Download {
  readonly key: Key;
  readonly version?: string;
  /** Absolute path; the file appears there whole and checked, or not at all. */
  readonly to: string;
  /** Permissions; 0666 under the mask when left out. */
  readonly mode?: number;
  /** Hex; null: the content cannot be checked. */
  readonly hash: string | null;
  readonly algorithm: Algorithm;
  /** Null when nobody has written it down. */
  readonly sizeBytes: number | null;
}

export interface Upload {
  readonly key: Key;
  /** Absolute path. */
  readonly from: string;
  readonly hash: string | null;
  readonly algorithm: Algorithm;
  readonly sizeBytes: number;
}

export interface Failed<T> {
  readonly item: T;
  readonly error: CmlError;
}

export interface TransferOptions {
  /** Most requests at once; the store's own bounds when left out. */
  readonly jobs?: number | undefined;
  /** Where notes about unfinished large objects lie. */
  readonly resumeFolder?: string | undefined;
  readonly label: string;
}

/** Moves objects between stores and files of this machine: many at once, each byte checked, in bounded memory. */
export interface Transfer {
  /**
   * Fetches everything of `items`, which is read as there is room and should begin with what is largest. A failure of one object does not stop the others;
   * answers what failed. `onDone` is called for each object in place.
   */
  download<T extends Download>(
    store: Store,
    items: Iterable<T>,
    onDone?: (item: T, sizeBytes: number) => void,
  ): Promise<Failed<T>[]>;
  /** Sends files; an existing object is left as it is. */
  upload<T extends Upload>(store: Store, items: Iterable<T>, onDone?: (item: T, sizeBytes: number) => void): Promise<Failed<T>[]>;
  /** Runs `action` for each item as far as the store's window allows; for look-ups. */
  each<T>(store: Store, items: Iterable<T>, action: (item: T) => Promise<void>): Promise<void>;
  readonly pool: ObjectPool;
  readonly sink: Sink;
  readonly counts: Counts;
  close(): void;
}

export interface Counts {
  bytes: number;
  requests: number;
}

/** Bodies that are held in memory, all together. */
const memoryBytes = 24 * 1024 * 1024;
/** Up to here an object is taken in one piece. */
const smallBytes = 2 * 1024 * 1024;
const partsAtOnce = 8;

export function openTransfer(host: Host, options: TransferOptions): Transfer {
  const pool = openObjectPool();
  const sink = createSink(pool);
  const counts: Counts = { bytes: 0, requests: 0 };
  const progress = createProgress(host, options.label);
  const budget = createBudget(memoryBytes);
  const windows = new Map<Store, Window>();
  const windowOf = (store: Store): Window => {
    const known = windows.get(store);
    if (known !== undefined) return known;
    const { start, most } = store.traits.concurrency;
    const jobs = options.jobs ?? most;
    const fresh = createWindow(Math.min(start, jobs), jobs, () => host.clock.now());
    windows.set(store, fresh);
    return fresh;
  };
  const slots = createWindow(partsAtOnce, partsAtOnce, () => host.clock.now());
  const large: LargeWorld = {
    host,
    pool,
    signal: host.signal,
    slots: (action) => slots.run(action),
    resumeFolder: options.resumeFolder ?? null,
    onBytes: (count) => {
      counts.bytes += count;
      progress.bytes(count);
    },
    onRequest: () => counts.requests++,
  };
  const world: World = { host, pool, sink, counts, progress, budget, large };
  return {
    pool,
    sink,
    counts,
    async download(store, items, onDone) {
      return runAll(world, windowOf(store), items, (item) => fetchOne(world, store, item), onDone);
    },
    async upload(store, items, onDone) {
      return runAll(world, windowOf(store), items, (item) => sendOne(world, store, item), onDone);
    },
    async each(store, items, action) {
      const window = windowOf(store);
      const running = new Set<Promise<void>>();
      const failures: unknown[] = [];
      for (const item of items) {
        await window.room();
        if (failures.length > 0) break;
        host.signal.throwIfAborted();
        counts.requests++;
        const one: Promise<void> = window
          .run(() => action(item))
          .catch((error: unknown) => void failures.push(error))
          .finally(() => running.delete(one));
        running.add(one);
      }
      await Promise.all(running);
      if (failures.length > 0) throw failures[0];
    },
    close() {
      progress.end();
      pool.close();
    },
  };
}

interface World {
  readonly host: Host;
  readonly pool: ObjectPool;
  readonly sink: Sink;
  readonly counts: Counts;
  readonly progress: Progress;
  readonly budget: ReturnType<typeof createBudget>;
  readonly large: LargeWorld;
}

/** An object whose request has ended; its place in the window is free while the rest is done. */
interface Moved {
  /** Bytes, once the file is in place. */
  readonly rest: Promise<number>;
}

async function runAll<T extends { readonly key: Key }>(
  world: World,
  window: Window,
  items: Iterable<T>,
  action: (item: T) => Promise<Moved>,
  onDone: ((item: T, sizeBytes: number) => void) | undefined,
): Promise<Failed<T>[]> {
  const failures: Failed<T>[] = [];
  const running = new Set<Promise<void>>();
  let fatal: unknown;
  for (const item of items) {
    await window.room();
    // Files that wait for a worker are no requests; without this bound a fast store would fill the memory with promises.
    while (running.size >= window.limit + 512) await Promise.race(running);
    if (fatal !== undefined) break;
    world.host.signal.throwIfAborted();
    const one: Promise<void> = moveOne(item).finally(() => running.delete(one));
    running.add(one);
  }
  await Promise.all(running);
  world.host.signal.throwIfAborted();
  if (fatal !== undefined) throw fatal;
  return failures;

  async function moveOne(item: T): Promise<void> {
    try {
      const { rest } = await window.run(() => action(item));
      const size = await rest;
      world.progress.object();
      onDone?.(item, size);
    } catch (error) {
      if (error instanceof UnavailableError) window.shrink();
      // A wrong credential is wrong for every object, a full disk full for every file: the first says it for all.
      if (!(error instanceof CmlError) || error.kind === "auth" || error.kind === "config" || isFullDisk(error)) fatal ??= error;
      else failures.push({ item, error });
    }
  }
}

function moved(rest: Promise<number>): Moved {
  // A rejection may come before somebody awaits it.
  rest.catch(() => undefined);
  return { rest };
}

function isFullDisk(error: CmlError): boolean {
  return error.details["code"] === "ENOSPC" || error.details["code"] === "EDQUOT";
}

async function fetchOne(world: World, store: Store, item: Download): Promise<Moved> {
  const local = store.path;
  if (local !== undefined) return copyLocal(world, store, item, local.call(store, item.key));
  if (item.sizeBytes !== null && item.sizeBytes > largeBytes && store.traits.ranges) {
    await downloadLarge(world.large, store, item, null, item.sizeBytes);
    return moved(Promise.resolve(item.sizeBytes));
  }
  const content = await readHedged(world, store, item);
  const { totalBytes } = content;
  if (totalBytes !== null && totalBytes <= smallBytes) return fetchSmall(world, store, item, content);
  if (totalBytes === null) return fetchUnknown(world, store, item, content);
  await downloadLarge(world.large, store, item, content, totalBytes);
  return moved(Promise.resolve(totalBytes));
}

/** Asks again when the answer takes much longer than the others did; the first one to come is taken. */
async function readHedged(world: World, store: Store, item: Download): Promise<Content> {
  const stopper = new AbortController();
  const ask = (): Promise<Content> => {
    world.counts.requests++;
    return store.read(item.key, {
      signal: world.host.signal,
      ...(item.version === undefined ? {} : { version: item.version }),
    });
  };
  const first = ask();
  const late = world.host.clock.sleep(hedgeMs, AbortSignal.any([stopper.signal, world.host.signal])).then(
    () => "late" as const,
    () => "stopped" as const,
  );
  try {
    const winner = await Promise.race([first, late]);
    if (typeof winner !== "string") return winner;
    const second = ask();
    const content = await Promise.any([first, second]).catch((error: unknown) => {
      throw error instanceof AggregateError ? error.errors[0] : error;
    });
    for (const other of [first, second])
      other.then(
        (one) => one !== content && one.discard(),
        () => undefined,
      );
    return content;
  } finally {
    stopper.abort();
  }
}

const hedgeMs = 8_000;

async function fetchSmall(world: World, store: Store, item: Download, content: Content): Promise<Moved> {
  const giveBack = await world.budget.take(content.totalBytes ?? smallBytes);
  try {
    const bytes = await content.bytes();
    world.counts.bytes += bytes.length;
    world.progress.bytes(bytes.length);
    const { to, hash, algorithm, mode } = item;
    const rest = world.sink
      .put({ to, hash, algorithm, sizeBytes: bytes.length, ...(mode === undefined ? {} : { mode }) }, bytes)
      .then(
        () => bytes.length,
        (error: unknown) => Promise.reject(placeFailure(store, item, error)),
      )
      .finally(giveBack);
    return moved(rest);
  } catch (error) {
    giveBack();
    throw error;
  }
}

/** A body of unknown length: held in memory while it is small, else written as it comes. */
async function fetchUnknown(world: World, store: Store, item: Download, content: Content): Promise<Moved> {
  const { writeWhole } = await import("../host/disk.ts");
  const { createHasher } = await import("../host/digest.ts");
  const hasher = createHasher(item.algorithm);
  let size = 0;
  await writeWhole(
    item.to,
    async (file) => {
      for await (const chunk of content.stream()) {
        hasher.update(chunk);
        await file.write(chunk, size);
        size += chunk.length;
        world.counts.bytes += chunk.length;
        world.progress.bytes(chunk.length);
      }
      const found = hasher.hex();
      if (item.hash !== null && found !== item.hash) throw mismatch(store, item, found);
    },
    item.mode === undefined ? {} : { mode: item.mode },
  );
  return moved(Promise.resolve(size));
}

async function copyLocal(world: World, store: Store, item: Download, from: string): Promise<Moved> {
  const { to, hash, algorithm, mode } = item;
  world.counts.requests++;
  const rest = world.sink.copy({ from, to, how: "copy", hash, algorithm, ...(mode === undefined ? {} : { mode }) }).then(
    ({ sizeBytes }) => {
      world.counts.bytes += sizeBytes;
      world.progress.bytes(sizeBytes);
      return sizeBytes;
    },
    (error: unknown) => Promise.reject(placeFailure(store, item, error)),
  );
  return moved(rest);
}

async function sendOne(world: World, store: Store, item: Upload): Promise<Moved> {
  if (store.write === undefined) throw new IntegrityError(`${store.title} cannot be written to`);
  world.counts.requests++;
  if (store.path !== undefined) {
    const to = store.path(item.key);
    const rest = world.sink
      .copy({
        from: item.from,
        to,
        how: "copy",
        hash: item.hash,
        algorithm: item.algorithm,
        // DVC makes contents read-only, and leaves records of runs as they are.
        ...(item.hash === null ? {} : { mode: 0o444 }),
      })
      .then(
        ({ sizeBytes }) => counted(world, sizeBytes),
        (error: unknown) => Promise.reject(sendFailure(store, item, error)),
      );
    return moved(rest);
  }
  const giveBack = await world.budget.take(Math.min(item.sizeBytes, smallBytes));
  try {
    await store.write(item.key, fileBody(item.from, item.sizeBytes), { ifAbsent: true, signal: world.host.signal });
    return moved(Promise.resolve(counted(world, item.sizeBytes)));
  } finally {
    giveBack();
  }
}

function counted(world: World, sizeBytes: number): number {
  world.counts.bytes += sizeBytes;
  world.progress.bytes(sizeBytes);
  return sizeBytes;
}

/** A file of this machine as the body of a write. */
export function fileBody(path: string, sizeBytes: number): Body {
  return {
    sizeBytes,
    path,
    stream: (range) => streamFile(path, range ?? { start: 0, end: sizeBytes }),
    async bytes(range = { start: 0, end: sizeBytes }) {
      const file = await openFile(path, "read");
      try {
        const buffer = new Uint8Array(range.end - range.start);
        if ((await file.read(buffer, range.start)) < buffer.length)
          throw new IntegrityError(`\`${path}\` became shorter while it was read`);
        return buffer;
      } finally {
        await file.close();
      }
    },
  };
}

function mismatch(store: Store, item: Download, found: string): IntegrityError {
  return new IntegrityError(`${store.title}: \`${item.key}\` is damaged: its content has the hash ${found}`, {
    details: { key: item.key, found },
  });
}

/** What a worker could not do, as the caller knows failures. */
function placeFailure(store: Store, item: Download, error: unknown): unknown {
  if (!(error instanceof PlaceError)) return error;
  const { code, found, message } = error.failure;
  if (code === "MISMATCH") return mismatch(store, item, found ?? "");
  if (code === "ENOENT" && store.path !== undefined)
    return new NotFoundError(`${store.title} has no \`${item.key}\``, { cause: error });
  return systemFailure(code, message, item.to);
}

function sendFailure(store: Store, item: Upload, error: unknown): unknown {
  if (!(error instanceof PlaceError)) return error;
  const { code, found, message } = error.failure;
  if (code === "MISMATCH") {
    return new IntegrityError(`\`${item.from}\` is damaged: its content has the hash ${found ?? ""}`, {
      details: { damaged: true },
    });
  }
  if (code === "ENOENT") return new NotFoundError(`\`${item.from}\` is not there`, { cause: error });
  return systemFailure(code, message, store.path?.(item.key) ?? item.key);
}

/** A failure of the file system; the caller decides whether it ends everything. */
export function systemFailure(code: string, message: string, path: string): CmlError {
  const details = { code, path };
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new UnavailableError(`no space left for \`${path}\``, {
        details,
        retryable: false,
        hint: "free some space and run it again: what is complete is kept",
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new CmlError(
        "input",
        `cannot write \`${path}\`: ${code === "EROFS" ? "read-only file system" : "permission denied"}`,
        { details },
      );
    default:
      return new CmlError("input", `cannot write \`${path}\`: ${message}`, { details });
  }
}
