import { posix } from "node:path";
import { CmlError, InputError, NotFoundError, UsageError } from "../core/error.ts";
import type { Index, Out, Stage } from "./index.ts";
import { folderOf, within } from "./path.ts";
import { outside, type Place } from "./place.ts";

/** An output that is wanted, or a part of it. */
export interface Selected {
  readonly out: Out;
  /** Paths within the folder (files, or folders with all that is in them); null for the whole output. */
  readonly inner: readonly string[] | null;
}

export interface Targets {
  readonly targets: readonly string[];
  /** A folder stands for all metafiles below it. */
  readonly recursive: boolean;
  /** Stages that a target depends on come along. */
  readonly withDeps: boolean;
  /** Targets are patterns against what is there. */
  readonly glob: boolean;
}

export const everything: Targets = { targets: [], recursive: false, withDeps: false, glob: false };

/**
 * Outputs of the project that targets stand for, in the order of the index; all of them when there are none. `NotFoundError` for a target that is nothing,
 * `InputError` when a metafile that matters cannot be read.
 */
export async function selectOuts(place: Place, index: Index, wanted: Targets): Promise<Selected[]> {
  const mine = {
    stages: index.stages.filter((stage) => stage.project.folder === place.project),
    outs: index.outs.filter((out) => out.project.folder === place.project),
  };
  const problems = index.problems.filter(({ file }) => within(place.project, file) !== null);
  if (wanted.targets.length === 0) {
    if (problems.length > 0) throw broken(problems.map(({ message }) => message));
    return mine.outs.map((out) => ({ out, inner: null }));
  }
  const targets = wanted.glob ? await expand(place, wanted.targets) : wanted.targets;
  const chosen = new Map<Out, Set<string> | null>();
  for (const target of targets) {
    const found = await resolve(place, mine, target, wanted.recursive);
    if (found === null) {
      // The metafile that would know it may be the one that cannot be read.
      if (problems.length > 0) throw broken(problems.map(({ message }) => message));
      throw unknown(place, mine, target);
    }
    for (const { out, inner } of wanted.withDeps ? [...found, ...upstream(mine.stages, found)] : found) {
      const known = chosen.get(out);
      if (inner === null || known === null) chosen.set(out, null);
      else chosen.set(out, new Set([...(known ?? []), ...inner]));
    }
  }
  return mine.outs
    .filter((out) => chosen.has(out))
    .map((out) => {
      const inner = chosen.get(out) ?? null;
      return { out, inner: inner === null ? null : [...inner] };
    });
}

interface Mine {
  readonly stages: readonly Stage[];
  readonly outs: readonly Out[];
}

async function resolve(place: Place, mine: Mine, target: string, recursive: boolean): Promise<Selected[] | null> {
  const path = place.typed(target);
  const whole = (stages: readonly Stage[]): Selected[] =>
    stages.flatMap((stage) => stage.outs).map((out) => ({ out, inner: null }));
  if (path !== null && /(^|\/)dvc\.lock$/.test(path))
    throw new UsageError(`\`${target}\` is no target`, { hint: "did you mean `dvc.yaml`?" });
  if (path !== null && (path.endsWith(".dvc") || posix.basename(path) === "dvc.yaml")) {
    const stages = mine.stages.filter((stage) => stage.metafile === path);
    if (stages.length > 0) return whole(stages);
    return missingMetafile(place, mine, target, path);
  }
  const named = /^(?:(.*dvc\.yaml):)?([^:]+)$/s.exec(target);
  if (named?.[1] !== undefined) return ofStage(place, mine, named[1], named[2] ?? "");
  if (recursive && path !== null && (await place.host.file.stat(place.absolute(path)))?.kind === "folder") {
    const below = mine.stages.filter((stage) => within(path, stage.metafile) !== null);
    if (below.length > 0) return whole(below);
  }
  return ofStage(place, mine, "dvc.yaml", target) ?? ofPath(mine, path);
}

/** Stages of a `dvc.yaml` by name, `name@key`, or the name of a whole group; null when there is none. */
function ofStage(place: Place, mine: Mine, file: string, name: string): Selected[] | null {
  const path = place.typed(file);
  const stages = mine.stages.filter(
    (stage) => stage.metafile === path && stage.name !== null && (stage.name === name || stage.name.startsWith(`${name}@`)),
  );
  return stages.length === 0 ? null : stages.flatMap((stage) => stage.outs).map((out) => ({ out, inner: null }));
}

