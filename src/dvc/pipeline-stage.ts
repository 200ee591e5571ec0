import { InputError } from "../core/error.ts";
import { isMapping, type Mapping, type Value } from "../core/value.ts";
import type { ParamDependency, Stage } from "./stage.ts";
import type { Lock } from "./lock.ts";
import { type Metafile, textOf } from "./metafile.ts";
import { isList, typeName } from "./node.ts";
import { placeOf, readFlags, readRecorded, unrecorded } from "./out-entry.ts";
import type { Out } from "./out.ts";
import { joinPath } from "./path.ts";

/** A stage of `dvc.yaml` with every `${}` replaced. */
export interface ResolvedStage {
  readonly name: string;
  /** Where it stands in `dvc.yaml`, for messages. */
  readonly raw: { readonly container: Mapping; readonly key: string };
  readonly fields: Mapping;
  /** Working folder from the root. */
  readonly folder: string;
  readonly vars: Stage["vars"];
}

/** Joins a resolved stage with what the lock records of it. */
export function readStage(metafile: Metafile, lock: Lock, stage: ResolvedStage): Stage {
  const outs = (["outs", "metrics", "plots"] as const).flatMap((section) => readOuts(metafile, lock, stage, section));
  const dependencies = listOf(metafile, stage, "deps").map((item) => textOf(item) ?? "");
  return {
    name: stage.name,
    project: metafile.project,
    metafile: metafile.path,
    vars: stage.vars,
    params: readParams(metafile, stage),
    dependencies: dependencies.map((text) => joinPath(stage.folder, text) ?? text),
    outs,
    definition: stage.fields,
    recorded: lock.get(stage.name)?.entry ?? null,
    folder: stage.folder,
  };
}

const kinds = { outs: "out", metrics: "metric", plots: "plot" } as const;
const plotProperties = ["template", "x", "y", "x_label", "y_label", "title", "header"];

function readOuts(metafile: Metafile, lock: Lock, stage: ResolvedStage, section: keyof typeof kinds): Out[] {
  const recorded = lock.get(stage.name)?.outs;
  const outs: Out[] = [];
  for (const [written, flags] of mergeFlags(metafile, stage, section)) {
    const path = placeOf(metafile, stage.folder, written);
    if (path === null) continue;
    const entry = recorded?.get(written);
    const plot = new Map([...flags].filter(([key]) => plotProperties.includes(key)));
    outs.push({
      path,
      project: metafile.project,
      metafile: metafile.path,
      stage: stage.name,
      kind: kinds[section],
      ...(entry === undefined ? unrecorded : readRecorded(metafile, entry)),
      ...readFlags(flags),
      source: null,
      plot: section === "plots" && plot.size > 0 ? plot : null,
    });
  }
  return outs;
}

/** Entries are paths, or mappings of a path to its flags; what is said of one path in several places adds up. */
function mergeFlags(metafile: Metafile, stage: ResolvedStage, section: string): Map<string, Map<string, Value>> {
  const merged = new Map<string, Map<string, Value>>();
  const add = (path: string, flags: Mapping): void => void merged.set(path, new Map([...(merged.get(path) ?? []), ...flags]));
  for (const item of listOf(metafile, stage, section)) {
    const text = textOf(item);
    if (text !== null) add(text, new Map());
    else if (isMapping(item)) {
      for (const [path, flags] of item) {
        if (flags !== null && !isMapping(flags))
          complain(metafile, stage, `\`${section}\`: expected a mapping for \`${path}\`, got \`${typeName(flags)}\``);
        else add(path, flags ?? new Map());
      }
    } else complain(metafile, stage, `\`${section}\`: neither a path nor a mapping`);
  }
  return merged;
}

/** A bare text is a key of `params.yaml`; `file:` without keys is the whole file, whatever else is said of it. */
function readParams(metafile: Metafile, stage: ResolvedStage): ParamDependency[] {
  const keys = new Map<string, string[] | null>();
  const add = (file: string, more: readonly string[] | null): void => {
    const before = keys.get(file);
    keys.set(file, more === null || before === null ? null : [...(before ?? []), ...more]);
  };
  for (const item of listOf(metafile, stage, "params")) {
    const text = textOf(item);
    if (text !== null) add("params.yaml", [text]);
    else if (isMapping(item)) for (const [file, wanted] of item) add(file, keysOf(metafile, stage, file, wanted));
    else complain(metafile, stage, "`params`: neither a key nor a file with keys");
  }
  return [...keys].flatMap(([file, wanted]) => {
    const path = joinPath(stage.folder, file);
    return path === null ? [] : [{ file: path, keys: wanted }];
  });
}

function keysOf(metafile: Metafile, stage: ResolvedStage, file: string, wanted: Value): readonly string[] | null {
  if (wanted === null) return null;
  if (isList(wanted)) return wanted.length === 0 ? null : wanted.map((key) => textOf(key) ?? "").filter((key) => key !== "");
  complain(metafile, stage, `\`params\`: expected a list of keys of \`${file}\`, got \`${typeName(wanted)}\``);
  return [];
}

/** A list of a resolved stage: its places are lost, so a wrong type is reported at the definition. */
function listOf(metafile: Metafile, stage: ResolvedStage, key: string): readonly Value[] {
  const value = stage.fields.get(key) ?? null;
  if (isList(value)) return value;
  if (value !== null) complain(metafile, stage, `\`${key}\` should be a list, not \`${typeName(value)}\``);
  return [];
}

function complain(metafile: Metafile, stage: ResolvedStage, message: string): void {
  const { container, key } = stage.raw;
  metafile.reportError(container, key, new InputError(message), `stage \`${stage.name}\``);
}
