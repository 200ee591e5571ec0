import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createHasher, digest, type Algorithm, type Hasher } from "./digest.ts";
import type { CopyItem, Done, Failure, FromWorker, How, Job, ToWorker, Wanted } from "./object-job.ts";

/** Reads, hashes, copies and writes files off the main thread. Calls are synchronous: for small files that is the fastest way there is. */
const scope: { onmessage: ((event: MessageEvent<ToWorker>) => void) | null; postMessage(message: FromWorker): void } =
  Object.assign(globalThis, { onmessage: null });
scope.onmessage = ({ data }) => scope.postMessage({ ticket: data.ticket, done: perform(data.job) });

const buffer = new Uint8Array(1024 * 1024);
const followed = new Map<number, { descriptor: number; hasher: Hasher; position: number }>();
let sequence = 0;
const stem = Math.random().toString(36).slice(2).padEnd(14, "0").slice(0, 14);

function perform(job: Job): Done {
  switch (job.kind) {
    case "put": {
      let start = 0;
      return each(job.items, (item, mark) => {
        const bytes = job.bytes.subarray(start, start + item.sizeBytes);
        start += item.sizeBytes;
        check(item, () => digest(bytes, item.algorithm));
        place(item, (descriptor) => {
          writeAll(descriptor, bytes, 0);
          mark(fstatSync(descriptor));
        });
      });
    }
    case "copy":
      return each(job.items, copy);
    case "hash":
      return hash(job.paths, job.algorithms);
    case "follow":
      return follow(job);
    case "forget": {
      const open = followed.get(job.id);
      if (open !== undefined) closeSync(open.descriptor);
      followed.delete(job.id);
      return { marks: new Float64Array(0), failures: [], hashes: [] };
    }
    default:
      return job satisfies never;
  }
}

type Mark = (stat: { size: number; ino: number; mtimeMs: number }) => void;

function each<T>(items: readonly T[], action: (item: T, mark: Mark) => void): Done {
  const marks = new Float64Array(items.length * 4);
  const failures: Failure[] = [];
  items.forEach((item, index) => {
    try {
      action(item, ({ size, ino, mtimeMs }) => marks.set([size, ino, mtimeMs], index * 4));
      marks[index * 4 + 3] = 1;
    } catch (error) {
      failures.push(failureOf(index, error));
    }
  });
  return { marks, failures, hashes: [] };
}

class Mismatch extends Error {
  readonly code = "MISMATCH";
  readonly found: string;
  constructor(path: string, found: string) {
    super(`content of ${path} has another hash: ${found}`);
    this.found = found;
  }
}

function failureOf(index: number, error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "UNKNOWN";
  return { index, code, message, ...(error instanceof Mismatch ? { found: error.found } : {}) };
}

function check(item: Wanted, found: () => string): void {
  if (item.hash === null) return;
  const hex = found();
  if (hex !== item.hash) throw new Mismatch(item.to, hex);
}

