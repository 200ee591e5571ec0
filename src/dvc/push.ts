import { CmlError, ConfigError, ConflictError, InputError, IntegrityError } from "../core/error.ts";
import { markBehind } from "../host/scan.ts";
import { openTransfer, type Failed, type Transfer, type Upload } from "../storage/transfer.ts";
import { openCache, type Cache } from "./cache.ts";
import type { Config } from "./config.ts";
import { groups, isManifest, listFiles, type FetchWorld, type Listed, type Want } from "./fetch.ts";
import { openTree } from "./git-tree.ts";
import { hexOf } from "./file-table.ts";
import { HashSet } from "./hash-set.ts";
import { objectKey } from "./hash.ts";
import type { Hash } from "./out.ts";
import { configOf, openWorkspace } from "./pull.ts";
import { locked, type Place } from "./place.ts";
import { presence } from "./presence.ts";
import { noRemote, openRemotes, type Remote, type Remotes } from "./remotes.ts";
import { openRevision, type Revision } from "./revision.ts";
import { pushRunCache } from "./runcache.ts";
import { selectOuts, everything, type Targets } from "./target.ts";

export interface PushOptions extends Targets {
  readonly remote?: string | undefined;
  readonly jobs?: number | undefined;
  readonly allBranches: boolean;
  readonly allTags: boolean;
  readonly allCommits: boolean;
  readonly runCache: boolean;
  readonly dryRun: boolean;
}

export interface PushResult {
  readonly pushed: number;
  readonly bytes: number;
  readonly requests: number;
  readonly seconds: number;
  /** What went wrong after something was sent. */
  readonly failure: CmlError | null;
}

/** Sends what the remotes lack of the project's outputs: files first, the list of a folder when all its files are there. Holds DVC's lock. */
export async function push(place: Place, options: PushOptions): Promise<PushResult> {
  return locked(place, async () => {
    const began = place.host.clock.now();
    const transfer = openTransfer(place.host, { label: "push", jobs: options.jobs });
    const remotes = openRemotes(place.host, options.remote);
    try {
      const { pushed, failure } = await new Push(place, options, transfer, remotes).run();
      const { bytes, requests } = transfer.counts;
      return { pushed, failure, bytes, requests, seconds: (place.host.clock.now() - began) / 1000 };
    } finally {
      transfer.close();
      await remotes.close();
    }
  });
}

interface Trouble {
  readonly missing: Hash[];
  readonly failed: { readonly hash: Hash; readonly error: CmlError }[];
}

class Push {
  readonly #place: Place;
  readonly #options: PushOptions;
  readonly #transfer: Transfer;
  readonly #remotes: Remotes;
  #pushed = 0;

  constructor(place: Place, options: PushOptions, transfer: Transfer, remotes: Remotes) {
    this.#place = place;
    this.#options = options;
    this.#transfer = transfer;
    this.#remotes = remotes;
  }

