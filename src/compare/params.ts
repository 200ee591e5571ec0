import { compareCodePoints } from "../core/text.ts";
import { isMapping, type Mapping, type Value } from "../core/value.ts";
import type { ParamChange, Problem } from "./comparison.ts";
import { equals } from "./dvc-diff.ts";
import { flatten } from "./flatten.ts";
import { expandFolders, type Loaded, type LoadedFiles, loadFiles, problemsOf } from "./loaded.ts";
import { everything, type Scope } from "./scope.ts";
import { selectKeys } from "./select.ts";
import type { Found, Side, View } from "./view.ts";

/** Params files and the keys that are tracked in each; null: the whole file. */
export type ParamFiles = ReadonlyMap<string, readonly string[] | null>;

export interface ParamOptions {
  readonly scope?: Scope;
  /** Only what stages depend on. */
  readonly depsOnly?: boolean;
  /** Files to read instead of the declared ones. */
  readonly targets?: readonly string[];
}

/**
 * Params files of one side in DVC's way: dependencies of stages, top-level lists, and `params.yaml` of each project's folder. A file that anything
 * tracks as a whole is read as a whole.
 */
export async function paramFiles(side: Side, options: ParamOptions = {}): Promise<ParamFiles> {
  const found: [string, readonly string[] | null][] = [];
  if (options.targets !== undefined) found.push(...options.targets.map((file): [string, null] => [file, null]));
  else found.push(...(await declaredFiles(side, options)));
  const merged = new Map<string, readonly string[] | null>();
  for (const [path, keys] of found) {
    for (const file of await expandFolders(side, [path])) {
      const known = merged.get(file);
      const isWhole = keys === null || keys.length === 0 || known === null;
      merged.set(file, isWhole ? null : [...(known ?? []), ...keys]);
    }
  }
  return new Map([...merged].toSorted(([a], [b]) => compareCodePoints(a, b)));
}

async function declaredFiles(side: Side, options: ParamOptions): Promise<[string, readonly string[] | null][]> {
  const scope = options.scope ?? everything;
  const found: [string, readonly string[] | null][] = [];
  for (const stage of side.index.stages) {
    if (scope.has(stage.project)) for (const dependency of stage.params) found.push([dependency.file, dependency.keys]);
  }
  if (options.depsOnly === true) return found;
  for (const entry of side.index.params) if (scope.has(entry.project)) found.push([entry.path, null]);
  for (const project of side.index.projects) {
    const file = project.folder === "" ? "params.yaml" : `${project.folder}/params.yaml`;
    if (scope.has(project) && (await side.kind(file)) !== null) found.push([file, null]);
  }
  return found;
}

/** Reads params of one side; values of `vars:` files that stages use are added where the file is not read anyway. */
export async function loadParams(side: Side, options: ParamOptions = {}): Promise<LoadedFiles> {
  const files = await paramFiles(side, options);
  const loaded = await loadFiles(side, [...files.keys()], (data, file) => selectKeys(data, files.get(file) ?? null));
  if (options.targets !== undefined) return loaded;
  return withVars(side, loaded, options.scope ?? everything);
}

function withVars(side: Side, loaded: LoadedFiles, scope: Scope): LoadedFiles {
  const all = new Map<string, Loaded>(loaded);
  const vars = new Map<string, Map<string, Value>>();
  for (const stage of side.index.stages) {
    if (!scope.has(stage.project)) continue;
    for (const [file, values] of stage.vars) {
      if (loaded.has(file)) continue;
      const merged = vars.get(file) ?? new Map<string, Value>();
      for (const [key, value] of values) merged.set(key, value);
      vars.set(file, merged);
    }
  }
  for (const [file, data] of vars) all.set(file, { kind: "data", data });
  return all;
}

/** Every param of base and head, unchanged ones included, sorted by file and key. */
export async function collectParams(view: View): Promise<Found<ParamChange>> {
  const head = await readSide(view.head, view.sources.params);
  const base = view.base === null ? null : await readSide(view.base, view.sources.params);
  const changes: ParamChange[] = [];
  const files = new Set([...(base?.loaded.keys() ?? []), ...head.loaded.keys()]);
  for (const file of [...files].toSorted(compareCodePoints)) {
    const after = head.loaded.get(file);
    const before = base?.loaded.get(file);
    // A file that could not be read on one side is a problem, not a deletion.
    if (isUnknown(after) || isUnknown(before)) continue;
    changes.push(...changesOf(file, valuesOf(before), valuesOf(after)));
  }
  return { changes, problems: [...(base?.problems ?? []), ...head.problems] };
}

async function readSide(side: Side, sources: readonly string[]): Promise<{ loaded: LoadedFiles; problems: readonly Problem[] }> {
  const declared = await loadParams(side);
  const files = await expandFolders(side, sources);
  const wanted = files.filter((file) => !declared.has(file));
  const extra = await loadFiles(side, wanted, (data) => data);
  const kept = [...declared].filter(([file]) => sources.length === 0 || files.includes(file));
  const loaded = new Map<string, Loaded>([...kept, ...extra]);
  return { loaded, problems: problemsOf(side, loaded) };
}

function isUnknown(entry: Loaded | undefined): boolean {
  return entry?.kind === "broken" || entry?.kind === "unfetched";
}

function valuesOf(entry: Loaded | undefined): Mapping {
  if (entry?.kind !== "data") return new Map();
  return isMapping(entry.data) ? flatten(entry.data) : new Map([["", entry.data]]);
}

function changesOf(file: string, before: Mapping, after: Mapping): ParamChange[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].toSorted(compareCodePoints).map((name) => ({ file, name, old: before.get(name), new: after.get(name) }));
}

/** Whether a param differs; NaN equals NaN here, as nobody changed it. */
export function isChanged(change: ParamChange): boolean {
  if (change.old === undefined || change.new === undefined) return change.old !== change.new;
  return !Object.is(change.old, change.new) && !equals(change.old, change.new);
}