/** Fills a file beside the place and renames it there; a failure leaves nothing. */
function place(item: Wanted, fill: (descriptor: number) => void): void {
  const fresh = freshName(item.to);
  const descriptor = inFolder(item.to, () => openSync(fresh, "wx", item.mode ?? 0o666));
  try {
    try {
      fill(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(fresh, item.to);
  } catch (error) {
    unlinkSync(fresh);
    throw error;
  }
}

/** 22 characters and `.tmp`, as DVC names what its listings leave out. */
function freshName(path: string): string {
  return join(dirname(path), `.${stem}${(sequence++).toString(36).padStart(8, "0")}.tmp`);
}

function inFolder<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    mkdirSync(dirname(path), { recursive: true });
    return action();
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

function copy(item: CopyItem, mark: Mark): void {
  if (item.how === "copy") {
    copyBytes(item, mark);
    return;
  }
  check(item, () => hashFile(item.from, [item.algorithm])[0] ?? "");
  try {
    inFolder(item.to, () => linkTo(item));
  } catch (error) {
    // The kinds of "not on this file system" that DVC also takes as a reason to try the next kind of link.
    if (
      item.how !== "move" &&
      hasCode(error, "EPERM", "ENOTSUP", "EOPNOTSUPP", "EXDEV", "ENOTTY", "ENOSYS", "EINVAL", "EAGAIN", "EMLINK")
    ) {
      throw Object.assign(new Error(`${item.how} is not possible at ${item.to}`), { code: "UNSUPPORTED" });
    }
    throw error;
  }
  mark(lstatSync(item.to));
}

function linkTo(item: CopyItem): void {
  const how: Exclude<How, "copy"> = item.how === "copy" ? "reflink" : item.how;
  if (how === "move") {
    renameSync(item.from, item.to);
    return;
  }
  const fresh = freshName(item.to);
  try {
    if (how === "hardlink") linkSync(item.from, fresh);
    else if (how === "symlink") symlinkSync(item.from, fresh);
    else {
      copyFileSync(item.from, fresh, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
      chmodSync(fresh, (item.mode ?? 0o666) & ~mask());
    }
    renameSync(fresh, item.to);
    // Two names of one file are not renamed into one: the system leaves both.
    if (how === "hardlink") unlinkQuietly(fresh);
  } catch (error) {
    unlinkQuietly(fresh);
    throw error;
  }
}

let knownMask: number | undefined;
function mask(): number {
  return (knownMask ??= process.umask());
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

function copyBytes(item: CopyItem, mark: Mark): void {
  const source = openSync(item.from, "r");
  try {
    const first = fill(source, 0);
    if (first < buffer.length) {
      const bytes = buffer.subarray(0, first);
      check(item, () => digest(bytes, item.algorithm));
      place(item, (descriptor) => {
        writeAll(descriptor, bytes, 0);
        mark(fstatSync(descriptor));
      });
      return;
    }
    copyLong(item, source, mark);
  } finally {
    closeSync(source);
  }
}

function copyLong(item: CopyItem, source: number, mark: Mark): void {
  const hasher = createHasher(item.algorithm);
  place(item, (descriptor) => {
    let position = 0;
    for (let count = fill(source, 0); count > 0; count = fill(source, position)) {
      const bytes = buffer.subarray(0, count);
      if (item.hash !== null) hasher.update(bytes);
      writeAll(descriptor, bytes, position);
      position += count;
    }
    check(item, () => hasher.hex());
    mark(fstatSync(descriptor));
  });
}

/** Reads into the buffer until it is full or the file ends. */
function fill(descriptor: number, position: number): number {
  let done = 0;
  while (done < buffer.length) {
    const count = readSync(descriptor, buffer, done, buffer.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

function writeAll(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
}

function hash(paths: readonly string[], algorithms: readonly Algorithm[]): Done {
  const hashes: string[][] = algorithms.map(() => []);
  const done = each(paths, (path, mark) => {
    const before = lstatSync(path);
    hashFile(path, algorithms).forEach((hex, index) => hashes[index]?.push(hex));
    mark(before);
  });
  // An item that failed has no hash; the lists keep step with the paths.
  for (const { index } of done.failures) for (const list of hashes) list.splice(index, 0, "");
  return { ...done, hashes };
}

function hashFile(path: string, algorithms: readonly Algorithm[]): string[] {
  const descriptor = openSync(path, "r");
  try {
    const first = fill(descriptor, 0);
    if (first < buffer.length) return algorithms.map((algorithm) => digest(buffer.subarray(0, first), algorithm));
    const hashers = algorithms.map(createHasher);
    let position = 0;
    for (let count = first; count > 0; count = fill(descriptor, position)) {
      for (const hasher of hashers) hasher.update(buffer.subarray(0, count));
      position += count;
    }
    return hashers.map((hasher) => hasher.hex());
  } finally {
    closeSync(descriptor);
  }
}

function follow(job: Extract<Job, { kind: "follow" }>): Done {
  const open = followed.get(job.id) ?? { descriptor: openSync(job.path, "r"), hasher: createHasher(job.algorithm), position: 0 };
  followed.set(job.id, open);
  while (open.position < job.until) {
    const count = readSync(open.descriptor, buffer, 0, Math.min(buffer.length, job.until - open.position), open.position);
    if (count === 0) break;
    open.hasher.update(buffer.subarray(0, count));
    open.position += count;
  }
  const marks = new Float64Array([open.position, 0, 0, 1]);
  if (!job.last) return { marks, failures: [], hashes: [] };
  closeSync(open.descriptor);
  followed.delete(job.id);
  return { marks, failures: [], hashes: [[open.hasher.hex()]] };
}
