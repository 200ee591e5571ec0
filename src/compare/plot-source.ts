import { posix } from "node:path";
import { InputError, NotFoundError } from "../core/error.ts";
import { imageType, readPlotFile, type PlotFile } from "./plot-data.ts";
import type { PlotRevision } from "./plot-definition.ts";
import { readProperties } from "./plot-property.ts";
import { builtinTemplate, parseTemplate, type Template } from "./plot-template.ts";

/** Data files larger than this are not read: a chart is made of points that a person can see. */
const dataLimitBytes = 200_000_000;
const imageLimitBytes = 50_000_000;
const templateLimitBytes = 5_000_000;

/** Files of one revision as plots name them (relative to `folder`), each read and parsed once. */
export class PlotSource {
  readonly revision: PlotRevision;
  readonly #folder: string;
  readonly #files = new Map<string, Promise<PlotFile>>();

  constructor(revision: PlotRevision, folder: string) {
    this.revision = revision;
    this.#folder = folder;
  }

  /** `NotFoundError` when the file is in no place, `InputError` when it is not what its suffix says. */
  data(name: string, header: boolean | undefined): Promise<PlotFile> {
    const path = repositoryPath(this.#folder, name);
    const hasHeader = header ?? this.#declaredHeader(path) ?? true;
    const key = `${hasHeader}:${path}`;
    let file = this.#files.get(key);
    if (file === undefined) this.#files.set(key, (file = this.#parse(name, path, hasHeader)));
    return file;
  }

  async image(name: string): Promise<Uint8Array> {
    return this.#bytes(name, repositoryPath(this.#folder, name), imageLimitBytes);
  }

  async #parse(name: string, path: string, header: boolean): Promise<PlotFile> {
    if (imageType(name) !== null) throw new InputError(`${name}: an image has no datapoints`, { details: { file: name } });
    return readPlotFile(name, await this.#bytes(name, path, dataLimitBytes), { header });
  }

  async #bytes(name: string, path: string, limitBytes: number): Promise<Uint8Array> {
    const bytes = path.startsWith("..") ? null : await this.revision.read(path, { limitBytes });
    if (bytes === null) throw new PlotFileMissingError(name);
    return bytes;
  }

  /** `header` of the stage's plot at or above a file. */
  #declaredHeader(path: string): boolean | undefined {
    const outs = this.revision.index.outs.filter(
      (out) => out.kind === "plot" && (out.path === path || path.startsWith(`${out.path}/`)),
    );
    const nearest = outs.toSorted((a, b) => b.path.length - a.path.length)[0];
    return nearest === undefined ? undefined : readProperties(nearest.plot, (file) => file).header;
  }
}

/** Finds templates in `.dvc/plots`, then as a path, in the first of several revisions that has it, then among the built-in ones. */
export class TemplateFinder {
  readonly #revisions: readonly PlotRevision[];
  readonly #folder: string;
  readonly #found = new Map<string, Promise<Template>>();

  constructor(revisions: readonly PlotRevision[], folder: string) {
    this.#revisions = revisions;
    this.#folder = folder;
  }

  /** `NotFoundError` for an unknown name, `InputError` for a file that is no template. */
  find(name: string): Promise<Template> {
    let template = this.#found.get(name);
    if (template === undefined) this.#found.set(name, (template = this.#search(name)));
    return template;
  }

  async #search(name: string): Promise<Template> {
    for (const revision of this.#revisions) {
      const template = await this.#searchIn(revision, name);
      if (template !== null) return template;
    }
    const template = builtinTemplate(name);
    if (template === null) throw new TemplateNotFoundError(name);
    return template;
  }

  async #searchIn(revision: PlotRevision, name: string): Promise<Template | null> {
    const stem = name.slice(0, name.length - posix.extname(name).length);
    const folders = revision.index.projects.map((project) => posix.join(project.folder, ".dvc/plots"));
    const candidates = folders.flatMap((folder) => [posix.join(folder, name), posix.join(folder, `${stem}.json`)]);
    for (const path of [...candidates, repositoryPath(this.#folder, name)]) {
      if (path.startsWith("..") || path.startsWith("/")) continue;
      const bytes = await revision.read(path, { limitBytes: templateLimitBytes });
      if (bytes !== null) return parseTemplate(name, path, bytes);
    }
    return null;
  }
}

/** Neither a file nor anything that DVC tracks; tracked content that cannot be had is another `NotFoundError`. */
export class PlotFileMissingError extends NotFoundError {
  constructor(name: string) {
    super(`No such file or directory: '${name}'`, { details: { file: name } });
  }
}

export class TemplateNotFoundError extends NotFoundError {
  constructor(name: string) {
    super(`Template '${name}' not found.`);
  }
}

function repositoryPath(folder: string, name: string): string {
  return posix.normalize(posix.join(folder, name));
}