/** The output at a path, or the part of a tracked folder that it names. */
function ofPath(mine: Mine, path: string | null): Selected[] | null {
  if (path === null) return null;
  const clean = path.replace(/\/+$/, "");
  const exact = mine.outs.filter((out) => out.path === clean);
  if (exact.length > 0) return exact.map((out) => ({ out, inner: null }));
  for (let folder = folderOf(clean); folder !== ""; folder = folderOf(folder)) {
    const out = mine.outs.find((one) => one.path === folder && one.isFolder);
    if (out !== undefined) return [{ out, inner: [clean.slice(folder.length + 1)] }];
  }
  return null;
}

async function missingMetafile(place: Place, mine: Mine, target: string, path: string): Promise<Selected[] | null> {
  const isThere = (await place.host.file.stat(place.absolute(path)))?.kind === "file";
  // A tracked file may have such a name.
  const found = ofPath(mine, path);
  if (found !== null) return found;
  if (!isThere) throw new NotFoundError(`\`${target}\` does not exist`);
  if (place.repository !== null && (await place.repository.run(["check-ignore", "-q", "--no-index", "--", path])).code === 0)
    throw new InputError(`bad DVC file name: \`${target}\` is git-ignored`);
  return null;
}

/** Outputs that the given ones were made from, all the way up. */
function upstream(stages: readonly Stage[], found: readonly Selected[]): Selected[] {
  const producer = (path: string): Stage | undefined =>
    stages.find((stage) => stage.outs.some((out) => within(out.path, path) !== null || within(path, out.path) !== null));
  const seen = new Set<Stage>();
  const pending = stages.filter((stage) => stage.outs.some((out) => found.some((one) => one.out === out)));
  const start = new Set(pending);
  for (let stage = pending.pop(); stage !== undefined; stage = pending.pop()) {
    if (seen.has(stage)) continue;
    seen.add(stage);
    for (const path of stage.dependencies) {
      const from = producer(path);
      if (from !== undefined) pending.push(from);
    }
  }
  return [...seen]
    .filter((stage) => !start.has(stage))
    .flatMap((stage) => stage.outs)
    .map((out) => ({ out, inner: null }));
}

/** DVC matches patterns against the file system, so they find only what is there. */
async function expand(place: Place, patterns: readonly string[]): Promise<string[]> {
  const { default: picomatch } = await import("picomatch");
  const found = new Set<string>();
  for (const pattern of patterns) {
    const isMatch = picomatch(pattern, { dot: false });
    const depth = pattern.includes("**") ? 32 : pattern.split("/").length;
    for (const path of await listed(place, "", depth)) if (isMatch(path)) found.add(path);
  }
  if (found.size === 0) throw new NotFoundError(`glob \`${patterns.join("`, `")}\` has no matches`);
  return [...found];
}

async function listed(place: Place, folder: string, depth: number): Promise<string[]> {
  if (depth === 0) return [];
  const base = folder === "" ? "." : folder;
  const found: string[] = [];
  for (const { name, kind } of await place.host.file.list(base)) {
    if (name === ".git" || name === ".dvc") continue;
    const path = folder === "" ? name : `${folder}/${name}`;
    found.push(path);
    if (kind === "folder") found.push(...(await listed(place, path, depth - 1)));
  }
  return found;
}

function broken(messages: readonly string[]): CmlError {
  const [first = "", ...rest] = messages;
  return new InputError(first, {
    hint: rest.length === 0 ? undefined : `also: ${rest.join("; ")}`,
  });
}

function unknown(place: Place, mine: Mine, target: string): NotFoundError {
  if (place.typed(target) === null) return outside(target);
  const known = mine.outs.map((out) => `\`${place.shown(out.path)}\``);
  return new NotFoundError(`\`${target}\` does not exist as an output or a stage name in \`dvc.yaml\``, {
    hint: known.length === 0 || known.length > 8 ? undefined : `outputs here: ${known.join(", ")}`,
  });
}
