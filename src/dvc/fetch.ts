import { CmlError, IntegrityError, NotFoundError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import type { Download, Failed, Transfer } from "../storage/transfer.ts";
import type { Cache } from "./cache.ts";
import { type FileTable, FileTable as Table, hexOf, readFileTable } from "./file-table.ts";
import { HashSet } from "./hash-set.ts";
import { objectKey } from "./hash.ts";
import type { Hash, Out } from "./out.ts";
import { within } from "./path.ts";
import type { Remote } from "./remotes.ts";
import type { Selected } from "./target.ts";

/** An output whose objects are wanted, and where they may be. */
export interface Want extends Selected {
  /** Null: only the cache can have it. */
  readonly remote: Remote | null;
  /** Why its remote cannot be used at all. */
  readonly refused: CmlError | null;
}

/** An output with the list of its files; one file with the path `""` when it is a file itself. */
export interface Listed {
  readonly want: Want;
  /** Null when the list could not be had; `failure` says why. */
  readonly files: FileTable | null;
  readonly failure: CmlError | null;
}

/** An object that could not be had. */
export interface Lost {
  readonly hash: Hash;
  readonly error: CmlError;
}

export interface FetchWorld {
  readonly host: Host;
  readonly transfer: Transfer;
  readonly cache: Cache;
  /** Permissions of new objects. */
  readonly mode: number | undefined;
}

const manifestLimit = 2 ** 31;

/**
 * Reads the lists of all tracked folders, from the cache or from their remotes, all at once. `onFetched` is called for each list that had to be fetched.
 */
export async function listFiles(world: FetchWorld, wants: readonly Want[], onFetched: () => void): Promise<Listed[]> {
  const missing = new Map<string, { want: Want; hash: Hash }>();
  for (const want of wants) {
    const { hash, entries } = want.out;
    if (hash === null || !isManifest(hash) || entries !== null || missing.has(hash.value)) continue;
    if (!(await world.cache.has(hash, world.transfer.pool))) missing.set(hash.value, { want, hash });
  }
  const lost = new Map<string, CmlError>();
  await Promise.all(
    groups([...missing.values()], ({ want }) => want.remote).map(async ([remote, items]) => {
      if (remote === null) {
        for (const { want, hash } of items) lost.set(hash.value, want.refused ?? nowhere(want, hash));
        return;
      }
      const failed = await world.transfer.download(
        remote.store,
        items.map(({ hash }) => downloadOf(world, hash, null)),
        onFetched,
      );
      for (const { item, error } of failed) {
        // A store that does not answer says nothing about what it has.
        if (error.kind === "unavailable") throw error;
        lost.set(`${item.hash ?? ""}.dir`, error);
      }
    }),
  );
  return Promise.all(wants.map((want) => listOne(world, want, lost)));
}

async function listOne(world: FetchWorld, want: Want, lost: ReadonlyMap<string, CmlError>): Promise<Listed> {
  const { out, inner } = want;
  if (out.hash === null) {
    const failure = new NotFoundError(`no hash is recorded for \`${out.path}\``, {
      hint: `its stage has not run yet, or \`${out.metafile}\` is incomplete: \`dvc repro\` or \`dvc commit\` records it`,
    });
    return { want, files: null, failure };
  }
  if (!out.isFolder) {
    const files = new Table(out.hash.kind);
    files.add("", out.hash.value);
    return { want, files, failure: null };
  }
  try {
    const all = out.entries === null ? await readList(world, out.hash, out) : tableOf(out);
    if (inner === null) return { want, files: all, failure: null };
    for (const path of inner) {
      if (!all.paths.some((one) => within(path, one) !== null))
        throw new NotFoundError(`\`${out.path}/${path}\` is not in the tracked folder \`${out.path}\``);
    }
    return { want, files: all.filter((path) => inner.some((one) => within(one, path) !== null)), failure: null };
  } catch (error) {
    if (!(error instanceof CmlError)) throw error;
    const cause = lost.get(out.hash.value);
    return { want, files: null, failure: cause ?? error };
  }
}

function tableOf(out: Out): FileTable {
  const files = new Table(out.hash?.kind ?? "md5");
  for (const entry of out.entries ?? []) files.add(entry.path, entry.hash.value);
  return files;
}

async function readList({ host, cache }: FetchWorld, hash: Hash, out: Out): Promise<FileTable> {
  const bytes = await host.file.read(cache.path(hash), { limitBytes: manifestLimit });
  if (bytes === null) throw new NotFoundError(`the list of files of \`${out.path}\` is missing: object ${hash.value}`);
  return readFileTable(bytes, `list of files of \`${out.path}\` (${hash.value})`, hash.kind);
}

export interface Fetched {
  /** Objects that arrived. */
  readonly count: number;
  /** Of outputs that are files: these are missing. */
  readonly lost: readonly Lost[];
  /** Of tracked folders, whose list promises them; also what failed for other reasons than absence. */
  readonly failed: readonly Lost[];
}

/** Fetches what the cache lacks, over all remotes at once: objects of known size first, the largest first. `verified` takes the hashes of what arrived. */
export async function fetchObjects(
  world: FetchWorld,
  listed: readonly Listed[],
  verified: HashSet,
  isNeeded: (hash: Hash, bytes: Uint8Array) => boolean = () => true,
): Promise<Fetched> {
  const lost: Lost[] = [];
  const failed: Lost[] = [];
  let count = 0;
  const byRemote = groups(listed, ({ want }) => want.remote);
  await Promise.all(
    byRemote.map(async ([remote, mine]) => {
      for (const kind of ["md5", "md5-dos2unix"] as const) {
        const ofKind = mine.filter(({ files }) => files?.kind === kind);
        if (ofKind.length === 0) continue;
        const plan = planObjects(world, ofKind, kind, isNeeded);
        const note = ({ hash, error }: Lost): void => {
          const isAbsent = error instanceof NotFoundError || error instanceof IntegrityError;
          if (isAbsent && (error instanceof IntegrityError || plan.loose.has(bytesOf(hash)))) lost.push({ hash, error });
          else failed.push({ hash, error });
        };
        if (remote === null) {
          for (const item of plan.items()) {
            const hash: Hash = { kind, value: item.hash ?? "" };
            lost.push({ hash, error: mine[0]?.want.refused ?? nowhere(mine[0]?.want, hash) });
          }
          continue;
        }
        const failures: Failed<Download>[] = await world.transfer.download(remote.store, plan.items(), (item) => {
          count++;
          if (item.hash !== null) verified.add(bytesOf({ kind, value: item.hash }));
        });
        for (const { item, error } of failures) note({ hash: { kind, value: item.hash ?? "" }, error });
      }
    }),
  );
  return { count, lost, failed };
}

interface ObjectPlan {
  /** Hashes that are wanted as outputs of their own. */
  readonly loose: HashSet;
  items(): Iterable<Download>;
}

function planObjects(
  world: FetchWorld,
  listed: readonly Listed[],
  kind: Hash["kind"],
  isNeeded: (hash: Hash, bytes: Uint8Array) => boolean,
): ObjectPlan {
  const all = new HashSet();
  const loose = new HashSet();
  const sized: { hash: string; sizeBytes: number }[] = [];
  for (const { want, files } of listed) {
    if (files === null || want.out.isFolder || !loose.add(files.bytes(0))) continue;
    sized.push({ hash: files.hex(0), sizeBytes: want.out.sizeBytes ?? 0 });
  }
  for (const { files } of listed)
    for (let index = 0; index < (files?.count ?? 0); index++) if (files !== null) all.add(files.bytes(index));
  const isPresent = world.cache.present(all, kind);
  const isWanted = (bytes: Uint8Array): boolean => !isPresent(bytes) && isNeeded({ kind, value: hexOf(bytes) }, bytes);
  return {
    loose,
    *items() {
      for (const { hash, sizeBytes } of sized.toSorted((a, b) => b.sizeBytes - a.sizeBytes))
        if (isWanted(bytesOf({ kind, value: hash }))) yield downloadOf(world, { kind, value: hash }, sizeBytes || null);
      for (const bytes of all.values())
        if (!loose.has(bytes) && isWanted(bytes)) yield downloadOf(world, { kind, value: hexOf(bytes) }, null);
    },
  };
}

export function downloadOf({ cache, mode }: FetchWorld, hash: Hash, sizeBytes: number | null): Download {
  return {
    key: objectKey(hash),
    to: cache.path(hash),
    hash: hash.value.replace(/\.dir$/, ""),
    algorithm: isManifest(hash) ? "md5" : hash.kind,
    sizeBytes,
    ...(mode === undefined ? {} : { mode }),
  };
}

export function isManifest(hash: Hash): boolean {
  return hash.value.endsWith(".dir");
}

export function bytesOf({ value }: Hash): Uint8Array {
  const bytes = new Uint8Array(16);
  for (let index = 0; index < 16; index++) bytes[index] = Number.parseInt(value.slice(index * 2, index * 2 + 2), 16);
  return bytes;
}

function nowhere(want: Want | undefined, hash: Hash): NotFoundError {
  return new NotFoundError(
    `${hash.kind} ${hash.value} of \`${want?.out.path ?? ""}\` is not in the cache, and no remote is set`,
    {
      hint: "`dvc remote add -d NAME URL` makes one; `-r` chooses one",
    },
  );
}

export function groups<T, K>(items: readonly T[], key: (item: T) => K): [K, T[]][] {
  const found = new Map<K, T[]>();
  for (const item of items) {
    const list = found.get(key(item));
    if (list === undefined) found.set(key(item), [item]);
    else list.push(item);
  }
  return [...found];
}
