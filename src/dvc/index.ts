import { readDocument } from "../core/document.ts";
import { isMapping, type Mapping, type Value } from "../core/value.ts";
import { collectMetafiles, type CollectOptions, type FoundMetafile } from "./collect.ts";
import { readDvcFile } from "./dvc-file.ts";
import { type Lock, readLock } from "./lock.ts";
import { Metafile, textOf } from "./metafile.ts";
import { isList } from "./node.ts";
import type { Hash, ImportSource, ManifestEntry, Out, Project } from "./out.ts";
import { folderOf, joinPath } from "./path.ts";
import { type Pipeline, readPipeline, type ReadVars } from "./pipeline.ts";
import { type Problem, problemOf } from "./problem.ts";
import type { ParamDependency, Stage } from "./stage.ts";
import type { Tree } from "./tree.ts";

export type { Hash, ImportSource, ManifestEntry, Out, ParamDependency, Problem, Project, Stage };

/** A file or folder that the top level of a `dvc.yaml` names. */
export interface Declared {
  readonly path: string;
  readonly project: Project;
  readonly metafile: string;
}

/** A plot of the top level of a `dvc.yaml`. */
export interface PlotDeclared {
  /** Path of the data file, or any name when `y` names the files; as written, relative to `folder`. */
  readonly id: string;
  /** Null when there are none. */
  readonly properties: Mapping | null;
  readonly project: Project;
  readonly metafile: string;
  /** Folder of the metafile. */
  readonly folder: string;
}

export interface Artifact {
  readonly name: string;
  readonly path: string;
  readonly type: string | null;
  readonly description: string | null;
  readonly labels: readonly string[];
  readonly project: Project;
  readonly metafile: string;
}

/** What all metafiles of a revision say. Everything is in order of path of the metafile, then of the metafile. */
export interface Index {
  /** The root first. */
  readonly projects: readonly Project[];
  readonly stages: readonly Stage[];
  readonly outs: readonly Out[];
  readonly metrics: readonly Declared[];
  readonly params: readonly Declared[];
  readonly plots: readonly PlotDeclared[];
  readonly artifacts: readonly Artifact[];
  /** Metafiles that could not be used. */
  readonly problems: readonly Problem[];
}

/** Reads every metafile of a tree. Only bugs and failures of the tree itself are thrown. */
export async function readIndex(tree: Tree, options: CollectOptions): Promise<Index> {
  const reader = new IndexReader(tree);
  const projects = await collectMetafiles(tree, options, (found) => reader.read(found));
  return reader.index(projects);
}

interface Content {
  readonly stages: readonly Stage[];
  readonly metrics: readonly Declared[];
  readonly params: readonly Declared[];
  readonly plots: readonly PlotDeclared[];
  readonly artifacts: readonly Artifact[];
  readonly problems: readonly Problem[];
}

const nothing: Content = { stages: [], metrics: [], params: [], plots: [], artifacts: [], problems: [] };

