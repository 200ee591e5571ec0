import { join } from "node:path";
import type { Algorithm } from "../host/digest.ts";
import type { ObjectPool } from "../host/object-pool.ts";
import { markBehind, markOf, scanFolder, type Mark } from "../host/scan.ts";
import type { Listed } from "./fetch.ts";
import type { FileTable } from "./file-table.ts";
import type { IgnoreRules } from "./ignore.ts";
import { within } from "./path.ts";
import { isUnchanged, type OutState } from "./workspace-state.ts";

/** What has to be done to one output of the work tree, and what would be lost by it. */
export interface OutPlan {
  readonly listed: Listed;
  readonly files: FileTable;
  /** Absolute path of the output. */
  readonly path: string;
  /** Something was at its place. */
  readonly existed: boolean;
  /** Indices of files that are absent. */
  readonly create: readonly number[];
  /** Indices of files whose content is another. */
  readonly replace: readonly number[];
  /** Paths, relative to `path` (`""`: the thing itself), of what does not belong there. */
  readonly remove: readonly string[];
  /** Folders that become empty, the deepest first. */
  readonly emptied: readonly string[];
  /** The file only lacks the permission to be run. */
  readonly makeExecutable: boolean;
  /** Hashes of what is replaced or removed, by path; a path without entry was put there by us and is unchanged. */
  readonly endangered: ReadonlyMap<string, Endangered>;
  /** Marks of files that stay, by index; absent ones are new. */
  readonly kept: ReadonlyMap<number, Mark>;
  readonly state: OutState | null;
}

export interface Endangered {
  readonly md5: string;
  readonly dos2unix: string;
}

export interface PlanWorld {
  readonly pool: ObjectPool;
  readonly root: string;
  /** Contents of endangered files are not looked at. */
  readonly force: boolean;
}

const both: readonly Algorithm[] = ["md5", "md5-dos2unix"];

/** Compares an output with the work tree. Nothing is changed. */
export async function planOut(
  world: PlanWorld,
  listed: Listed,
  files: FileTable,
  options: { state: OutState | null; rules: IgnoreRules },
): Promise<OutPlan> {
  const { out, inner } = listed.want;
  const path = join(world.root, ...out.path.split("/"));
  const mark = markOf(path);
  const found = new Compared(world.pool, path, files, options.state);
  // A link to a folder is taken for the folder: whoever made it wants the data there.
  const isFolder = mark?.kind === "folder" || (mark?.kind === "link" && markBehind(path)?.kind === "folder");
  if (mark === null) found.createAll();
  else if (!out.isFolder && !isFolder) await found.compareFile(mark);
  else if (out.isFolder && !isFolder) {
    found.remove.push("");
    found.createAll();
  } else await compareFolder(found, out.path, { isWanted: out.isFolder, inner, rules: options.rules });
  const endangered = world.force ? new Map<string, Endangered>() : await found.endangered();
  return {
    listed,
    files,
    path,
    existed: mark !== null,
    create: found.create,
    replace: found.replace,
    remove: found.remove,
    emptied: found.emptied,
    makeExecutable: out.isExecutable && found.kept.has(0) && ((found.kept.get(0)?.mode ?? 0) & 0o100) === 0,
    endangered,
    kept: found.kept,
    state: options.state,
  };
}

interface FolderWish {
  /** False: a file belongs where the folder is. */
  readonly isWanted: boolean;
  readonly inner: readonly string[] | null;
  readonly rules: IgnoreRules;
}

async function compareFolder(found: Compared, outPath: string, { isWanted, inner, rules }: FolderWish): Promise<void> {
  const scan = scanFolder(found.path, (path, kind) => rules.isIgnored(`${outPath}/${path}`, kind));
  const there = new Set(scan.files);
  const isInScope = (path: string): boolean => inner === null || inner.some((one) => within(one, path) !== null);
  if (isWanted) await found.compareAll(there);
  const wanted = new Set(isWanted ? found.files.paths : []);
  for (const path of scan.files) if (!wanted.has(path) && isInScope(path)) found.remove.push(path);
  if (!isWanted) found.createAll();
  const needed = new Set<string>();
  for (const path of [...wanted, ...scan.files.filter((one) => !isInScope(one))])
    for (
      let slash = path.lastIndexOf("/");
      slash > 0 && !needed.has(path.slice(0, slash));
      slash = path.lastIndexOf("/", slash - 1)
    )
      needed.add(path.slice(0, slash));
  const holds = new Set<string>();
  for (const path of found.remove)
    for (
      let slash = path.lastIndexOf("/");
      slash > 0 && !holds.has(path.slice(0, slash));
      slash = path.lastIndexOf("/", slash - 1)
    )
      holds.add(path.slice(0, slash));
  // Folders that were empty before are left alone, unless a file belongs there.
  const paths = new Set(found.files.paths);
  found.emptied.push(
    ...scan.folders.filter((folder) => !needed.has(folder) && (holds.has(folder) || paths.has(folder) || !isWanted)).toReversed(),
  );
  if (!isWanted) found.emptied.push("");
}

