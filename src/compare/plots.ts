import { CmlError, NotFoundError } from "../core/error.ts";
import type { Chart } from "./plot-chart.ts";
import { imageType, type PlotFile } from "./plot-data.ts";
import {
  collectDefinitions,
  type DefinitionOptions,
  type Definitions,
  type PlotDefinition,
  type PlotRevision,
} from "./plot-definition.ts";
import { isAxisFiles, type PlotProperties } from "./plot-property.ts";
import { FieldNotFoundError, makeSeries, type Series } from "./plot-series.ts";
import { PlotFileMissingError, PlotSource, TemplateFinder, TemplateNotFoundError } from "./plot-source.ts";
import type { Template } from "./plot-template.ts";

export interface PlotError {
  readonly name?: string;
  readonly rev: string;
  readonly source?: string;
  /** Class of the error in DVC's words. */
  readonly type: string;
  readonly msg: string;
  readonly line: number | null;
  /** The file is not there, and nobody tracks it. */
  readonly isMissing: boolean;
}

export interface ChartPlot {
  readonly kind: "chart";
  readonly id: string;
  /** Null when no revision has datapoints or the template is missing; `errors` say why. */
  readonly chart: Chart | null;
  readonly template: Template | null;
  /** Series of each revision that has datapoints. */
  readonly series: ReadonlyMap<string, Series>;
}

export interface ImagePlot {
  readonly kind: "image";
  readonly id: string;
  /** Bytes by revision, in the order of the revisions. */
  readonly images: ReadonlyMap<string, Uint8Array>;
}

export interface Gathered {
  readonly plots: readonly (ChartPlot | ImagePlot)[];
  readonly errors: readonly PlotError[];
  /** Targets that no revision knows. */
  readonly unmatched: readonly string[];
}

export interface GatherOptions extends DefinitionOptions {
  /**
   * What becomes of a file that is declared twice, on a stage and at top level. DVC draws it twice (`apart`); `named` draws it once when the
   * stage names the file itself, `always` also when the stage declares a folder above it. The top level's properties win.
   */
  readonly merge?: "apart" | "named" | "always";
  /** Where templates are looked for, first one first; the revisions themselves unless given. */
  readonly templates?: readonly PlotRevision[];
  /** Definitions beyond the declared ones. */
  readonly further?: (source: PlotSource, declared: ReadonlySet<string>) => Promise<readonly PlotDefinition[]>;
}

interface Member {
  readonly source: PlotSource;
  readonly definition: PlotDefinition;
}

/** Reads all plots of several revisions; the first revision's properties of a plot win, series and colours follow their order. */
export async function gatherPlots(revisions: readonly PlotRevision[], options: GatherOptions = {}): Promise<Gathered> {
  const folder = options.folder ?? "";
  const templates = new TemplateFinder(options.templates ?? revisions, folder);
  const groups = new Map<string, Member[]>();
  const errors: PlotError[] = [];
  const unmatched: (readonly string[])[] = [];
  for (const revision of revisions) {
    const source = new PlotSource(revision, folder);
    const definitions = await collectDefinitions(revision, options);
    unmatched.push(definitions.unmatched);
    for (const { id, error } of definitions.failed) errors.push(describe(error, { name: id, rev: revision.name, source: id }));
    const declared = new Set(definitions.found.map((definition) => definition.id));
    const further = (await options.further?.(source, declared)) ?? [];
    for (const [id, definition] of identify(definitions, options.merge ?? "apart")) push(groups, id, { source, definition });
    for (const definition of further) push(groups, definition.id, { source, definition });
  }
  const plots: (ChartPlot | ImagePlot)[] = [];
  for (const [id, members] of groups) {
    const isImage = imageType(members[0]?.definition.id ?? "") !== null;
    plots.push(isImage ? await gatherImage(members, errors) : await gatherChart(id, members, templates, errors));
  }
  const [first, ...rest] = unmatched;
  return { plots, errors, unmatched: (first ?? []).filter((target) => rest.every((others) => others.includes(target))) };
}

function push(groups: Map<string, Member[]>, id: string, member: Member): void {
  const group = groups.get(id);
  if (group === undefined) groups.set(id, [member]);
  else group.push(member);
}

/** Ids of the plots of a revision: where several config files use one id, it is preceded by the config file. */
function identify(definitions: Definitions, merge: "apart" | "named" | "always"): Map<string, PlotDefinition> {
  const byId = new Map<string, PlotDefinition[]>();
  for (const definition of definitions.found) byId.set(definition.id, [...(byId.get(definition.id) ?? []), definition]);
  const plots = new Map<string, PlotDefinition>();
  for (const [id, all] of byId) {
    const merged = mergeTwice(all, merge);
    for (const definition of merged)
      plots.set(merged.length > 1 && definition.config !== "" ? `${definition.config}::${id}` : id, definition);
  }
  return plots;
}

