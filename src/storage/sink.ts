import type { CopyItem, Done, Failure, Job, PutItem } from "../host/object-job.ts";
import type { ObjectPool } from "../host/object-pool.ts";

/** What became of one file. */
export interface Written {
  readonly sizeBytes: number;
  readonly inode: number;
  readonly modifiedMs: number;
}

export class PlaceError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Collects small files so that a worker gets many with one message. */
export interface Sink {
  /** Rejects with `PlaceError`. */
  put(item: PutItem, bytes: Uint8Array): Promise<Written>;
  copy(item: CopyItem): Promise<Written>;
}

interface Pending<T> {
  readonly item: T;
  readonly bytes: Uint8Array | null;
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
}

const mostItems = 64;
const mostBytes = 512 * 1024;

export function createSink(pool: ObjectPool): Sink {
  const puts = batches<PutItem>(pool, (pending) => ({
    kind: "put",
    bytes: joined(pending),
    items: pending.map(({ item }) => item),
  }));
  const copies = batches<CopyItem>(pool, (pending) => ({ kind: "copy", items: pending.map(({ item }) => item) }));
  return { put: (item, bytes) => puts(item, bytes), copy: (item) => copies(item, null) };
}

/** A batch goes when it is full, or when a worker has nothing to do. */
function batches<T>(
  pool: ObjectPool,
  jobOf: (pending: readonly Pending<T>[]) => Job,
): (item: T, bytes: Uint8Array | null) => Promise<Written> {
  let pending: Pending<T>[] = [];
  let bytesPending = 0;
  let underWay = 0;
  let isSoon = false;

  function flush(): void {
    const mine = pending;
    if (mine.length === 0) return;
    pending = [];
    bytesPending = 0;
    underWay++;
    const finish = (): void => {
      underWay--;
      if (underWay < pool.size) flush();
    };
    pool.run(jobOf(mine)).then(
      (done) => {
        settle(mine, done);
        finish();
      },
      (error: unknown) => {
        for (const one of mine) one.reject(error);
        finish();
      },
    );
  }

  function soon(): void {
    if (isSoon) return;
    isSoon = true;
    queueMicrotask(() => {
      isSoon = false;
      if (underWay < pool.size) flush();
    });
  }

  return (item, bytes) =>
    new Promise((resolve, reject) => {
      pending.push({ item, bytes, resolve, reject });
      bytesPending += bytes?.length ?? 0;
      if (pending.length >= mostItems || bytesPending >= mostBytes) flush();
      else soon();
    });
}

function joined<T>(pending: readonly Pending<T>[]): Uint8Array {
  const all = new Uint8Array(pending.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0));
  let start = 0;
  for (const { bytes } of pending) {
    if (bytes === null) continue;
    all.set(bytes, start);
    start += bytes.length;
  }
  return all;
}

function settle<T>(pending: readonly Pending<T>[], { marks, failures }: Done): void {
  const failed = new Map(failures.map((failure) => [failure.index, failure]));
  pending.forEach(({ resolve, reject }, index) => {
    const failure = failed.get(index);
    if (failure !== undefined) reject(new PlaceError(failure));
    else resolve({ sizeBytes: marks[index * 4] ?? 0, inode: marks[index * 4 + 1] ?? 0, modifiedMs: marks[index * 4 + 2] ?? 0 });
  });
}
