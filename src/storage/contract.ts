import type { Host } from "../host/host.ts";

/** Name of an object below the store's root: opaque, `/`-separated, never normalised, without leading slash. */
export type Key = string;

export interface Entry {
  readonly key: Key;
  readonly sizeBytes: number;
}

export interface Range {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export interface ReadOptions {
  /** Clipped to the object: a range that starts at or behind the end yields no bytes. */
  readonly range?: Range;
  /** Version as the store names it: S3 `versionId`, GCS `generation`, Azure `versionid`. */
  readonly version?: string;
  readonly signal: AbortSignal;
}

/**
 * An object that has been found; its bytes are on their way. Exactly one of `bytes`, `stream` and `discard` is called, once. Both readers end
 * with `IntegrityError` when fewer bytes arrive than were announced, and with `UnavailableError` when the connection breaks.
 */
export interface Content {
  /** Bytes of the whole object, also when a range was asked for; null when the store does not tell. */
  readonly totalBytes: number | null;
  /** All of it in memory: for small objects and for ranges of bounded size. */
  bytes(): Promise<Uint8Array>;
  /** Chunks as they arrive, at the pace they are taken; cancelling gives the connection back. */
  stream(): ReadableStream<Uint8Array>;
  /** Ends the transfer without reading. */
  discard(): void;
}

/** What a write sends: of known size and readable any number of times, so that a retry or a part can ask again. */
export interface Body {
  readonly sizeBytes: number;
  /** Of the range, all when it is left out; `InputError` when the source has changed under us. */
  bytes(range?: Range): Promise<Uint8Array>;
  stream(range?: Range): ReadableStream<Uint8Array>;
  /** Absolute path when the source is a file of this machine. */
  readonly path?: string;
}

export interface WriteOptions {
  /** Never replace: an existing key is a `ConflictError` where the store can tell in the same request, else undefined behaviour between two writers. */
  readonly ifAbsent?: boolean;
  readonly signal: AbortSignal;
}

/**
 * A place that keeps objects under keys. Methods may be called at the same time, any number of times. All throw `AuthError` naming the credential
 * and its source, `UnavailableError` after the retries, and the signal's reason when it is aborted. Requests are made ready when they are sent, so a
 * credential that expires in between is renewed.
 */
export interface Store {
  /** For errors: kind, place and host, without secrets: `S3 bucket data/models (s3.eu-west-1.amazonaws.com)`. */
  readonly title: string;
  readonly traits: Traits;
  /** Null when absent. Never throws `NotFoundError` for a key; a missing bucket or server folder that is the store's own root is one. */
  stat(key: Key, signal: AbortSignal): Promise<Entry | null>;
  /** Throws `NotFoundError` for a missing key before it answers. */
  read(key: Key, options: ReadOptions): Promise<Content>;
  /** Visible whole or not at all, also when it is cut off; repeatable. Folders on the way are made. Absent on read-only stores. */
  write?(key: Key, body: Body, options: WriteOptions): Promise<void>;
  /**
   * Every object whose key starts with `prefix` (text, not folder), in any order; complete, or it throws. Empty when there is none. Unfinished
   * uploads of ours are not listed. Absent where the protocol has no listing.
   */
  list?(prefix: Key, signal: AbortSignal): AsyncIterable<Entry>;
  /** Nothing when the key is not there. */
  remove?(key: Key, signal: AbortSignal): Promise<void>;
  /** Absolute path of the object when it is a file of this machine. */
  path?(key: Key): string;
  /** Ends connections; the store is not used after it. */
  close?(): Promise<void>;
}

/** What the engine must know to use a store well. */
export interface Traits {
  /** Requests for small objects at once: where it starts and how far it may go. */
  readonly concurrency: { readonly start: number; readonly most: number };
  /** Whether large objects are read in ranges over several connections. */
  readonly ranges: boolean;
  /** Whether `write` with `ifAbsent` is decided by the server. */
  readonly conditionalWrite: boolean;
}

export type StoreOptions = ReadonlyMap<string, string | readonly string[]>;

export interface StoreConfig {
  /** Address as configured, `s3://bucket/prefix` or an absolute folder. */
  readonly url: string;
  /** Options by the names of DVC's `remote` sections, lower case. */
  readonly options: StoreOptions;
  /** Who names this store, for errors: ``DVC remote `store` ``, `--store`. */
  readonly source: string;
}

/** Opens a driver: cheap and offline; throws `ConfigError` with every missing or contradictory setting. */
export type OpenStore = (config: StoreConfig, host: Host) => Store;
