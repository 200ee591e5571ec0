import { posix } from "node:path";
import type { Index, Out, PlotDeclared } from "../dvc/index.ts";
import type { Revision } from "../dvc/revision.ts";
import { imageType, isPlotData } from "./plot-data.ts";
import { everything, type Scope } from "./scope.ts";
import { isAxisFiles, overlay, readProperties, type PlotProperties } from "./plot-property.ts";

/** What plots need of a revision; paths are repository-relative. */
export type PlotRevision = Pick<Revision, "read" | "kind" | "list"> & {
  /** Name of the series in the chart, as typed. */
  readonly name: string;
  readonly index: Pick<Index, "outs" | "plots" | "projects" | "problems">;
};

/** A revision under the name that its series are to have, with the projects of `scope` only. */
export function plotRevision(revision: Revision, options: { name?: string; scope?: Scope } = {}): PlotRevision {
  const scope = options.scope ?? everything;
  const { outs, plots, projects, problems } = revision.index;
  return {
    name: options.name ?? revision.label.name,
    index: {
      outs: outs.filter((out) => scope.has(out.project)),
      plots: plots.filter((plot) => scope.has(plot.project)),
      projects: projects.filter((project) => scope.has(project)),
      problems,
    },
    read: (path, limits) => revision.read(path, limits),
    kind: (path) => revision.kind(path),
    list: (folder) => revision.list(folder),
  };
}

/** One plot of one revision. */
export interface PlotDefinition {
  /** `dvc.yaml` that declares it at top level, empty for plots of stages and for targets. */
  readonly config: string;
  /** Path of the data file, or any name when `y` names the files. Paths are relative to the current folder, as in DVC. */
  readonly id: string;
  readonly properties: PlotProperties;
  /** Whether a stage's `plots` names this very file, rather than a folder above it. */
  readonly isStageOut: boolean;
}

/** A declaration that could not be looked into, a tracked folder whose manifest is gone for example. */
export interface DefinitionFailure {
  readonly id: string;
  readonly error: unknown;
}

export interface DefinitionOptions {
  /** Plots and files that are wanted; all when empty. */
  readonly targets?: readonly string[];
  /** Properties of the command line: they win. */
  readonly overrides?: PlotProperties;
  /** Repository-relative folder in which the command runs. */
  readonly folder?: string;
}

export interface Definitions {
  readonly found: readonly PlotDefinition[];
  readonly failed: readonly DefinitionFailure[];
  /** Targets that neither match a definition nor exist as a file. */
  readonly unmatched: readonly string[];
}

/** All plots that a revision defines: top level of each `dvc.yaml`, then stages, then targets that are files. */
export async function collectDefinitions(revision: PlotRevision, options: DefinitionOptions = {}): Promise<Definitions> {
  const collector = new Collector(revision, options);
  await collector.topLevel();
  await collector.stages();
  const unmatched = await collector.targets();
  return { found: collector.found(), failed: collector.failed, unmatched };
}

class Collector {
  readonly failed: DefinitionFailure[] = [];
  readonly #revision: PlotRevision;
  readonly #overrides: PlotProperties;
  readonly #folder: string;
  readonly #targets: readonly string[];
  /** Config file, then id. */
  readonly #found = new Map<string, Map<string, PlotDefinition>>();
  readonly #matched = new Set<string>();

  constructor(revision: PlotRevision, options: DefinitionOptions) {
    this.#revision = revision;
    this.#overrides = options.overrides ?? {};
    this.#folder = options.folder ?? "";
    this.#targets = (options.targets ?? []).map((target) => posix.normalize(target));
  }

