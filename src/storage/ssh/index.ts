import type { SFTPWrapper } from "ssh2";
import { randomBytes } from "node:crypto";
import { AuthError, CmlError, ConflictError, IntegrityError, NotFoundError, UnavailableError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import { parseAddress } from "../address.ts";
import type { Body, Content, Entry, Range, Store, StoreConfig } from "../contract.ts";
import { connect, type Connection } from "./connection.ts";
import { checkOptions, readSetting } from "./setting.ts";
import {
  closeHandle,
  failure,
  listFolder,
  makeFolder,
  noSuchFile,
  openPath,
  permissionDenied,
  pieceBytes,
  readPiece,
  removePath,
  renamePath,
  replacePath,
  statHandle,
  statPath,
  statusOf,
  unsupported,
  writePiece,
} from "./sftp.ts";

/** Pieces of one file that are under way at once. */
const piecesAtOnce = 32;
const attempts = 3;

/** A folder on an SSH server, by SFTP. Host keys are checked against `known_hosts`. */
export function open(config: StoreConfig, host: Host): Store {
  checkOptions(config);
  const address = parseAddress(config.url, config.source);
  const root = address.path.startsWith("/~/") ? address.path.slice(3) : address.path.replace(/\/+$/, "");
  const title = `SSH server ${address.host}:${root === "" ? "/" : root}`;
  const at = (key: string): string => (root === "" ? `/${key}` : `${root}/${key}`);
  const link = new Link(config, host);
  const folders = new Map<string, Promise<void>>();
  const run = <T>(key: string, signal: AbortSignal, action: (sftp: SFTPWrapper) => Promise<T>): Promise<T> =>
    link.run(signal, action, (error) => mapped(error, title, key));

  const store: Store = {
    title,
    traits: { concurrency: { start: 48, most: 128 }, ranges: true, conditionalWrite: true },
    stat: (key, signal) =>
      run(key, signal, async (sftp) => {
        const found = await statPath(sftp, at(key)).catch(absent);
        return found?.isFile() === true ? { key, sizeBytes: found.size } : null;
      }),
    read: (key, { range, signal }) =>
      run(key, signal, (sftp) => readFile(sftp, at(key), range, (error) => mapped(error, title, key))),
    write: (key, body, { ifAbsent, signal }) =>
      run(key, signal, async (sftp) => {
        const path = at(key);
        const fresh = `${path.slice(0, path.lastIndexOf("/") + 1)}.${randomBytes(16).toString("base64url")}.tmp`;
        const handle = await openFresh(sftp, fresh, folders);
        try {
          await fill(sftp, handle, body, signal);
          await place(sftp, fresh, path, ifAbsent === true);
        } catch (error) {
          await removePath(sftp, fresh).catch(() => undefined);
          throw error;
        }
      }),
    async *list(prefix, signal): AsyncIterable<Entry> {
      const pending = [prefix.slice(0, prefix.lastIndexOf("/") + 1)];
      for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
        const mine = folder;
        const entries = await run(mine, signal, (sftp) => listFolder(sftp, at(mine).replace(/(.)\/$/, "$1")).catch(absent));
        for (const { filename, attrs } of entries ?? []) {
          const key = `${mine}${filename}`;
          if (filename === "." || filename === ".." || /^\.[\w-]{22}\.tmp$/.test(filename)) continue;
          if (attrs.isDirectory()) {
            if (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`)) pending.push(`${key}/`);
          } else if (key.startsWith(prefix)) yield { key, sizeBytes: attrs.size };
        }
      }
    },
    remove: (key, signal) => run(key, signal, async (sftp) => void (await removePath(sftp, at(key)).catch(absent))),
    close: () => link.close(),
  };
  return store;
}

/** The connection, made by the first request and again when it has broken. */
class Link {
  readonly #config: StoreConfig;
  readonly #host: Host;
  #connection: Promise<Connection> | undefined;

  constructor(config: StoreConfig, host: Host) {
    this.#config = config;
    this.#host = host;
  }

  async run<T>(signal: AbortSignal, action: (sftp: SFTPWrapper) => Promise<T>, map: (error: unknown) => unknown): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      const connection = await this.#connect(signal);
      try {
        return await action(connection.sftp);
      } catch (error) {
        signal.throwIfAborted();
        const end =
          connection.ended() ?? (isLost(error) ? new UnavailableError("the SSH connection was lost", { cause: error }) : null);
        if (end === null) throw map(error);
        this.#connection = undefined;
        if (attempt >= attempts) throw end;
        await this.#host.clock.sleep(500 * attempt, signal);
      }
    }
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => null);
    connection?.close();
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    const known = this.#connection;
    if (known !== undefined) {
      const connection = await known;
      if (connection.ended() === null) return connection;
    }
    // Another caller may have begun to connect anew while we looked.
    if (this.#connection === known) {
      const fresh = this.#open(signal);
      this.#connection = fresh;
      fresh.catch(() => {
        if (this.#connection === fresh) this.#connection = undefined;
      });
    }
    return this.#connection ?? this.#open(signal);
  }

  async #open(signal: AbortSignal): Promise<Connection> {
    const setting = await readSetting(this.#config, this.#host);
    for (let attempt = 1; ; attempt++) {
      try {
        return await connect(setting, this.#host);
      } catch (error) {
        if (!(error instanceof UnavailableError) || !error.retryable || attempt >= attempts) throw error;
        await this.#host.clock.sleep(500 * attempt, signal);
      }
    }
  }
}

function isLost(error: unknown): boolean {
  return error instanceof Error && /No response from server|Not connected|Channel closed|ECONNRESET|EPIPE/i.test(error.message);
}

function absent(error: unknown): null {
  if (statusOf(error) === noSuchFile) return null;
  throw error;
}

/** Asks for size and first piece at once: most objects are one piece. */
async function readFile(
  sftp: SFTPWrapper,
  path: string,
  range: Range | undefined,
  map: (error: unknown) => unknown,
): Promise<Content> {
  const handle = await openPath(sftp, path, "r");
  const start = range?.start ?? 0;
  const wanted = Math.min(pieceBytes, (range?.end ?? Infinity) - start);
  try {
    const [found, first] = await Promise.all([statHandle(sftp, handle), readPiece(sftp, handle, start, Math.max(0, wanted))]);
    if (found.isDirectory()) throw Object.assign(new Error("a folder"), { code: noSuchFile });
    const end = Math.max(start, Math.min(range?.end ?? found.size, found.size));
    if (first.length >= end - start) {
      await closeHandle(sftp, handle);
      return contentOf(found.size, async function* () {
        yield first.subarray(0, end - start);
      });
    }
    return contentOf(found.size, () => pieces(sftp, handle, { start, end }, first, map));
  } catch (error) {
    await closeHandle(sftp, handle).catch(() => undefined);
    throw error;
  }
}

function contentOf(totalBytes: number, chunks: () => AsyncGenerator<Uint8Array>): Content {
  const generator = chunks();
  return {
    totalBytes,
    async bytes() {
      const parts: Uint8Array[] = [];
      for await (const part of generator) parts.push(part);
      return parts.length === 1 && parts[0] !== undefined ? parts[0] : new Uint8Array(Buffer.concat(parts));
    },
    stream: () =>
      new ReadableStream(
        {
          async pull(controller) {
            const next = await generator.next();
            if (next.done === true) controller.close();
            else controller.enqueue(next.value);
          },
          cancel: async () => void (await generator.return(undefined)),
        },
        { highWaterMark: 0 },
      ),
    discard: () => void generator.return(undefined).catch(() => undefined),
  };
}

/** Pieces in order, many asked for ahead. */
async function* pieces(
  sftp: SFTPWrapper,
  handle: Buffer,
  { start, end }: Range,
  first: Uint8Array,
  map: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  const ahead: { position: number; piece: Promise<Uint8Array> }[] = [];
  let next = start + first.length;
  let position = start;
  const ask = (): void => {
    while (ahead.length < piecesAtOnce && next < end) {
      const length = Math.min(pieceBytes, end - next);
      const piece = readPiece(sftp, handle, next, length);
      // It may be rejected before its turn comes.
      piece.catch(() => undefined);
      ahead.push({ position: next, piece });
      next += length;
    }
  };
  try {
    ask();
    if (first.length > 0) yield first;
    position += first.length;
    while (position < end) {
      ask();
      const turn = ahead.shift();
      const bytes = turn === undefined ? new Uint8Array(0) : await turn.piece;
      if (bytes.length === 0) throw new IntegrityError(`the file ended after ${position} of ${end} bytes`, { retryable: true });
      position += bytes.length;
      yield bytes;
      // A short answer: the rest of its piece is asked for by itself.
      const due = Math.min(ahead[0]?.position ?? next, end);
      if (position < due) ahead.unshift({ position, piece: readPiece(sftp, handle, position, due - position) });
    }
  } catch (error) {
    throw error instanceof CmlError
      ? error
      : isLost(error)
        ? new UnavailableError("the SSH connection was lost", { cause: error })
        : map(error);
  } finally {
    await Promise.allSettled(ahead.map(({ piece }) => piece));
    await closeHandle(sftp, handle).catch(() => undefined);
  }
}

async function openFresh(sftp: SFTPWrapper, path: string, folders: Map<string, Promise<void>>): Promise<Buffer> {
  try {
    return await openPath(sftp, path, "wx");
  } catch (error) {
    if (statusOf(error) !== noSuchFile) throw error;
    await makeFolders(sftp, path.slice(0, path.lastIndexOf("/")), folders);
    return openPath(sftp, path, "wx");
  }
}

/** Makes a folder and those above, each once at a time. */
function makeFolders(sftp: SFTPWrapper, path: string, folders: Map<string, Promise<void>>): Promise<void> {
  const known = folders.get(path);
  if (known !== undefined) return known;
  const made = (async () => {
    try {
      await makeFolder(sftp, path);
    } catch (error) {
      if (statusOf(error) === noSuchFile && path.includes("/")) {
        await makeFolders(sftp, path.slice(0, path.lastIndexOf("/")), folders);
        await makeFolder(sftp, path).catch(() => undefined);
      }
      // Servers say only "failure" for a folder that is there.
      if (!(await statPath(sftp, path)).isDirectory()) throw error;
    }
  })();
  folders.set(path, made);
  void made.catch(() => undefined).finally(() => folders.delete(path));
  return made;
}

async function fill(sftp: SFTPWrapper, handle: Buffer, body: Body, signal: AbortSignal): Promise<void> {
  const running = new Set<Promise<void>>();
  let broken: unknown;
  try {
    const batch = pieceBytes * 8;
    for (let start = 0; start < body.sizeBytes && broken === undefined; start += batch) {
      signal.throwIfAborted();
      const bytes = await body.bytes({ start, end: Math.min(start + batch, body.sizeBytes) });
      for (let from = 0; from < bytes.length; from += pieceBytes) {
        while (running.size >= piecesAtOnce) await Promise.race(running);
        const one: Promise<void> = writePiece(sftp, handle, bytes.subarray(from, from + pieceBytes), start + from)
          .catch((error: unknown) => {
            broken ??= error;
          })
          .finally(() => running.delete(one));
        running.add(one);
      }
    }
    await Promise.all(running);
    if (broken !== undefined) throw broken;
  } finally {
    await Promise.allSettled(running);
    await closeHandle(sftp, handle).catch((error: unknown) => {
      broken ??= error;
    });
  }
  if (broken !== undefined) throw broken;
}

/** Gives a finished file its name. The plain rename of SFTP refuses an existing name, which is just what `ifAbsent` wants. */
async function place(sftp: SFTPWrapper, fresh: string, path: string, isNew: boolean): Promise<void> {
  try {
    if (isNew) await renamePath(sftp, fresh, path);
    else await replacePath(sftp, fresh, path);
  } catch (error) {
    const isThere = (await statPath(sftp, path).catch(() => null)) !== null;
    if (isNew && isThere) throw new ConflictError(`\`${path}\` is there already`, { cause: error });
    const isPlain =
      error instanceof Error &&
      (statusOf(error) === unsupported || /not support/i.test(error.message) || statusOf(error) === failure);
    if (isNew || !isPlain) throw error;
    // A server without the extension: for an instant neither is there, which a reader may see as missing, never as half.
    if (isThere) await removePath(sftp, path);
    await renamePath(sftp, fresh, path);
  }
}

function mapped(error: unknown, title: string, key: string): unknown {
  if (error instanceof CmlError) return error;
  const cause = { cause: error };
  switch (statusOf(error)) {
    case noSuchFile:
      return new NotFoundError(`${title} has no \`${key}\``, cause);
    case permissionDenied:
      return new AuthError(`${title}: permission denied for \`${key}\``, {
        ...cause,
        hint: "the permissions of the folder on the server decide",
      });
    case failure:
      return new UnavailableError(`${title}: the server failed at \`${key}\``, {
        ...cause,
        retryable: false,
        hint: "its disk may be full",
      });
    default:
      return error;
  }
}
