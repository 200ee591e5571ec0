/** Name of an object below the store's root: opaque, `/`-separated, never normalised. */
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

export interface Store {
  readonly title: string;
  /** Null when absent. */
  stat(key: Key, signal: AbortSignal): Promise<Entry | null>;
  /** Throws `NotFoundError` for a missing key. */
  read(key: Key, options: { range?: Range; version?: string; signal: AbortSignal }): Promise<ReadableStream<Uint8Array>>;
  /** `body` is asked for again on a retry; visible whole or not at all; with `ifAbsent` an existing key is a `ConflictError` where the store can tell. */
  write(
    key: Key,
    body: () => ReadableStream<Uint8Array>,
    sizeBytes: number,
    options: { ifAbsent?: boolean; signal: AbortSignal },
  ): Promise<void>;
  /** Complete, or it throws. */
  list(prefix: Key, signal: AbortSignal): AsyncIterable<Entry>;
  /** Absent on read-only stores. Nothing when the key is not there. */
  remove?(key: Key, signal: AbortSignal): Promise<void>;
}
