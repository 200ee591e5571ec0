import { join } from "node:path";
import { markBehind, markOf, namesIn } from "../host/scan.ts";
import type { Cache } from "./cache.ts";
import type { Out } from "./out.ts";
import { isUnchanged, type OutState } from "./workspace-state.ts";

/**
 * Whether an output certainly is what it was when we last saw it, and complete in the cache (null: the cache does not matter). It only looks at what the
 * file system says of files and folders; false means that somebody has to look closer.
 */
export function isUntouched(out: Out, root: string, state: OutState | null, cache: Cache | null): boolean {
  if (state === null || out.hash === null || state.hash !== out.hash.value || state.files.kind !== out.hash.kind) return false;
  if (state.isFolder !== out.isFolder || !isHeld(out, state, cache)) return false;
  const path = join(root, ...out.path.split("/"));
  if (!out.isFolder) {
    const mark = markOf(path);
    if (mark === null || !isUnchanged(state, 0, mark)) return false;
    return !out.isExecutable || (mark.kind === "link" ? (markBehind(path)?.mode ?? 0) : mark.mode) % 0o200 >= 0o100;
  }
  return hasOnly(path, state) && allUnchanged(path, state);
}

/** Objects are removed from a cache by name, which shows at the folders they lie in. */
function isHeld(out: Out, state: OutState, cache: Cache | null): boolean {
  if (cache === null) return true;
  if (state.cacheTimes === null || out.hash === null) return false;
  if (out.isFolder && out.entries === null && markBehind(cache.path(out.hash))?.mode !== 0o444) return false;
  const times = cache.times(state.files);
  return times.every((time, index) => time === state.cacheTimes?.[index]);
}

/** Every known file being there, equal numbers of names mean that there are no others. */
function hasOnly(path: string, state: OutState): boolean {
  const folders = new Set([""]);
  for (const file of state.files.paths)
    for (
      let slash = file.lastIndexOf("/");
      slash > 0 && !folders.has(file.slice(0, slash));
      slash = file.lastIndexOf("/", slash - 1)
    )
      folders.add(file.slice(0, slash));
  let names = 0;
  for (const folder of folders) names += namesIn(folder === "" ? path : `${path}/${folder}`).length;
  return names === state.files.count + folders.size - 1;
}

function allUnchanged(path: string, state: OutState): boolean {
  for (let index = 0; index < state.files.count; index++) {
    const mark = markOf(`${path}/${state.files.path(index)}`);
    if (mark === null || !isUnchanged(state, index, mark)) return false;
  }
  return true;
}
