import type { Dirent, Stats } from "node:fs";
import { InputError } from "../core/error.ts";
import { compareCodePoints } from "../core/text.ts";
import type { FileKind, Files, FileStat } from "./host.ts";

/** Files of this machine below `node:fs/promises`, which is loaded on first use. Relative paths start at `cwd`. */
export function createFiles(cwd: string): Files {
  const at = (path: string): string => paths().resolve(cwd, path);
  const read: Files["read"] = async (path, options = {}) => {
    const { readFile, stat } = await system();
    if (options.limitBytes !== undefined) {
      const size = (await absent(stat(at(path))))?.size ?? 0;
      if (size > options.limitBytes)
        throw new InputError(`file is too large: \`${path}\` has ${size} bytes, at most ${options.limitBytes} are read`);
    }
    return told(absent(readFile(at(path))), `cannot read \`${path}\``);
  };
  return {
    read,
    async readText(path, options) {
      const bytes = await read(path, options);
      return bytes === null ? null : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    },
    async stat(path) {
      const found = await absent((await system()).stat(at(path)));
      return found === null ? null : described(found);
    },
    async lstat(path) {
      const found = await absent((await system()).lstat(at(path)));
      return found === null ? null : described(found);
    },
    async list(path) {
      const entries = await absent((await system()).readdir(at(path), { withFileTypes: true }));
      return (entries ?? [])
        .map((entry) => ({ name: entry.name, kind: kind(entry) }))
        .toSorted((a, b) => compareCodePoints(a.name, b.name));
    },
    realpath: async (path) => absent((await system()).realpath(at(path))),
    write: (path, data, options) => told(replace(at(path), data, options?.mode), `cannot write \`${path}\``),
    append: (path, data) => told(extend(at(path), data), `cannot write \`${path}\``),
    async makeFolder(path) {
      await told((await system()).mkdir(at(path), { recursive: true }), `cannot make the folder \`${path}\``);
    },
    async remove(path) {
      await (await system()).rm(at(path), { recursive: true, force: true });
    },
    async link(target, path) {
      await (await system()).symlink(target, at(path));
    },
    async rename(from, to) {
      await (await system()).rename(at(from), at(to));
    },
    async temporaryFolder() {
      const { tmpdir } = await import("node:os");
      return (await system()).mkdtemp(paths().join(tmpdir(), "cml-"));
    },
  };
}

/** Where `--cd` leads. */
export function resolveFolder(cwd: string, folder: string): string {
  return paths().resolve(cwd, folder);
}

const system = () => import("node:fs/promises");

/** Importing it at the top would load it for every command. */
const paths = () => process.getBuiltinModule("node:path");

/** Writes beside the file and renames, so that a reader never sees half of it and a crash leaves the old one. */
async function replace(path: string, data: Uint8Array | string, mode?: number): Promise<void> {
  const { mkdir, rename, rm, writeFile } = await system();
  const { basename, dirname, join } = paths();
  await mkdir(dirname(path), { recursive: true });
  const fresh = join(dirname(path), `.${basename(path).slice(0, 100)}.${process.pid}.${(sequence++).toString(36)}`);
  try {
    await writeFile(fresh, data, { flag: "wx", ...(mode === undefined ? {} : { mode }) });
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}
let sequence = 0;

async function extend(path: string, data: Uint8Array | string): Promise<void> {
  const { appendFile, mkdir } = await system();
  await mkdir(paths().dirname(path), { recursive: true });
  await appendFile(path, data);
}

const refusals: ReadonlyMap<string, string> = new Map([
  ["EACCES", "permission denied"],
  ["EPERM", "operation not permitted"],
  ["EROFS", "the file system is read-only"],
  ["ENOSPC", "no space left on the device"],
  ["EDQUOT", "the disk quota is exceeded"],
  ["ENOTDIR", "a file is in the way of a folder"],
  ["EEXIST", "a file is in the way of a folder"],
  ["EISDIR", "a folder is in the way"],
  ["EIO", "the device failed"],
]);

/** What the system refuses is the user's to mend and no bug. */
async function told<T>(action: Promise<T>, what: string): Promise<T> {
  try {
    return await action;
  } catch (error) {
    const reason = refusals.get(errorCode(error));
    if (reason === undefined) throw error;
    throw new InputError(`${what}: ${reason}`, { cause: error });
  }
}

/** Null for "not there": missing, below a file, a folder where a file was asked for, or a ring of links. */
async function absent<T>(action: Promise<T>): Promise<T | null> {
  try {
    return await action;
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR", "ELOOP", "ENAMETOOLONG"].includes(errorCode(error))) return null;
    throw error;
  }
}

/** The system's name of a failure (`ENOENT`), or "". */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function described(stats: Stats): FileStat {
  return { kind: kind(stats), sizeBytes: stats.size, mode: stats.mode & 0o777, modifiedMs: stats.mtimeMs };
}

function kind(entry: Stats | Dirent): FileKind {
  if (entry.isSymbolicLink()) return "link";
  if (entry.isDirectory()) return "folder";
  return entry.isFile() ? "file" : "other";
}
