import { join } from "node:path";
import { IntegrityError } from "../core/error.ts";
import { compareCodePoints } from "../core/text.ts";
import type { Host } from "../host/host.ts";
import { type Config, readConfig } from "./config.ts";
import { Contents, type Fetch } from "./contents.ts";
import type { Repository } from "./git.ts";
import { type Index, type ManifestEntry, type Out, type Project, readIndex } from "./index.ts";
import { readLargeFile } from "./large-file.ts";
import { readManifest } from "./manifest.ts";
import { pathParts } from "./path.ts";
import { TrackedPaths } from "./tracked.ts";
import type { Tree, TreeEntry } from "./tree.ts";
import { openWorkTree } from "./work-tree.ts";

export type RevisionHost = Pick<Host, "cwd" | "env" | "file">;

/** A revision as a reader sees it. */
export interface RevisionName {
  readonly name: string;
  /** Null for the work tree. */
  readonly sha: string | null;
  /** Milliseconds since the epoch, null for the work tree. */
  readonly committedMs: number | null;
}

/**
 * Files of a revision as DVC shows them: those of its tree, and what DVC tracks where the tree has nothing. Such content comes from the cache, then from a
 * remote that is a local folder. It throws `NotFoundError` when it is in neither, `UnsupportedError` when it can only be in a remote that is elsewhere.
 */
export interface Revision {
  readonly label: RevisionName;
  /** Files of the revision without DVC. */
  readonly tree: Tree;
  readonly index: Index;
  /** Null when nothing of that name is there, or a folder. `InputError` over `limitBytes`, `IntegrityError` for damaged content. */
  read(path: string, options?: { limitBytes?: number }): Promise<Uint8Array | null>;
  kind(path: string): Promise<"file" | "folder" | null>;
  /** Direct entries sorted by code point; empty when `folder` is absent. */
  list(folder: string): Promise<readonly TreeEntry[]>;
  /** Files of a tracked folder, sorted by code point; empty for a file and for a folder without a hash. */
  manifest(out: Out): Promise<readonly ManifestEntry[]>;
  /** DVC's configuration of a project at this revision. */
  config(project: Project): Promise<Config>;
}

export interface RevisionOptions {
  /** Brings contents from remotes that are no folder of this machine. */
  readonly fetch?: Fetch;
  /** Tree whose `.dvc/config` counts instead of the revision's own: the base's, for a pull request that may not name remotes. */
  readonly configTree?: Tree;
}

/** Reads the metafiles of `tree`; `repository` is null outside of Git. Failures of single metafiles are `index.problems`. */
export async function openRevision(
  host: RevisionHost,
  repository: Repository | null,
  tree: Tree,
  options: RevisionOptions = {},
): Promise<Revision> {
  const root = repository?.root ?? (await host.file.realpath(host.cwd)) ?? host.cwd;
  const index = await readIndex(tree, { gitExclude: tree.sha === null ? await gitExclude(host, repository) : null });
  const committedMs = tree.sha === null || repository === null ? null : (await repository.commit(tree.sha)).committedMs;
  const configs = new Configs(host, root, options.configTree ?? tree);
  const contents = new Contents(host, { fetch: options.fetch, configs: (out) => configs.of(out.project) });
  const files = new RevisionFiles(
    tree,
    index,
    contents,
    repository === null ? null : join(repository.commonFolder, "lfs", "objects"),
    host,
  );
  return {
    label: { name: tree.name, sha: tree.sha, committedMs },
    tree,
    index,
    read: (path, limits) => files.read(path, limits),
    kind: (path) => files.kind(path),
    list: (folder) => files.list(folder),
    manifest: (out) => files.manifest(out),
    config: (project) => configs.own(project),
  };
}

/** Null outside of Git, where nothing is ignored by it. */
async function gitExclude(host: RevisionHost, repository: Repository | null): Promise<string | null> {
  if (repository === null) return null;
  return (await host.file.readText(join(repository.commonFolder, "info", "exclude"))) ?? "";
}

/** Configurations are read when the first content is looked for: most revisions need none. */
class Configs {
  readonly #host: RevisionHost;
  readonly #root: string;
  readonly #tree: Tree;
  readonly #known = new Map<string, Promise<Config>>();

  constructor(host: RevisionHost, root: string, tree: Tree) {
    this.#host = host;
    this.#root = root;
    this.#tree = tree;
  }

  own(project: Project): Promise<Config> {
    return this.#read(this.#tree, project);
  }