function mergeTwice(all: readonly PlotDefinition[], merge: "apart" | "named" | "always"): readonly PlotDefinition[] {
  const stage = all.find((definition) => definition.config === "");
  const tops = all.filter((definition) => definition.config !== "" && !isAxisFiles(definition.properties.y));
  const top = tops[0];
  if (merge === "apart" || stage === undefined || top === undefined) return all;
  if (merge === "named" && !stage.isStageOut) return all;
  const one = { ...top, properties: { ...stage.properties, ...top.properties } };
  return [one, ...all.filter((definition) => definition !== stage && !tops.includes(definition))];
}

async function gatherImage(members: readonly Member[], errors: PlotError[]): Promise<ImagePlot> {
  const images = new Map<string, Uint8Array>();
  const id = members[0]?.definition.id ?? "";
  for (const { source } of members) {
    const rev = source.revision.name;
    try {
      images.set(rev, await source.image(id));
    } catch (error) {
      errors.push(describe(error, { name: id, rev, source: id }));
    }
  }
  return { kind: "image", id, images };
}

async function gatherChart(
  id: string,
  members: readonly Member[],
  templates: TemplateFinder,
  errors: PlotError[],
): Promise<ChartPlot> {
  const properties = members.reduceRight<PlotProperties>((rest, { definition }) => ({ ...rest, ...definition.properties }), {});
  const series = new Map<string, Series>();
  for (const { source, definition } of members) {
    const rev = source.revision.name;
    const files = await readFiles(id, source, definition, properties.header, errors);
    try {
      const made = makeSeries(definition.id, properties, files, rev);
      if (made !== null) series.set(rev, made);
    } catch (error) {
      errors.push(describe(error, { name: id, rev }));
    }
  }
  const none = { kind: "chart", id, chart: null, template: null, series } as const;
  const [first] = series.values();
  if (first === undefined) return none;
  const { x, y, xLabel, yLabel, names } = first;
  const tables = [...series.values()].flatMap((one) => one.tables);
  const chart = { title: properties.title ?? id, x, y, xLabel, yLabel, names, tables, revisions: [...series.keys()] };
  try {
    return { kind: "chart", id, chart, template: await templates.find(properties.template ?? "linear"), series };
  } catch (error) {
    for (const rev of series.keys()) errors.push(describe(error, { name: id, rev }));
    return none;
  }
}

/** Files of a plot that could be read; the others are told in `errors`. */
async function readFiles(
  name: string,
  source: PlotSource,
  { id, properties }: PlotDefinition,
  header: boolean | undefined,
  errors: PlotError[],
): Promise<Map<string, PlotFile>> {
  const files = new Map<string, PlotFile>();
  for (const file of sourcesOf(id, properties)) {
    try {
      files.set(file, await source.data(file, header));
    } catch (error) {
      errors.push(describe(error, { name, rev: source.revision.name, source: file }));
    }
  }
  return files;
}

function sourcesOf(id: string, { x, y }: PlotProperties): Set<string> {
  return new Set([...(isAxisFiles(y) ? y.keys() : [id]), ...(isAxisFiles(x) ? x.keys() : [])]);
}

/** Failures are answers here, a bug is none: it goes on up. */
export function describe(error: unknown, where: { name: string; rev: string; source?: string }): PlotError {
  if (!(error instanceof CmlError)) throw error;
  const line = typeof error.details["line"] === "number" ? error.details["line"] : null;
  return {
    ...where,
    type: typeOf(error),
    msg: messageOf(error, where.source ?? where.name),
    line,
    isMissing: error instanceof PlotFileMissingError,
  };
}

/** Class name that DVC gives to such a failure. */
function typeOf(error: CmlError): string {
  if (error instanceof TemplateNotFoundError) return "TemplateNotFoundError";
  if (error instanceof FieldNotFoundError) return "FieldNotFoundError";
  return error instanceof NotFoundError ? "FileNotFoundError" : "DvcException";
}

function messageOf(error: CmlError, source: string): string {
  if (!(error instanceof NotFoundError) || error instanceof TemplateNotFoundError) return error.message;
  return `[Errno 2] ${error instanceof PlotFileMissingError ? "No such file or directory" : "No storage files available"}: '${source}'`;
}