  async run(): Promise<Pick<PushResult, "pushed" | "failure">> {
    const { host } = this.#place;
    const revision = await openWorkspace(this.#place);
    const config = await configOf(this.#place, revision);
    for (const warning of config.warnings) host.log.warn(warning);
    const cache = openCache(config.cacheFolder, (path) => host.file.remove(path));
    const world: FetchWorld = { host, transfer: this.#transfer, cache, mode: 0o444 };
    const wants = await this.#wantsOf(revision, config, this.#options);
    const listed = await this.#listed(world, [...wants, ...(await this.#otherRevisions())]);
    const trouble: Trouble = { missing: [], failed: [] };
    for (const [remote, mine] of groups(listed, ({ want }) => want.remote)) {
      if (remote === null) throw mine[0]?.want.refused ?? noRemote(config);
      if (remote.isVersionAware)
        throw new InputError(
          `remote \`${remote.name}\` keeps versions itself (\`version_aware\`), which \`cml push\` does not write`,
          {
            hint: "`dvc push` does",
          },
        );
      await this.#pushTo(remote, cache, mine, trouble);
    }
    if (this.#options.runCache) await this.#runCache(config, trouble);
    this.#tellMissing(trouble.missing);
    return { pushed: this.#pushed, failure: failureOf(trouble, this.#pushed) };
  }

  /** Lists of folders from the cache only: what is not here cannot be sent. */
  async #listed(world: FetchWorld, wants: readonly Want[]): Promise<Listed[]> {
    const offline = wants.map((want) => ({ ...want, remote: null }));
    const listed = await listFiles(world, offline, () => undefined);
    return listed.map((one, index) => ({ ...one, want: wants[index] ?? one.want }));
  }

  async #pushTo(remote: Remote, cache: Cache, listed: readonly Listed[], trouble: Trouble): Promise<void> {
    const bad = new HashSet();
    const absent = new HashSet();
    for (const kind of ["md5", "md5-dos2unix"] as const) {
      const wanted = new HashSet();
      for (const { files } of listed)
        if (files?.kind === kind) for (let index = 0; index < files.count; index++) wanted.add(files.bytes(index));
      if (wanted.size === 0) continue;
      const there = await presence({ host: this.#place.host, transfer: this.#transfer }, remote.store, wanted, kind);
      const uploads: Upload[] = [];
      for (const bytes of wanted.values()) {
        const hash: Hash = { kind, value: hexOf(bytes) };
        const local = markBehind(cache.path(hash));
        const size = there.size(bytes);
        if (there.has(bytes)) {
          if (local === null || size === null || size === local.sizeBytes) continue;
          bad.add(bytes);
          trouble.failed.push({ hash, error: otherSize(remote, hash, size, local.sizeBytes) });
        } else if (local === null) {
          absent.add(bytes);
          trouble.missing.push(hash);
        } else
          uploads.push({
            key: objectKey(hash),
            from: cache.path(hash),
            hash: hash.value,
            algorithm: kind,
            sizeBytes: local.sizeBytes,
          });
      }
      uploads.sort((a, b) => b.sizeBytes - a.sizeBytes);
      for (const { item, error } of await this.#send(remote, uploads)) {
        const hash: Hash = { kind, value: item.hash ?? "" };
        bad.add(bytesOfHex(hash.value));
        trouble.failed.push({ hash, error });
      }
    }
    await this.#pushLists(remote, cache, listed, trouble, (bytes) => bad.has(bytes) || absent.has(bytes));
  }

  /** A list on a remote is a promise that its files are there; so it goes last, and only when none is missing. */
  async #pushLists(
    remote: Remote,
    cache: Cache,
    listed: readonly Listed[],
    trouble: Trouble,
    isUnsafe: (hash: Uint8Array) => boolean,
  ): Promise<void> {
    const uploads: Upload[] = [];
    const seen = new Set<string>();
    for (const { want, files } of listed) {
      const { hash, entries } = want.out;
      if (hash === null || !isManifest(hash) || entries !== null || seen.has(hash.value)) continue;
      seen.add(hash.value);
      const entry = await remote.store.stat(objectKey(hash), this.#place.host.signal);
      const local = markBehind(cache.path(hash));
      if (local === null || files === null) {
        if (entry === null) trouble.missing.push(hash);
        continue;
      }
      if (entry !== null) {
        if (entry.sizeBytes !== local.sizeBytes)
          trouble.failed.push({ hash, error: otherSize(remote, hash, entry.sizeBytes, local.sizeBytes) });
        continue;
      }
      let isSafe = true;
      for (let index = 0; index < files.count && isSafe; index++) isSafe = !isUnsafe(files.bytes(index));
      if (isSafe && want.inner !== null) isSafe = await this.#isComplete(remote, want, cache);
      if (isSafe)
        uploads.push({
          key: objectKey(hash),
          from: cache.path(hash),
          hash: hash.value.slice(0, 32),
          algorithm: "md5",
          sizeBytes: local.sizeBytes,
        });
      else
        this.#place.host.log.warn(
          `the list of files of \`${this.#place.shown(want.out.path)}\` was not sent: not all of its files are on the remote`,
        );
    }
    for (const { item, error } of await this.#send(remote, uploads))
      trouble.failed.push({ hash: { kind: "md5", value: `${item.hash ?? ""}.dir` }, error });
  }

  /** Whether a remote has every file of a folder of which only a part was pushed. */
  async #isComplete(remote: Remote, want: Want, cache: Cache): Promise<boolean> {
    const world: FetchWorld = { host: this.#place.host, transfer: this.#transfer, cache, mode: 0o444 };
    const [whole] = await listFiles(world, [{ ...want, inner: null, remote: null }], () => undefined);
    if (whole?.files === undefined || whole.files === null) return false;
    const wanted = new HashSet();
    for (let index = 0; index < whole.files.count; index++) wanted.add(whole.files.bytes(index));
    const there = await presence({ host: this.#place.host, transfer: this.#transfer }, remote.store, wanted, whole.files.kind);
    for (const bytes of wanted.values()) if (!there.has(bytes)) return false;
    return true;
  }

  async #send(remote: Remote, uploads: readonly Upload[]): Promise<Failed<Upload>[]> {
    if (this.#options.dryRun) {
      this.#pushed += uploads.length;
      return [];
    }
    const failed = await this.#transfer.upload(remote.store, uploads, () => this.#pushed++);
    const rest: Failed<Upload>[] = [];
    for (const one of failed) {
      // Somebody else sent it in the meantime; that is as good, if it is the same.
      const entry = one.error instanceof ConflictError ? await remote.store.stat(one.item.key, this.#place.host.signal) : null;
      if (entry === null) rest.push(one);
      else if (entry.sizeBytes !== one.item.sizeBytes)
        rest.push({
          item: one.item,
          error: otherSize(remote, { kind: "md5", value: one.item.hash ?? "" }, entry.sizeBytes, one.item.sizeBytes),
        });
    }
    return rest;
  }

  async #wantsOf(revision: Revision, config: Config, targets: Targets): Promise<Want[]> {
    const wants: Want[] = [];
    for (const { out, inner } of await selectOuts(this.#place, revision.index, targets)) {
      if (!out.isCached || !out.isPushed || out.hash === null || out.source?.kind === "repository" || this.#remotes.skips(out))
        continue;
      const remote = await this.#remotes.of(config, out);
      if (remote === null) throw noRemote(config);
      wants.push({ out, inner, remote, refused: null });
    }
    return wants;
  }

  async #otherRevisions(): Promise<Want[]> {
    const { allBranches, allTags, allCommits } = this.#options;
    const { repository, host } = this.#place;
    if (!allBranches && !allTags && !allCommits) return [];
    if (repository === null) throw new ConfigError("other revisions need a Git repository, and this project is in none");
    const wants: Want[] = [];
    for (const { sha, names } of await repository.allRevisions({ branches: allBranches, tags: allTags, commits: allCommits })) {
      try {
        const revision = await openRevision(host, repository, await openTree(repository, sha));
        wants.push(...(await this.#wantsOf(revision, await configOf(this.#place, revision), everything)));
      } catch (error) {
        if (!(error instanceof CmlError) || error.kind === "cancelled") throw error;
        host.log.warn(`failed to collect revision \`${names[0] ?? sha.slice(0, 7)}\`, skipping: ${error.message}`);
      }
    }
    return wants;
  }

  async #runCache(config: Config, trouble: Trouble): Promise<void> {
    const remote = await this.#remotes.main(config);
    if (remote === null || this.#options.dryRun) return;
    const { count, failed } = await pushRunCache(
      { host: this.#place.host, transfer: this.#transfer, cacheFolder: config.cacheFolder },
      remote,
    );
    this.#pushed += count;
    for (const { item, error } of failed) trouble.failed.push({ hash: { kind: "md5", value: item.key }, error });
  }

  #tellMissing(missing: readonly Hash[]): void {
    if (missing.length === 0) return;
    const lines = [...new Set(missing.map(({ kind, value }) => `${kind}: ${value}`))];
    const shown = lines.length <= 50 ? lines : [...lines.slice(0, 50), `… and ${lines.length - 50} more`];
    this.#place.host.log.warn(
      `some objects exist neither in the cache nor on the remote (\`cml pull\` brings them from another one, \`dvc commit\` makes them anew):\n${shown.join("\n")}`,
    );
  }
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16));
}

function otherSize(remote: Remote, hash: Hash, theirs: number, ours: number): IntegrityError {
  return new IntegrityError(
    `${remote.store.title}: \`${objectKey(hash)}\` exists with ${theirs} bytes instead of ${ours}; it was not overwritten`,
    { hint: "the object on the remote is damaged: remove it there, then push again" },
  );
}

function failureOf({ failed }: Trouble, pushed: number): CmlError | null {
  if (failed.length === 0) return null;
  const lines = failed
    .slice(0, 8)
    .map(({ hash, error }) => (error.message.includes(hash.value.slice(2)) ? error.message : `${hash.value}: ${error.message}`));
  const cause = lines.reduceRight<Error | undefined>(
    (inner, line) => new Error(line, inner === undefined ? {} : { cause: inner }),
    undefined,
  );
  const kind = failed.every(({ error }) => error.kind === "unavailable") ? "unavailable" : "input";
  return new CmlError(
    kind,
    `failed to push data: ${failed.length === 1 ? "1 file" : `${failed.length} files`} failed to upload`,
    {
      cause,
      hint: failed[0]?.error.hint ?? (pushed > 0 ? "what has arrived is kept; run it again to go on" : undefined),
    },
  );
}
