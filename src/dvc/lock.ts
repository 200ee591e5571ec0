import { isMapping, type Mapping } from "../core/value.ts";
import { type Metafile, textOf } from "./metafile.ts";

/** What the last run of a stage left in the lock. */
export interface LockedStage {
  /** The whole entry. */
  readonly entry: Mapping;
  /** Outputs by their text in `dvc.yaml`. */
  readonly outs: ReadonlyMap<string, Mapping>;
}

/** Stages by name. */
export type Lock = ReadonlyMap<string, LockedStage>;

/** Reads a `dvc.lock`, of schema 2.0 or (stages at the top level, no `schema`) 1.0. */
export function readLock(metafile: Metafile): Lock {
  const { root } = metafile;
  const schema = textOf(root.get("schema"));
  if (schema !== null && schema !== "2.0")
    metafile.report(root, "schema", `unknown schema version \`${schema}\`, expected \`2.0\``);
  const stages = schema === null ? root : metafile.mapping(root, "stages");
  const lock = new Map<string, LockedStage>();
  for (const [name, stage] of stages) {
    if (!isMapping(stage)) {
      metafile.report(stages, name, `stage \`${name}\` should be a mapping`);
      continue;
    }
    const outs = new Map<string, Mapping>();
    for (const item of metafile.list(stage, "outs")) {
      const path = isMapping(item) ? textOf(item.get("path")) : null;
      if (isMapping(item) && path !== null) outs.set(path, item);
    }
    lock.set(name, { entry: stage, outs });
  }
  return lock;
}
