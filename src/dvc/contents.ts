import { join } from "node:path";
import { CmlError, IntegrityError, NotFoundError, UnsupportedError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import type { Config, RemoteConfig } from "./config.ts";
import { matches, objectKey } from "./hash.ts";
import type { Hash, Out } from "./out.ts";

/** An object that is looked for, and for what. */
export interface Wanted {
  readonly hash: Hash;
  /** File it is the content of, from the root; the folder for a manifest. */
  readonly path: string;
  readonly out: Out;
}

/** One more place to look: a remote that is no folder of this machine. */
export interface RemoteObject extends Wanted {
  readonly remote: RemoteConfig;
  readonly config: Config;
}

/** Brings an object from a remote; null when the remote does not have it. What it answers is verified here. */
export type Fetch = (wanted: RemoteObject, options: { limitBytes?: number }) => Promise<Uint8Array | null>;

export interface ContentsOptions {
  /** Absent: objects that only a remote elsewhere can have are an `UnsupportedError`. */
  readonly fetch?: Fetch | undefined;
  /** Configurations of the out's project, in order: the revision's own, then the work tree's, which may know a newer cache or remote. */
  configs(out: Out): AsyncIterable<Config>;
}

/** Looks for the content of tracked files: in the cache, in a remote that is a folder, then wherever `fetch` leads. Nothing is written. */
export class Contents {
  readonly #host: Pick<Host, "file">;
  readonly #options: ContentsOptions;

  constructor(host: Pick<Host, "file">, options: ContentsOptions) {
    this.#host = host;
    this.#options = options;
  }

  /**
   * `NotFoundError` that says where it was looked for; `UnsupportedError` when only a remote elsewhere may have it; `IntegrityError` when every copy
   * is damaged; `InputError` over `limitBytes`.
   */
  async read(wanted: Wanted, options: { limitBytes?: number } = {}): Promise<Uint8Array> {
    const search = new Search(wanted);
    for await (const config of this.#options.configs(wanted.out)) {
      const found = await this.#readBy(config, search, options);
      if (found !== null) return found;
    }
    throw search.failure();
  }

  async #readBy(config: Config, search: Search, options: { limitBytes?: number }): Promise<Uint8Array | null> {
    const cached = await this.#readFolder(config.cacheFolder, "cache", search, options);
    if (cached !== null) return cached;
    const remote = remoteOf(config, search);
    if (remote === null) return null;
    if (isFolder(remote.url)) return this.#readFolder(remote.url, `remote \`${remote.name}\``, search, options);
    return this.#fetch({ ...search.wanted, remote, config }, search, options);
  }

  async #readFolder(folder: string, title: string, search: Search, options: { limitBytes?: number }): Promise<Uint8Array | null> {
    const place = `${title} (${folder})`;
    if (!search.enter(place)) return null;
    const bytes = await this.#host.file.read(join(folder, objectKey(search.wanted.hash)), options);
    return bytes === null ? null : search.verified(bytes, place);
  }

  async #fetch(object: RemoteObject, search: Search, options: { limitBytes?: number }): Promise<Uint8Array | null> {
    const place = `remote \`${object.remote.name}\` (${object.remote.url})`;
    const fetch = this.#options.fetch;
    if (!search.enter(place)) return null;
    if (fetch === undefined) {
      search.unread = place;
      return null;
    }
    const bytes = await fetch(object, options);
    return bytes === null ? null : search.verified(bytes, place);
  }
}

/** What one search has seen so far. */
class Search {
  readonly wanted: Wanted;
  readonly #places: string[] = [];
  readonly #damaged: string[] = [];
  /** A remote that could not be asked. */
  unread: string | null = null;
  /** Why a remote could not even be named. */
  misconfigured: CmlError | null = null;

  constructor(wanted: Wanted) {
    this.wanted = wanted;
  }

  /** False when this place was looked into already. */
  enter(place: string): boolean {
    if (this.#places.includes(place)) return false;
    this.#places.push(place);
    return true;
  }

  /** The bytes, or null when they are not what the hash says: a truncated or altered object must not become a metric. */
  verified(bytes: Uint8Array, place: string): Uint8Array | null {
    if (matches(bytes, this.wanted.hash)) return bytes;
    this.#damaged.push(place);
    return null;
  }

  failure(): CmlError {
    const { path, hash, out } = this.wanted;
    const details = { file: path, object: hash.value };
    const object = `\`${path}\` (${hash.kind} ${hash.value})`;
    if (this.#damaged.length > 0)
      return new IntegrityError(
        `${path}: content is damaged: ${hash.kind} ${hash.value} does not fit what is in ${this.#damaged.join(", ")}`,
        { details },
      );
    if (this.misconfigured !== null) return this.misconfigured;
    if (this.unread !== null)
      return new UnsupportedError(`${object} is not in the cache and was not fetched from ${this.unread}`, {
        details,
        hint: "run `cml pull` first",
      });
    return new NotFoundError(`missing content of ${object}: looked in ${this.#places.join(", ")}`, {
      details,
      hint: hintFor(out),
    });
  }
}

function hintFor(out: Out): string {
  if (out.source?.kind === "repository")
    return `it is imported from \`${out.source.url}\`; \`cml pull ${out.metafile}\` brings it`;
  return "`cml push` where it was made, or `dvc push`, brings it to the remote";
}

/** The remote an out belongs to; null when none is set. An unknown one fails this out only. */
function remoteOf(config: Config, search: Search): RemoteConfig | null {
  const name = search.wanted.out.remote ?? config.defaultRemote;
  if (name === null) return null;
  try {
    return config.remote(name);
  } catch (error) {
    if (!(error instanceof CmlError)) throw error;
    search.misconfigured = error;
    return null;
  }
}

/** A remote address without a scheme is a folder; so is `file://`. */
function isFolder(url: string): boolean {
  return !/^\w[\w+.-]*:\/\//.test(url);
}