  /** The work tree's comes second: a cache or remote set up later serves older revisions too. */
  async *of(project: Project): AsyncIterable<Config> {
    yield await this.own(project);
    if (this.#tree.sha === null) return;
    const workTree = openWorkTree(this.#host, this.#root);
    if ((await workTree.kind(`${project.folder}/.dvc`.replace(/^\//, ""))) === "folder")
      yield await this.#read(workTree, project);
  }

  #read(tree: Tree, project: Project): Promise<Config> {
    const key = `${tree.sha ?? ""}:${project.folder}`;
    let config = this.#known.get(key);
    if (config === undefined) this.#known.set(key, (config = readConfig(this.#host, tree, this.#root, project.folder)));
    return config;
  }
}

class RevisionFiles {
  readonly #tree: Tree;
  readonly #contents: Contents;
  readonly #tracked: TrackedPaths;
  readonly #lfsFolder: string | null;
  readonly #host: RevisionHost;
  readonly #manifests = new Map<Out, Promise<readonly ManifestEntry[]>>();
  readonly #byPath = new Map<Out, ReadonlyMap<string, ManifestEntry>>();

  constructor(tree: Tree, index: Index, contents: Contents, lfsFolder: string | null, host: RevisionHost) {
    this.#tree = tree;
    this.#contents = contents;
    this.#tracked = new TrackedPaths(index.outs);
    this.#lfsFolder = lfsFolder;
    this.#host = host;
  }

  async read(path: string, options: { limitBytes?: number } = {}): Promise<Uint8Array | null> {
    const bytes = await this.#tree.read(path, options);
    if (bytes !== null)
      return this.#lfsFolder === null ? bytes : readLargeFile(this.#host, this.#lfsFolder, path, bytes, options);
    const out = this.#tracked.covering(clean(path));
    if (out?.hash === undefined || out.hash === null) return null;
    if (!out.isFolder)
      return clean(path) === out.path ? this.#contents.read({ hash: out.hash, path: out.path, out }, options) : null;
    const inner = clean(path).slice(out.path.length + 1);
    const entry = (await this.#entries(out)).get(inner);
    return entry === undefined ? null : this.#contents.read({ hash: entry.hash, path: clean(path), out }, options);
  }

  async kind(path: string): Promise<"file" | "folder" | null> {
    const found = await this.#tree.kind(path);
    if (found !== null) return found;
    const wanted = clean(path);
    const out = this.#tracked.covering(wanted);
    if (out === null) return this.#tracked.hasBelow(wanted) ? "folder" : null;
    if (out.path === wanted) return out.isFolder ? "folder" : "file";
    if (!out.isFolder) return null;
    const inner = wanted.slice(out.path.length + 1);
    if ((await this.#entries(out)).has(inner)) return "file";
    return (await this.manifest(out)).some((entry) => entry.path.startsWith(`${inner}/`)) ? "folder" : null;
  }

  async list(folder: string): Promise<readonly TreeEntry[]> {
    const entries = new Map<string, TreeEntry>();
    for (const entry of await this.#tree.list(folder)) entries.set(entry.name, entry);
    const wanted = clean(folder);
    const add = (name: string, kind: "file" | "folder"): void => {
      if (!entries.has(name)) entries.set(name, { name, kind });
    };
    const out = this.#tracked.covering(wanted);
    if (out === null) for (const [name, kind] of this.#tracked.namesIn(wanted)) add(name, kind);
    else if (out.isFolder) {
      const prefix = out.path === wanted ? "" : `${wanted.slice(out.path.length + 1)}/`;
      for (const { path } of await this.manifest(out)) {
        if (!path.startsWith(prefix)) continue;
        const [name = "", ...rest] = path.slice(prefix.length).split("/");
        add(name, rest.length > 0 ? "folder" : "file");
      }
    }
    return [...entries.values()].toSorted((a, b) => compareCodePoints(a.name, b.name));
  }

  manifest(out: Out): Promise<readonly ManifestEntry[]> {
    let manifest = this.#manifests.get(out);
    if (manifest === undefined) this.#manifests.set(out, (manifest = this.#readManifest(out)));
    return manifest;
  }

  /** The same by path: a folder of ten thousand plots asks for each of them. */
  async #entries(out: Out): Promise<ReadonlyMap<string, ManifestEntry>> {
    let entries = this.#byPath.get(out);
    if (entries === undefined)
      this.#byPath.set(out, (entries = new Map((await this.manifest(out)).map((entry) => [entry.path, entry]))));
    return entries;
  }

  async #readManifest(out: Out): Promise<readonly ManifestEntry[]> {
    if (out.entries !== null) return out.entries;
    if (!out.isFolder || out.hash === null) return [];
    if (!out.hash.value.endsWith(".dir"))
      throw new IntegrityError(`${out.metafile}: the hash of the folder \`${out.path}\` does not end in \`.dir\``);
    const bytes = await this.#contents.read({ hash: out.hash, path: out.path, out }, { limitBytes: 512 * 1024 * 1024 });
    return readManifest(bytes, out.path, out.hash.kind);
  }
}

/** `a/./b/` as `a/b`; what leaves the root stays as it is, and nothing is found there. */
function clean(path: string): string {
  return pathParts(path)?.join("/") ?? path;
}
