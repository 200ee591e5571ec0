import { isMapping, type Mapping, type Value } from "../core/value.ts";
import type { Stage } from "./stage.ts";
import { type Metafile, textOf } from "./metafile.ts";
import { placeOf, readFlags, readRecorded } from "./out-entry.ts";
import type { ImportSource, Out } from "./out.ts";
import { folderOf, joinPath } from "./path.ts";

/** Reads a `.dvc` file: data added by hand, or an import. */
export function readDvcFile(metafile: Metafile): Stage {
  const { root, project, path } = metafile;
  const folder = joinPath(folderOf(path), textOf(root.get("wdir")) ?? "");
  if (folder === null) metafile.report(root, "wdir", "`wdir` leaves the repository");
  const items = metafile.list(root, "outs");
  const dependencies = metafile.list(root, "deps").filter((item) => isMapping(item));
  const source = items.length === 1 && dependencies.length === 1 ? sourceOf(dependencies[0]) : null;
  const outs: Out[] = [];
  for (const [index, item] of items.entries()) {
    const written = isMapping(item) ? textOf(item.get("path")) : null;
    if (!isMapping(item) || written === null) {
      metafile.report(items, index, "an output needs a `path`");
      continue;
    }
    const place = folder === null ? null : placeOf(metafile, folder, written);
    if (place !== null) outs.push(outOf(metafile, item, place, source));
  }
  const paths = dependencies.map((item) => textOf(item.get("path"))).filter((text) => text !== null);
  return {
    name: null,
    project,
    metafile: path,
    params: [],
    vars: new Map(),
    dependencies: paths.map((text) => joinPath(folder ?? "", text) ?? text),
    outs,
    definition: root,
    recorded: root,
    folder: folder ?? "",
  };
}

function outOf(metafile: Metafile, fields: Mapping, path: string, source: ImportSource | null): Out {
  return {
    path,
    project: metafile.project,
    metafile: metafile.path,
    stage: null,
    kind: fields.get("metric") === true ? "metric" : fields.get("plot") === true ? "plot" : "out",
    ...readRecorded(metafile, fields),
    ...readFlags(fields),
    source,
    plot: null,
  };
}

function sourceOf(dependency: Value | undefined): ImportSource | null {
  if (!isMapping(dependency)) return null;
  const path = textOf(dependency.get("path")) ?? "";
  const repo = dependency.get("repo");
  if (!isMapping(repo)) return { kind: "url", url: path };
  return { kind: "repository", url: textOf(repo.get("url")) ?? "", path, revision: textOf(repo.get("rev_lock")) };
}
