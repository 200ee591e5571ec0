import { createHash } from "node:crypto";
import { join } from "node:path";
import { readDocument } from "../core/document.ts";
import { printJson } from "../core/json.ts";
import { compareCodePoints } from "../core/text.ts";
import { isMapping, type Mapping, type Value } from "../core/value.ts";
import { openObjectPool, type ObjectPool } from "../host/object-pool.ts";
import { markBehind, scanFolder } from "../host/scan.ts";
import { openCache, type Cache } from "./cache.ts";
import { hashAll, planOut } from "./checkout-plan.ts";
import { FileTable, readFileTable } from "./file-table.ts";
import { HashSet } from "./hash-set.ts";
import { readHash } from "./hash.ts";
import { ignoreRules } from "./ignore-rules.ts";
import { textOf } from "./metafile.ts";
import { isList } from "./node.ts";
import type { Hash, Out } from "./out.ts";
import { joinPath, within } from "./path.ts";
import type { Place } from "./place.ts";
import { configOf, openWorkspace } from "./pull.ts";
import type { Stage } from "./stage.ts";
import { selectOuts, type Targets } from "./target.ts";
import { isUnchanged, openWorkspaceState, type OutState, type WorkspaceState } from "./workspace-state.ts";

/** `modified`, `deleted`, `new`, `not in cache`; for a params file also one word a key. */
export type Changes = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** What has changed about a stage: in DVC's form, a list of sections and of plain sentences. */
export type StageStatus = readonly (
  | { readonly "changed deps": Changes }
  | { readonly "changed outs": Changes }
  | "changed command"
  | "always changed"
)[];

export interface Status {
  /** By name as DVC shows it: stages of the `dvc.yaml` here, `path/dvc.yaml:stage`, paths of `.dvc` files. Only what has changed. */
  readonly stages: Readonly<Record<string, StageStatus>>;
  /** Nothing is tracked at all. */
  readonly isEmpty: boolean;
}

/** Compares the work tree with what metafiles record, without touching either. */
export async function status(place: Place, targets: Targets): Promise<Status> {
  const pool = openObjectPool();
  try {
    const revision = await openWorkspace(place);
    const config = await configOf(place, revision);
    const chosen = new Set((await selectOuts(place, revision.index, targets)).map(({ out }) => out));
    const mine = revision.index.stages.filter((stage) => stage.project.folder === place.project);
    const wanted = targets.targets.length === 0 ? mine : mine.filter((stage) => stage.outs.some((out) => chosen.has(out)));
    const checker = new Checker(
      place,
      pool,
      openCache(config.cacheFolder, async () => undefined),
      mine.flatMap((stage) => stage.outs),
    );
    const stages: Record<string, StageStatus> = {};
    for (const stage of wanted) {
      const found = await checker.stage(stage);
      if (found.length > 0) stages[nameOf(place, stage)] = found;
    }
    return { stages, isEmpty: mine.length === 0 };
  } finally {
    pool.close();
  }
}

function nameOf(place: Place, { name, metafile }: Stage): string {
  const shown = place.shown(metafile);
  if (name === null) return shown;
  return shown === "dvc.yaml" ? name : `${shown}:${name}`;
}

class Checker {
  readonly #place: Place;
  readonly #pool: ObjectPool;
  readonly #cache: Cache;
  readonly #state: WorkspaceState;
  readonly #outs: ReadonlyMap<string, Out>;
  readonly #hashes = new Map<string, Promise<string | null>>();

  constructor(place: Place, pool: ObjectPool, cache: Cache, outs: readonly Out[]) {
    this.#place = place;
    this.#pool = pool;
    this.#cache = cache;
    this.#state = openWorkspaceState(place.host, join(place.projectFolder, ".dvc", "tmp", "cml", "outs"));
    this.#outs = new Map(outs.map((out) => [out.path, out]));
  }