class IndexReader {
  readonly #tree: Tree;
  readonly #contents: Promise<Content>[] = [];
  readonly #vars = new Map<string, Promise<Value | null>>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  async read(found: FoundMetafile): Promise<readonly Stage[]> {
    const content = this.#content(found);
    this.#contents.push(content);
    return (await content).stages;
  }

  async index(projects: readonly Project[]): Promise<Index> {
    const contents = await Promise.all(this.#contents);
    const stages = contents.flatMap((content) => content.stages);
    return {
      projects,
      stages,
      outs: stages.flatMap((stage) => stage.outs),
      metrics: contents.flatMap((content) => content.metrics),
      params: contents.flatMap((content) => content.params),
      plots: contents.flatMap((content) => content.plots),
      artifacts: contents.flatMap((content) => content.artifacts),
      problems: contents.flatMap((content) => content.problems),
    };
  }

  async #content(found: FoundMetafile): Promise<Content> {
    const { path, project } = found;
    try {
      const metafile = await Metafile.load(this.#tree, project, path);
      if (metafile === null) return nothing;
      const content = path.endsWith(".dvc") ? dvcContent(metafile) : await this.#pipeline(metafile);
      reportIgnored(metafile, content, found);
      return { ...content, problems: [...metafile.problems, ...content.problems] };
    } catch (error) {
      return { ...nothing, problems: [problemOf(error, path, this.#tree.name)] };
    }
  }

  async #pipeline(metafile: Metafile): Promise<Content> {
    const { lock, problems } = await this.#lock(metafile);
    const pipeline = await readPipeline(metafile, lock, this.#readVars);
    return { stages: pipeline.stages, ...topLevel(metafile, pipeline), problems };
  }

  async #lock(pipeline: Metafile): Promise<{ lock: Lock; problems: readonly Problem[] }> {
    const path = pipeline.path.replace(/\.yaml$/, ".lock");
    try {
      const metafile = await Metafile.load(this.#tree, pipeline.project, path);
      if (metafile === null) return { lock: new Map(), problems: [] };
      const lock = readLock(metafile);
      return { lock, problems: metafile.problems };
    } catch (error) {
      return { lock: new Map(), problems: [problemOf(error, path, this.#tree.name)] };
    }
  }

  readonly #readVars: ReadVars = (file) => {
    let values = this.#vars.get(file);
    if (values === undefined) this.#vars.set(file, (values = readVars(this.#tree, file)));
    return values;
  };
}

/** An empty file counts as an empty mapping. */
async function readVars(tree: Tree, file: string): Promise<Value | null> {
  const bytes = await tree.read(file, { limitBytes: 16 * 1024 * 1024 });
  return bytes === null ? null : ((await readDocument(bytes, file)) ?? new Map<string, Value>());
}

function dvcContent(metafile: Metafile): Content {
  return { ...nothing, stages: [readDvcFile(metafile)] };
}

/** DVC refuses such an output. It is kept here, so that the report can speak of it. */
function reportIgnored(metafile: Metafile, content: Content, { ignored }: FoundMetafile): void {
  for (const out of content.stages.flatMap((stage) => stage.outs)) {
    const by = ignored.ignoredBy(out.path, out.isFolder ? "folder" : "file");
    if (by !== null)
      metafile.report(metafile.root, "outs", `path \`${out.path}\` is ignored by ${by.file}:${by.line}: \`${by.pattern}\``);
  }
}

function topLevel(metafile: Metafile, pipeline: Pipeline): Omit<Content, "stages" | "problems"> {
  return {
    metrics: declared(metafile, pipeline, "metrics"),
    params: declared(metafile, pipeline, "params"),
    plots: plots(metafile, pipeline),
    artifacts: artifacts(metafile, pipeline),
  };
}

function declared(metafile: Metafile, pipeline: Pipeline, section: string): Declared[] {
  const items = metafile.list(metafile.root, section);
  return items.flatMap((item, index) => {
    const value = pipeline.resolve(section, items, index, item);
    const text = textOf(value);
    const path = text === null ? null : joinPath(folderOf(metafile.path), text);
    if (text === null && value !== null) metafile.report(items, index, `\`${section}\`: expected a path`);
    if (text !== null && path === null)
      metafile.report(items, index, `\`${section}\`: \`${text}\` lies outside of the repository`);
    return path === null ? [] : [{ path, project: metafile.project, metafile: metafile.path }];
  });
}

/** A list of paths and of mappings of an id to its properties; DVC 2 also wrote one mapping. */
function plots(metafile: Metafile, pipeline: Pipeline): PlotDeclared[] {
  const { root, project, path } = metafile;
  const section = root.get("plots") ?? null;
  const items = isMapping(section) ? [section] : metafile.list(root, "plots");
  const found: PlotDeclared[] = [];
  const add = (id: string, properties: Mapping | null): void =>
    void found.push({ id, properties, project, metafile: path, folder: folderOf(path) });
  for (const [index, item] of items.entries()) {
    const value = pipeline.resolve("plots", items, index, item);
    const text = textOf(value);
    if (text !== null) add(text, null);
    else if (isMapping(value)) {
      for (const [id, properties] of value) {
        if (properties === null || isMapping(properties)) add(id, properties);
        else metafile.report(items, index, `\`plots\`: properties of \`${id}\` should be a mapping`);
      }
    } else if (value !== null) metafile.report(items, index, "`plots`: neither a path nor a mapping");
  }
  return found;
}

function artifacts(metafile: Metafile, pipeline: Pipeline): Artifact[] {
  const section = metafile.mapping(metafile.root, "artifacts");
  return [...section].flatMap(([key, fields]) => {
    const name = textOf(pipeline.resolve("artifacts", section, key, key));
    const value = pipeline.resolve("artifacts", section, key, fields);
    if (name === null || !isMapping(value)) return [];
    const path = joinPath(folderOf(metafile.path), textOf(value.get("path")) ?? "");
    if (path === null || path === "") return [];
    const labels = value.get("labels");
    return [
      {
        name,
        path,
        type: textOf(value.get("type")),
        description: textOf(value.get("desc")),
        labels: isList(labels) ? labels.map((label) => textOf(label) ?? "").filter((label) => label !== "") : [],
        project: metafile.project,
        metafile: metafile.path,
      },
    ];
  });
}
