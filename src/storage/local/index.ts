import { dirname, join, sep } from "node:path";
import {
  AuthError,
  ConfigError,
  ConflictError,
  InputError,
  IntegrityError,
  NotFoundError,
  UnavailableError,
} from "../../core/error.ts";
import { isTemporaryName, openFile, streamFile, walkFiles, writeWhole } from "../../host/disk.ts";
import type { OpenFile } from "../../host/disk.ts";
import { errorCode } from "../../host/file.ts";
import type { Host } from "../../host/host.ts";
import { parseAddress } from "../address.ts";
import type { Body, Content, Entry, Range, Store, StoreConfig } from "../contract.ts";
import { textOption } from "../option.ts";

/** A folder of this machine. Objects are read-only files, as DVC makes them. */
export function open(config: StoreConfig, host: Host): Store {
  const folder = parseAddress(config.url, config.source).path;
  const shared = textOption(config, "shared");
  if (shared !== null && shared !== "group")
    throw new ConfigError(`${config.source}: \`shared\` is not \`group\`: \`${shared}\``);
  const title = `folder ${folder}`;
  const at = (key: string): string => {
    // A key is data of a manifest's author: it must not climb out of the store.
    if (key.split("/").some((part) => part === "..") || key.includes("\0")) throw new InputError(`${title}: no key: \`${key}\``);
    return join(folder, ...key.split("/"));
  };
  const failed = (error: unknown, key: string): Error => mapped(error, `${title}: \`${key}\``);
  return {
    title,
    traits: { concurrency: { start: 16, most: 64 }, ranges: false, conditionalWrite: true },
    path: at,
    async stat(key, signal) {
      signal.throwIfAborted();
      const found = await host.file.stat(at(key)).catch((error: unknown) => {
        throw failed(error, key);
      });
      return found?.kind === "file" ? { key, sizeBytes: found.sizeBytes } : null;
    },
    async read(key, { range, signal }) {
      signal.throwIfAborted();
      const path = at(key);
      const file = await openFile(path, "read").catch((error: unknown) => {
        throw failed(error, key);
      });
      return contentOf(file, range, (error) => failed(error, key));
    },
    async write(key, body, options) {
      options.signal.throwIfAborted();
      const path = at(key);
      try {
        if (shared === "group") await makeShared(host, dirname(path));
        await writeWhole(path, (file) => fill(file, body, options.signal), { mode: 0o444, ifAbsent: options.ifAbsent === true });
      } catch (error) {
        throw failed(error, key);
      }
    },
    async *list(prefix, signal): AsyncIterable<Entry> {
      signal.throwIfAborted();
      const start = at(prefix.slice(0, prefix.lastIndexOf("/") + 1));
      for await (const { path, name } of walkFiles(start)) {
        const key = path.slice(folder.length + (folder.endsWith(sep) ? 0 : 1)).replaceAll(sep, "/");
        if (!key.startsWith(prefix) || isTemporaryName(name)) continue;
        const found = await host.file.stat(path);
        if (found?.kind === "file") yield { key, sizeBytes: found.sizeBytes };
      }
    },
    async remove(key, signal) {
      signal.throwIfAborted();
      await host.file.remove(at(key));
    },
  };
}

async function makeShared(host: Host, folder: string): Promise<void> {
  if ((await host.file.stat(folder)) !== null) return;
  const { makeGroupFolder } = await import("../../host/mode.ts");
  await makeGroupFolder(folder);
}

const chunkBytes = 1024 * 1024;

async function fill(file: OpenFile, body: Body, signal: AbortSignal): Promise<void> {
  for (let start = 0; start < body.sizeBytes; start += chunkBytes) {
    signal.throwIfAborted();
    const end = Math.min(start + chunkBytes, body.sizeBytes);
    const bytes = await body.bytes({ start, end });
    if (bytes.length !== end - start)
      throw new IntegrityError(`the source ended after ${start + bytes.length} of ${body.sizeBytes} bytes`);
    await file.write(bytes, start);
  }
}

function contentOf(file: OpenFile, range: Range | undefined, failed: (error: unknown) => Error): Content {
  const start = Math.min(range?.start ?? 0, file.sizeBytes);
  const end = Math.min(range?.end ?? file.sizeBytes, file.sizeBytes);
  return {
    totalBytes: file.sizeBytes,
    async bytes() {
      try {
        const buffer = new Uint8Array(end - start);
        const count = await file.read(buffer, start);
        if (count < buffer.length) throw new IntegrityError(`\`${file.path}\` became shorter while it was read`);
        return buffer;
      } catch (error) {
        throw failed(error);
      } finally {
        await file.close();
      }
    },
    stream() {
      void file.close();
      return streamFile(file.path, { start, end });
    },
    discard: () => void file.close(),
  };
}

/** The system's failures by what the caller can do. */
function mapped(error: unknown, what: string): Error {
  const cause = { cause: error };
  switch (errorCode(error)) {
    case "ENOENT":
    case "ENOTDIR":
    case "EISDIR":
      return new NotFoundError(`${what} is not there`, cause);
    case "EEXIST":
      return new ConflictError(`${what} exists already`, cause);
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new AuthError(`${what}: permission denied`, {
        ...cause,
        hint: "the permissions of the folder and its files decide",
      });
    case "ENAMETOOLONG":
      return new InputError(`${what}: the name is too long for the file system`, cause);
    case "ENOSPC":
    case "EDQUOT":
      return new UnavailableError(`${what}: the disk is full`, { ...cause, retryable: false });
    case "EIO":
    case "ESTALE":
    case "ETIMEDOUT":
      return new UnavailableError(`${what}: the file system does not answer`, cause);
    default:
      return error instanceof Error ? error : new Error(String(error));
  }
}