  async stage(stage: Stage): Promise<StageStatus> {
    const isFrozen = stage.definition.get("frozen") === true || stage.definition.get("locked") === true;
    if (isFrozen)
      this.#place.host.log.info(`stage \`${nameOf(this.#place, stage)}\` is frozen: its dependencies are not looked at`);
    const deps = isFrozen ? {} : await this.#dependencies(stage);
    const outs: Record<string, string> = {};
    for (const out of stage.outs) {
      const word = await this.#out(out);
      if (word !== null) outs[this.#place.shown(out.path)] = word;
    }
    const found: StageStatus[number][] = [];
    if (Object.keys(deps).length > 0) found.push({ "changed deps": deps });
    if (Object.keys(outs).length > 0) found.push({ "changed outs": outs });
    if (isCommandChanged(stage)) found.push("changed command");
    if (stage.definition.get("always_changed") === true) found.push("always changed");
    return found;
  }

  async #dependencies(stage: Stage): Promise<Changes> {
    const changes: Record<string, Changes[string]> = {};
    const recorded = recordedDependencies(stage);
    for (const path of stage.dependencies) {
      // What lies elsewhere would have to be asked for over the network.
      if (/^\w+:\/\//.test(path) || path.startsWith("/")) continue;
      const word = await this.#dependency(path, recorded.get(path) ?? null);
      if (word !== null) changes[this.#place.shown(path)] = word;
    }
    for (const { file, keys } of stage.params) {
      const found = await this.#params(stage, file, keys);
      if (found !== null) changes[this.#place.shown(file)] = found;
    }
    return changes;
  }

  async #dependency(path: string, hash: Hash | null): Promise<string | null> {
    const actual = await this.#hashOf(path, hash?.kind ?? "md5");
    if (actual === null) return "deleted";
    return actual === hash?.value ? null : "modified";
  }

  async #params(stage: Stage, file: string, keys: readonly string[] | null): Promise<Changes[string] | null> {
    const bytes = await this.#place.host.file.read(this.#place.absolute(file));
    if (bytes === null) return "deleted";
    const recorded = recordedParams(stage, file);
    if (recorded === null) return "new";
    const actual = await readDocument(bytes, file);
    const names = keys ?? [...new Set([...(isMapping(actual) ? actual.keys() : []), ...recorded.keys()])];
    const words: Record<string, string> = {};
    for (const name of names) {
      const value = valueAt(actual, name);
      const known = recorded.get(name);
      if (value === undefined) words[name] = "deleted";
      else if (known === undefined) words[name] = "new";
      else if (!isEqual(value, known)) words[name] = "modified";
    }
    return Object.keys(words).length === 0 ? null : words;
  }

  /** Null when the output is as recorded and, if DVC keeps it, complete in the cache. */
  async #out(out: Out): Promise<string | null> {
    if (out.hash === null || !out.isCached) {
      const actual = await this.#hashOf(out.path, out.hash?.kind ?? "md5");
      if (actual === null) return "deleted";
      return actual === out.hash?.value ? null : out.hash === null ? "new" : "modified";
    }
    const files = await this.#filesOf(out, out.hash);
    if (files === null || !this.#isCached(files)) return "not in cache";
    const { host, root, project } = this.#place;
    const rules = await ignoreRules(host, root, project, out.path);
    const want = { out, inner: null, remote: null, refused: null };
    const plan = await planOut({ pool: this.#pool, root, force: true }, { want, files, failure: null }, files, {
      state: await this.#state.read(this.#key(out.path)),
      rules,
    });
    if (!plan.existed) return "deleted";
    return plan.create.length + plan.replace.length + plan.remove.length > 0 ? "modified" : null;
  }

  async #filesOf(out: Out, hash: Hash): Promise<FileTable | null> {
    const files = new FileTable(hash.kind);
    if (!out.isFolder) files.add("", hash.value);
    else if (out.entries !== null) for (const entry of out.entries) files.add(entry.path, entry.hash.value);
    else {
      const bytes = await this.#place.host.file.read(this.#cache.path(hash));
      return bytes === null ? null : readFileTable(bytes, `list of files of \`${out.path}\``, hash.kind);
    }
    return files;
  }

