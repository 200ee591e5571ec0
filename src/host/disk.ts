import { randomBytes } from "node:crypto";
import { close, constants, ftruncate, fstat, open, read, write } from "node:fs";
import { chmod, copyFile, link, mkdir, opendir, rename, rm, rmdir, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/**
 * Files by descriptor, for what is too large to hold in memory or must appear at once. Every failure is the system's own, with its `code`.
 */
const openAt = promisify(open);
const closeAt = promisify(close);
const statAt = promisify(fstat);
const truncateAt = promisify(ftruncate);

export interface OpenFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Fills `buffer` from `position`, less at the end of the file; answers how many bytes. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** Writes all of `bytes` at `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Makes the file that long; where it grows, the new part reads as zeros. */
  resize(sizeBytes: number): Promise<void>;
  close(): Promise<void>;
}

/** `create` makes a file that must not exist; `update` opens one for reading and writing, making it when it is absent. */
export async function openFile(path: string, how: "read" | "create" | "update", mode = 0o666): Promise<OpenFile> {
  const flags = {
    read: constants.O_RDONLY,
    create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
    update: constants.O_RDWR | constants.O_CREAT,
  };
  const descriptor = await openAt(path, flags[how], mode);
  const { size } = await statAt(descriptor);
  let isOpen = true;
  return {
    path,
    sizeBytes: size,
    read: (buffer, position) => readAll(descriptor, buffer, position),
    write: (bytes, position) => writeAll(descriptor, bytes, position),
    resize: (sizeBytes) => truncateAt(descriptor, sizeBytes),
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await closeAt(descriptor);
    },
  };
}

function readAll(descriptor: number, buffer: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const step = (done: number): void => {
      read(descriptor, buffer, done, buffer.length - done, position + done, (error, count) => {
        if (error !== null) reject(error);
        else if (count === 0 || done + count === buffer.length) resolve(done + count);
        else step(done + count);
      });
    };
    if (buffer.length === 0) resolve(0);
    else step(0);
  });
}

function writeAll(descriptor: number, bytes: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const step = (done: number): void => {
      write(descriptor, bytes, done, bytes.length - done, position + done, (error, count) => {
        if (error !== null) reject(error);
        else if (done + count >= bytes.length) resolve();
        else step(done + count);
      });
    };
    if (bytes.length === 0) resolve();
    else step(0);
  });
}

/** Name for an unfinished file, as DVC's own: listings of both programs leave it out. */
export function temporaryName(): string {
  return `.${randomBytes(16).toString("base64url")}.tmp`;
}

export function isTemporaryName(name: string): boolean {
  return /^\.[\w-]{22}\.tmp$/.test(name);
}

/**
 * Makes a file that appears under `path` only when `fill` is done; a failure leaves nothing. With `ifAbsent` an existing file stays, and the failure has the
 * code `EEXIST`. Folders on the way are made.
 */
export async function writeWhole(
  path: string,
  fill: (file: OpenFile) => Promise<void>,
  options: { mode?: number; ifAbsent?: boolean } = {},
): Promise<void> {
  const fresh = join(dirname(path), temporaryName());
  const file = await inFolder(path, () => openFile(fresh, "create", options.mode));
  try {
    try {
      await fill(file);
    } finally {
      await file.close();
    }
    if (options.ifAbsent !== true) await rename(fresh, path);
    else {
      await link(fresh, path);
      await rm(fresh, { force: true });
    }
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

/** Does `action`, once more after making the folder of `path` when that was missing. */
async function inFolder<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOENT") throw error;
    await mkdir(dirname(path), { recursive: true });
    return action();
  }
}

/** Part of a file as chunks; the file is open while it is read. */
export function streamFile(path: string, range?: { readonly start: number; readonly end: number }): ReadableStream<Uint8Array> {
  let file: OpenFile | undefined;
  let position = range?.start ?? 0;
  return new ReadableStream({
    async pull(controller) {
      file ??= await openFile(path, "read");
      const end = Math.min(range?.end ?? Infinity, file.sizeBytes);
      const buffer = new Uint8Array(Math.max(0, Math.min(256 * 1024, end - position)));
      const count = await file.read(buffer, position);
      position += count;
      if (count > 0) controller.enqueue(count === buffer.length ? buffer : buffer.subarray(0, count));
      if (count === 0 || position >= end) {
        await file.close();
        controller.close();
      }
    },
    cancel: async () => file?.close(),
  });
}

/** Every file below `folder` with its size, folder by folder; nothing when it is absent. Links count as what they lead to. */
export async function* walkFiles(folder: string): AsyncIterable<{ readonly path: string; readonly name: string }> {
  const pending = [folder];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const entries = await opendir(next, { bufferSize: 256 }).catch(absentFolder);
    if (entries === null) continue;
    for await (const entry of entries) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) pending.push(path);
      else if (entry.isFile() || entry.isSymbolicLink()) yield { path, name: entry.name };
    }
  }
}

function absentFolder(error: unknown): null {
  if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return null;
  throw error;
}

/** Copies within the machine, sharing blocks where the file system can; the target appears at once. */
export async function copyWhole(from: string, to: string, mode?: number): Promise<void> {
  const fresh = join(dirname(to), temporaryName());
  try {
    await inFolder(to, () => copyFile(from, fresh, constants.COPYFILE_FICLONE));
    if (mode !== undefined) await chmod(fresh, mode);
    await rename(fresh, to);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

export async function makeFolderOf(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
}

/** Gives a finished file its permissions (0666 under the mask when left out) and its name. */
export async function finishFile(fresh: string, path: string, mode?: number): Promise<void> {
  await chmod(fresh, mode ?? 0o666 & ~process.umask());
  await rename(fresh, path);
}

/** Nothing when it is not there; a folder is a failure. */
export async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOENT") throw error;
  });
}

/** False when it is not there or not empty. */
export async function removeEmptyFolder(path: string): Promise<boolean> {
  try {
    await rmdir(path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && ["ENOENT", "ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(String(error.code)))
      return false;
    throw error;
  }
}

/** Lets the owner run a file; a link passes it on to what it leads to. */
export async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  await chmod(path, (mode & 0o777) | 0o100);
}