class Compared {
  readonly pool: ObjectPool;
  readonly path: string;
  readonly files: FileTable;
  readonly create: number[] = [];
  readonly replace: number[] = [];
  readonly remove: string[] = [];
  readonly emptied: string[] = [];
  readonly kept = new Map<number, Mark>();
  readonly #state: OutState | null;
  /** The state speaks of the same files in the same order, so that no path has to be looked up. */
  readonly #inStep: boolean;
  #known: ReadonlyMap<string, number> | undefined;

  constructor(pool: ObjectPool, path: string, files: FileTable, state: OutState | null) {
    this.pool = pool;
    this.path = path;
    this.files = files;
    this.#state = state;
    this.#inStep = inStep(files, state);
  }

  #indexInState(state: OutState): ReadonlyMap<string, number> {
    return (this.#known ??= new Map(state.files.paths.map((one, index) => [one, index])));
  }

  createAll(): void {
    for (let index = 0; index < this.files.count; index++) this.create.push(index);
  }

  at(path: string): string {
    return path === "" ? this.path : join(this.path, path);
  }

  async compareFile(mark: Mark): Promise<void> {
    if (!this.#knows(0, mark)) await this.#judge([{ index: 0, mark }]);
  }

  async compareAll(there: ReadonlySet<string>): Promise<void> {
    const unsure: { index: number; mark: Mark }[] = [];
    for (let index = 0; index < this.files.count; index++) {
      const path = this.files.path(index);
      const mark = there.has(path) ? markOf(this.at(path)) : null;
      if (mark === null) this.create.push(index);
      else if (!this.#knows(index, mark)) unsure.push({ index, mark });
    }
    await this.#judge(unsure);
  }

  /** Files that nobody remembers are hashed. */
  async #judge(rest: readonly { index: number; mark: Mark }[]): Promise<void> {
    const hashes = await hashAll(
      this.pool,
      rest.map(({ index }) => this.at(this.files.path(index))),
      [this.files.kind],
    );
    rest.forEach(({ index, mark }, order) => {
      if (hashes[0]?.[order] === this.files.hex(index)) this.kept.set(index, mark);
      else this.replace.push(index);
    });
  }

  /** Whether the state settles it: the file is what it was, and that is (or is not) what is wanted. */
  #knows(index: number, mark: Mark): boolean {
    const state = this.#state;
    if (state === null) return false;
    const known = this.#inStep ? index : this.#indexInState(state).get(this.files.path(index));
    if (known === undefined || state.files.kind !== this.files.kind || !isUnchanged(state, known, mark)) return false;
    if (sameHash(state.files.bytes(known), this.files.bytes(index))) this.kept.set(index, mark);
    else this.replace.push(index);
    return true;
  }

  /** Hashes of everything that would be lost, but for what we put there ourselves: that can be had again. */
  async endangered(): Promise<Map<string, Endangered>> {
    const paths = [...this.replace.map((index) => this.files.path(index)), ...this.remove].filter((path) => !this.#isOurs(path));
    const hashes = await hashAll(
      this.pool,
      paths.map((path) => this.at(path)),
      both,
    );
    return new Map(paths.map((path, index) => [path, { md5: hashes[0]?.[index] ?? "", dos2unix: hashes[1]?.[index] ?? "" }]));
  }

  #isOurs(path: string): boolean {
    const state = this.#state;
    const mark = markOf(this.at(path));
    if (mark === null) return true;
    // A link that leads nowhere holds nothing.
    if (mark.kind === "link" && markBehind(this.at(path)) === null) return true;
    if (state === null || !state.isOurs) return false;
    const known = this.#indexInState(state).get(path);
    return known !== undefined && isUnchanged(state, known, mark);
  }
}

function inStep(files: FileTable, state: OutState | null): boolean {
  return (
    state !== null && state.files.count === files.count && files.paths.every((path, index) => path === state.files.path(index))
  );
}

function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  for (let index = 0; index < 16; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** One list of hashes an algorithm; "" for a file that cannot be read. */
export async function hashAll(pool: ObjectPool, paths: readonly string[], algorithms: readonly Algorithm[]): Promise<string[][]> {
  const batch = 64;
  const jobs: Promise<readonly (readonly string[])[]>[] = [];
  for (let start = 0; start < paths.length; start += batch)
    jobs.push(pool.run({ kind: "hash", paths: paths.slice(start, start + batch), algorithms }).then(({ hashes }) => hashes));
  const results = await Promise.all(jobs);
  return algorithms.map((_, index) => results.flatMap((hashes) => hashes[index] ?? []));
}