  found(): PlotDefinition[] {
    return [...this.#found.values()].flatMap((definitions) => [...definitions.values()]);
  }

  async topLevel(): Promise<void> {
    const declared = this.#revision.index.plots;
    for (const plot of declared) {
      const config = this.#shown(plot.metafile);
      if (!this.#matches(config, plot.id)) continue;
      const properties = this.#propertiesOf(plot);
      if (isAxisFiles(properties.y)) {
        this.#add({ config, id: plot.id, properties, isStageOut: false });
        continue;
      }
      const path = join(plot.folder, plot.id);
      const rivals = declared.filter((other) => other.metafile === plot.metafile).map((other) => join(other.folder, other.id));
      for (const file of await this.#files(path)) {
        if (closest(file, rivals) === path) this.#add({ config, id: this.#shown(file), properties, isStageOut: false });
      }
    }
  }

  async stages(): Promise<void> {
    for (const out of this.#plotOuts()) {
      if (!this.#matches(this.#shown(out.metafile), this.#shown(out.path))) continue;
      const properties = readProperties(out.plot, (name) => name);
      for (const file of await this.#files(out.path))
        this.#add({ config: "", id: this.#shown(file), properties, isStageOut: file === out.path });
    }
  }

  /** A target that exists is drawn even when nothing declares it; one inside a declared folder keeps that folder's properties. */
  async targets(): Promise<string[]> {
    const unmatched: string[] = [];
    for (const target of this.#targets) {
      const path = join(this.#folder, target);
      const exists = !path.startsWith("..") && (await this.#revision.kind(path)) !== null;
      if (!exists && !this.#matched.has(target)) unmatched.push(target);
      if (!exists && this.#found.size > 0) continue;
      for (const file of exists ? await this.#files(path) : [path])
        this.#add({ config: "", id: this.#shown(file), properties: this.#inherited(file), isStageOut: false });
    }
    return unmatched;
  }

  #plotOuts(): Out[] {
    return this.#revision.index.outs.filter((out) => out.kind === "plot");
  }

  #propertiesOf(plot: PlotDeclared): PlotProperties {
    return readProperties(plot.properties, (name) => this.#shown(join(plot.folder, name)));
  }

  /** Properties of the folders that are declared above a file; the innermost of each kind, and the top level over the stage. */
  #inherited(file: string): PlotProperties {
    const outs = this.#plotOuts().filter((out) => isWithin(file, out.path));
    const out = outs.toSorted((a, b) => b.path.length - a.path.length)[0];
    const folders = this.#revision.index.plots.filter((plot) => isWithin(file, join(plot.folder, plot.id)) && !isMultiFile(plot));
    const folder = folders.toSorted((a, b) => b.id.length - a.id.length)[0];
    return {
      ...(out === undefined ? {} : readProperties(out.plot, (name) => name)),
      ...(folder === undefined ? {} : this.#propertiesOf(folder)),
    };
  }

  #add(definition: PlotDefinition): void {
    let group = this.#found.get(definition.config);
    if (group === undefined) this.#found.set(definition.config, (group = new Map()));
    const before = group.get(definition.id);
    group.set(definition.id, {
      ...definition,
      properties: overlay({ ...before?.properties, ...definition.properties }, this.#overrides),
      isStageOut: definition.isStageOut || before?.isStageOut === true,
    });
  }

  /** Whether a target is a prefix of the id, with or without its config file, as text or as a regular expression. */
  #matches(config: string, id: string): boolean {
    if (this.#targets.length === 0) return true;
    const hits = this.#targets.filter((target) => [id, `${config}::${id}`].some((name) => startsWith(name, target)));
    for (const target of hits) this.#matched.add(target);
    return hits.length > 0;
  }

  /** The file itself, or the drawable files below a folder. */
  async #files(path: string): Promise<string[]> {
    try {
      if ((await this.#revision.kind(path)) !== "folder") return [path];
      const files: string[] = [];
      await this.#walk(path, files);
      return files;
    } catch (error) {
      this.failed.push({ id: this.#shown(path), error });
      return [];
    }
  }

  async #walk(folder: string, files: string[]): Promise<void> {
    for (const entry of await this.#revision.list(folder)) {
      const path = join(folder, entry.name);
      if (entry.kind === "folder") await this.#walk(path, files);
      else if (isPlotData(path) || imageType(path) !== null) files.push(path);
    }
  }

  #shown(path: string): string {
    return this.#folder === "" ? path : posix.relative(this.#folder, path);
  }
}

function join(folder: string, name: string): string {
  const path = posix.normalize(posix.join(folder, name)).replace(/\/$/, "");
  return path === "." ? "" : path;
}

function isMultiFile(plot: PlotDeclared): boolean {
  return isAxisFiles(readProperties(plot.properties, (name) => name).y);
}

function isWithin(file: string, folder: string): boolean {
  return file === folder || folder === "" || file.startsWith(`${folder}/`);
}

/** The most specific of several declared paths that are the file or lie above it. */
function closest(file: string, declared: readonly string[]): string | undefined {
  return declared.filter((path) => isWithin(file, path)).toSorted((a, b) => b.length - a.length)[0];
}

function startsWith(name: string, target: string): boolean {
  if (name.startsWith(target)) return true;
  try {
    return new RegExp(`^(?:${target})`).test(name);
  } catch {
    return false;
  }
}