  #isCached(files: FileTable): boolean {
    const wanted = new HashSet();
    for (let index = 0; index < files.count; index++) wanted.add(files.bytes(index));
    const isPresent = this.#cache.present(wanted, files.kind);
    for (const hash of wanted.values()) if (!isPresent(hash)) return false;
    return true;
  }

  #key(path: string): string {
    return within(this.#place.project, path) ?? path;
  }

  #hashOf(path: string, kind: Hash["kind"]): Promise<string | null> {
    const key = `${kind} ${path}`;
    let found = this.#hashes.get(key);
    if (found === undefined) this.#hashes.set(key, (found = this.#computeHash(path, kind)));
    return found;
  }

  /** Hash of a file or folder as DVC would record it; null when it is absent. */
  async #computeHash(path: string, kind: Hash["kind"]): Promise<string | null> {
    const { host, root, project } = this.#place;
    const absolute = this.#place.absolute(path);
    const mark = markBehind(absolute);
    if (mark === null) return null;
    const state = this.#outs.has(path) ? await this.#state.read(this.#key(path)) : null;
    if (mark.kind !== "folder") return (await this.#hashFiles(absolute, [""], kind, state))[0] ?? null;
    const rules = await ignoreRules(host, root, project, path);
    const { files } = scanFolder(absolute, (inner, what) => rules.isIgnored(`${path}/${inner}`, what));
    const hashes = await this.#hashFiles(absolute, files, kind, state);
    const entries = files.map((relpath, index) => ({ md5: hashes[index] ?? "", relpath }));
    const text = printJson(entries.toSorted((a, b) => compareCodePoints(a.relpath, b.relpath)));
    return `${createHash("md5").update(text).digest("hex")}.dir`;
  }

  async #hashFiles(folder: string, files: readonly string[], kind: Hash["kind"], state: OutState | null): Promise<string[]> {
    const usable = state?.files.kind === kind ? state : null;
    const known = new Map(usable?.files.paths.map((path, index) => [path, index]));
    const at = (path: string): string => (path === "" ? folder : join(folder, path));
    const result = files.map((path) => {
      const index = known.get(path);
      const mark = index === undefined ? null : markBehind(at(path));
      return index !== undefined && mark !== null && usable !== null && isUnchanged(usable, index, mark)
        ? usable.files.hex(index)
        : null;
    });
    const rest = files.filter((_, index) => result[index] === null);
    const [hashes = []] = await hashAll(this.#pool, rest.map(at), [kind]);
    let next = 0;
    return result.map((hash) => hash ?? hashes[next++] ?? "");
  }
}

function recordedDependencies({ recorded, folder }: Stage): Map<string, Hash> {
  const found = new Map<string, Hash>();
  for (const item of listOf(recorded, "deps")) {
    if (!isMapping(item)) continue;
    const path = joinPath(folder, textOf(item.get("path")) ?? "");
    const hash = readHash(textOf(item.get("md5")) ?? "", item.has("hash") ? "md5" : "md5-dos2unix");
    if (path !== null && hash !== null) found.set(path, hash);
  }
  return found;
}

/** Values of a params file at the last run, by key with dots; null when nothing of it is recorded. */
function recordedParams({ recorded, folder }: Stage, file: string): Mapping | null {
  const section = recorded?.get("params");
  if (!isMapping(section)) return null;
  for (const [name, values] of section) if (joinPath(folder, name) === file && isMapping(values)) return values;
  return null;
}

function isCommandChanged({ name, definition, recorded }: Stage): boolean {
  if (name === null || recorded === null) return false;
  const now = definition.get("cmd") ?? null;
  // DVC spells a mapping out as options of the command line, which is done when a stage runs.
  if (isMapping(now) || (isList(now) && now.some((item) => isMapping(item)))) return false;
  return !isEqual(now, recorded.get("cmd") ?? null);
}

function listOf(mapping: Mapping | null, key: string): readonly Value[] {
  const value = mapping?.get(key) ?? null;
  return isList(value) ? value : [];
}

/** Value under a key with dots, in lists by number. */
function valueAt(document: Value, key: string): Value | undefined {
  let value: Value | undefined = document;
  for (const part of key.split(".")) {
    if (isMapping(value)) value = value.get(part);
    else if (isList(value) && /^\d+$/.test(part)) value = value[Number(part)];
    else return undefined;
  }
  return value;
}

/** As Python compares: `1` equals `1.0` and `true`. */
function isEqual(a: Value, b: Value): boolean {
  if (isMapping(a))
    return isMapping(b) && a.size === b.size && [...a].every(([key, value]) => isEqual(value, b.get(key) ?? null) && b.has(key));
  if (isList(a)) return isList(b) && a.length === b.length && a.every((value, index) => isEqual(value, b[index] ?? null));
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== null && y !== null) return x === y;
  return a === b || printJson(a) === printJson(b);
}

function numberOf(value: Value): number | null {
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : null;
}
