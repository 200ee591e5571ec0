import { isMapping, type Mapping } from "../core/value.ts";
import { type Metafile, textOf } from "./metafile.ts";

/** Outputs of each stage by their text in `dvc.yaml`. */
export type Lock = ReadonlyMap<string, ReadonlyMap<string, Mapping>>;

/** Reads a `dvc.lock`, of schema 2.0 or (stages at the top level, no `schema`) 1.0. */
export function readLock(metafile: Metafile): Lock {
  const { root } = metafile;
  const schema = textOf(root.get("schema"));
  if (schema !== null && schema !== "2.0")
    metafile.report(root, "schema", `unknown schema version \`${schema}\`, expected \`2.0\``);
  const stages = schema === null ? root : metafile.mapping(root, "stages");
  const lock = new Map<string, Map<string, Mapping>>();
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
    lock.set(name, outs);
  }
  return lock;
}
