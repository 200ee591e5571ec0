import { close, ftruncate, open, write } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";

const openAt = promisify(open);
const closeAt = promisify(close);

export interface FileLock {
  release(): Promise<void>;
}

/**
 * Takes the advisory lock on a file that DVC takes too (`flock`, the file holds the process id), without waiting. `"held"` when another process has it,
 * `"unsupported"` where the runtime or file system has no such locks.
 */
export async function tryLock(path: string): Promise<FileLock | "held" | "unsupported"> {
  const flock = await systemLock();
  if (flock === null) return denoLock(path);
  await mkdir(dirname(path), { recursive: true });
  const descriptor = await openAt(path, "a+");
  const code = flock(descriptor, exclusive | nonBlocking);
  if (code !== 0) {
    await closeAt(descriptor);
    return (await isContended(path, flock)) ? "held" : "unsupported";
  }
  await promisify(ftruncate)(descriptor, 0);
  await new Promise<void>((resolve) => write(descriptor, ` ${process.pid}\n`, () => resolve()));
  return { release: () => closeAt(descriptor) };
}

const exclusive = 2;
const nonBlocking = 4;
const shared = 1;

/** `errno` is not to be had through the foreign call: where not even a shared lock on a private file works, there are no locks. */
async function isContended(path: string, flock: (descriptor: number, operation: number) => number): Promise<boolean> {
  const probe = `${path}.${process.pid}`;
  const descriptor = await openAt(probe, "w");
  try {
    return flock(descriptor, shared | nonBlocking) === 0;
  } finally {
    await closeAt(descriptor);
    const { rm } = await import("node:fs/promises");
    await rm(probe, { force: true });
  }
}

type Flock = (descriptor: number, operation: number) => number;
let loaded: Promise<Flock | null> | undefined;

function systemLock(): Promise<Flock | null> {
  return (loaded ??= load());
}

/** Bun has no file locks of its own; the C library has, under a name that differs by system. */
async function load(): Promise<Flock | null> {
  if (!Reflect.has(globalThis, "Bun") || process.platform === "win32") return null;
  const { dlopen } = await import("bun:ffi");
  const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
  const names =
    process.platform === "darwin"
      ? ["libSystem.B.dylib"]
      : ["libc.so.6", `libc.musl-${machine}.so.1`, `/lib/ld-musl-${machine}.so.1`];
  for (const name of names) {
    try {
      return dlopen(name, { flock: { args: ["i32", "i32"], returns: "i32" } }).symbols.flock;
    } catch {
      // The next name; another C library lies here.
    }
  }
  return null;
}

async function denoLock(path: string): Promise<FileLock | "held" | "unsupported"> {
  const deno: unknown = Reflect.get(globalThis, "Deno");
  if (typeof deno !== "object" || deno === null) return "unsupported";
  const openFile: unknown = Reflect.get(deno, "open");
  if (typeof openFile !== "function") return "unsupported";
  await mkdir(dirname(path), { recursive: true });
  const file: unknown = await Reflect.apply(openFile, deno, [path, { write: true, create: true }]);
  if (!isLockable(file)) return "unsupported";
  if (!(await file.tryLock(true))) {
    file.close();
    return "held";
  }
  return {
    async release() {
      await file.unlock();
      file.close();
    },
  };
}

interface Lockable {
  tryLock(isExclusive: boolean): Promise<boolean>;
  unlock(): Promise<void>;
  close(): void;
}

function isLockable(file: unknown): file is Lockable {
  return typeof file === "object" && file !== null && "tryLock" in file && "unlock" in file && "close" in file;
}
