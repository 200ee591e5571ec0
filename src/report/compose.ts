import type { Block, Part, SectionName, Slots } from "./document.ts";
import { code, heading, name, paragraph, prose, strong, text } from "./document.ts";
import { plural } from "./number.ts";
import type { MetricRow } from "./judge.ts";
import type { Report } from "./report.ts";
import { changedRows, shortSha } from "./report.ts";
import { dataSummary, dataTable } from "./section/data.ts";
import { footer } from "./section/footer.ts";
import { gatesTable, tableOf } from "./section/gates.ts";
import { imageBlocks, imageLimitBytes, imageSlot } from "./section/images.ts";
import { metricsTable } from "./section/metrics.ts";
import { changedParams, paramsTable } from "./section/params.ts";
import { leadChart, plotBlocks, sideCharts } from "./section/plots.ts";
import { changedTogether } from "./section/together.ts";
import { isSame, verdictOf } from "./verdict.ts";

export interface ComposeOptions {
  /** `comment`: ten seconds, the rest folded. `page`: everything open. `terminal`: tables without pictures. */
  readonly form: "comment" | "page" | "terminal";
  /** Rows of a folded table. */
  readonly foldedRows: number;
  /** Sections that stand elsewhere already, placed by hand. */
  readonly skip?: ReadonlySet<SectionName>;
  /** Most plots and images below the fold, each; 20 unless set. */
  readonly foldedPictures?: number;
}

/** Most files that are listed with what is wrong with them. */
const shownProblems = 20;
/** Rows of a table above the fold. */
const openRows = 6;

/** The report as parts in order: frame (section null) and named sections. Facts only; the code claims no cause. */
export function compose(report: Report, options: ComposeOptions): Part[] {
  return [...composeOpening(report, options), composeEnd(report)].filter((part) => part.blocks.length > 0);
}

/** What could not be read, and the footer. */
export function composeEnd(report: Report): Part {
  const end = footer(report);
  return { section: null, blocks: [...problems(report), ...(end === null ? [] : [end])] };
}

/** All parts but the end: a terminal shows them before the plots are read. */
export function composeOpening(report: Report, options: ComposeOptions): Part[] {
  const verdict = verdictOf(report);
  const title = report.title === null ? [] : [heading(report.title)];
  const frame: Block[] = [
    ...title,
    ...report.warnings.map((warning): Block => ({ kind: "alert", alert: "warning", spans: prose(warning) })),
    verdict.alert === null
      ? { kind: "paragraph", spans: verdict.spans }
      : { kind: "alert", alert: verdict.alert, spans: verdict.spans },
  ];
  if (report.gates.length > 0 && report.comparison.base === null && verdict.outcome === "failed")
    frame.push(...noBaseline(report));
  const parts: Part[] = [{ section: null, blocks: frame }];
  if (verdict.outcome === "unchanged" && options.form !== "page") return parts;
  if (verdict.outcome === "empty") parts.push({ section: null, blocks: lookedFor(report) });
  parts.push(...(options.form === "page" ? openParts(report, { side: true }) : foldedParts(report, options)));
  return parts.filter((part) => part.blocks.length > 0);
}

function noBaseline(report: Report): Block[] {
  const why = report.comparison.noBaseline;
  if (why === null) return [];
  return [
    {
      kind: "alert",
      alert: "note",
      spans: [strong(text("No baseline: values only.")), text(" "), ...prose(`${why.reason}. ${why.mend}`)],
    },
  ];
}

function foldedParts(report: Report, options: ComposeOptions): Part[] {
  const has = (section: SectionName): boolean => options.skip?.has(section) !== true;
  const gates = has("gates") ? gatesTable(report, openRows) : { shown: null, rest: [] };
  const rows = has("metrics") ? report.rows : [];
  const changed =
    report.comparison.base === null
      ? rows.filter((row) => row.change.new !== undefined)
      : rows.filter((row) => row.judgement !== "unchanged");
  const above = changed.slice(0, openRows);
  const below = [
    ...changed.slice(openRows),
    ...(report.comparison.base === null || options.form === "terminal"
      ? []
      : rows.filter((row) => row.judgement === "unchanged")),
  ];
  const lead = options.form === "comment" && has("plots") ? leadChart(report) : null;
  const together = has("params") && has("data") ? changedTogether(report) : null;
  const parts: Part[] = [
    { section: "gates", blocks: gates.shown === null ? [] : [gates.shown] },
    { section: "metrics", blocks: above.length === 0 ? [] : [metricsTable(report, above)] },
    { section: "plots", blocks: lead === null ? [] : [{ kind: "chart", slot: lead.slot, alt: lead.alt }] },
    { section: "params", blocks: together === null ? [] : [together] },
  ];
  return [...parts, fold(report, options, { gates: gates.rest, rows: below, skip: lead?.slot ?? null })];
}

interface Rest {
  readonly gates: Report["gates"];
  readonly rows: readonly MetricRow[];
  readonly skip: string | null;
}

/** One fold with all that is left, its heading counting what is inside. */
function fold(report: Report, options: ComposeOptions, rest: Rest): Part {
  const { comparison } = report;
  const has = (section: SectionName): boolean => options.skip?.has(section) !== true;
  const params = !has("params") ? [] : comparison.base === null ? [...comparison.params] : changedParams(comparison);
  const plots =
    options.form === "terminal" || !has("plots") ? [] : plotBlocks(report, new Set(rest.skip === null ? [] : [rest.skip]));
  const images = options.form === "terminal" || !has("images") ? [] : imageBlocks(report);
  const data = has("data") ? comparison.data : [];
  const pictures = options.foldedPictures ?? 20;
  const unchanged = rest.rows.filter((row) => row.judgement === "unchanged").length;
  const further = rest.rows.length - unchanged;
  const gates = rest.gates.every((gate) => gate.outcome === "passed")
    ? `${plural(rest.gates.length, "gate")} passed`
    : plural(rest.gates.length, "further gate");
  const summary = [
    rest.gates.length > 0 ? gates : "",
    further > 0 ? plural(further, "further metric") : "",
    unchanged > 0 ? plural(unchanged, "unchanged metric") : "",
    params.length > 0 ? plural(params.length, "param") : "",
    plots.length > 0 ? plural(plots.length, "plot") : "",
    images.length > 0 ? plural(images.length, "image") : "",
    data.length > 0 ? dataSummary(data) : "",
  ].filter((part) => part !== "");
  if (summary.length === 0) return { section: null, blocks: [] };
  const blocks: Block[] = [
    ...(rest.gates.length > 0 ? [tableOf(rest.gates.slice(0, options.foldedRows))] : []),
    ...capped(rest.rows, options.foldedRows, "metrics", (rows) => metricsTable(report, rows)),
    ...capped(params, options.foldedRows, "params", (rows) => paramsTable(comparison, rows)),
    ...capped(data, options.foldedRows, "data changes", dataTable),
    ...firsts(plots, pictures, "plots"),
    ...firsts(images, pictures, "images"),
  ];
  return { section: null, blocks: [{ kind: "details", summary: summary.join(" · "), blocks }] };
}

function firsts(blocks: readonly Block[], limit: number, noun: string): Block[] {
  if (blocks.length <= limit) return [...blocks];
  return [...blocks.slice(0, limit), paragraph(text(`${blocks.length - limit} further ${noun} are in the full report.`))];
}

function capped<T>(items: readonly T[], limit: number, noun: string, table: (items: readonly T[]) => Block): Block[] {
  if (items.length === 0) return [];
  const shown = table(items.slice(0, limit));
  return items.length <= limit
    ? [shown]
    : [shown, paragraph(text(`${items.length - limit} further ${noun} are in the full report.`))];
}

export interface OpenOptions {
  /** Most rows of a table. */
  readonly rows?: number;
  /** Most plots, and most images. */
  readonly pictures?: number;
  /** Charts may stand beside the table of metrics. */
  readonly side?: boolean;
}

/** Every section by itself, nothing folded: for the page, and for prose that places sections by hand. */
export function openParts(report: Report, options: OpenOptions = {}): Part[] {
  const { comparison } = report;
  const { rows = 2000, pictures = Number.POSITIVE_INFINITY } = options;
  const params = comparison.base === null ? [...comparison.params] : changedParams(comparison);
  const together = changedTogether(report);
  const changed = comparison.base === null ? report.rows.filter((row) => row.change.new !== undefined) : changedRows(report);
  const unchanged = comparison.base === null ? [] : report.rows.filter((row) => row.judgement === "unchanged");
  const section = (named: SectionName, title: string, blocks: readonly Block[]): Part => ({
    section: named,
    blocks: blocks.length === 0 ? [] : [heading(title), ...blocks],
  });
  const unchangedTable: Block[] =
    unchanged.length === 0
      ? []
      : [
          {
            kind: "details",
            summary: plural(unchanged.length, "unchanged metric"),
            blocks: capped(unchanged, rows, "metrics", (some) => metricsTable(report, some)),
          },
        ];
  const table = capped(changed, rows, "metrics", (some) => metricsTable(report, some));
  const rest = [...table, ...(together === null ? [] : [together]), ...unchangedTable];
  const side = options.side === true && table.length > 0 && report.others.length === 0 ? sideCharts(report, changed.length) : [];
  const beside = new Set(side.map(({ slot }) => slot));
  return [
    section("gates", "Gates", report.gates.length === 0 ? [] : [tableOf(report.gates)]),
    section("metrics", "Metrics", [...(side.length === 0 ? rest : [{ kind: "beside" as const, main: rest, side }])]),
    section(
      "params",
      "Params",
      capped(params, rows, "params", (some) => paramsTable(comparison, some)),
    ),
    section("plots", "Plots", firsts(plotBlocks(report, beside), pictures, "plots")),
    section("images", "Images", firsts(imageBlocks(report), pictures, "images")),
    section("data", "Data", capped(comparison.data, rows, "data changes", dataTable)),
  ];
}

function problems(report: Report): Block[] {
  const { base, problems: found } = report.comparison;
  const groups = new Map<string, { place: string; message: string; revisions: Set<string> }>();
  for (const problem of found) {
    const place = problem.line === null ? problem.file : `${problem.file}:${problem.line}`;
    const message = reworded(problem.message, problem.file);
    const group = groups.get(`${place}\n${message}`) ?? { place, message, revisions: new Set<string>() };
    group.revisions.add(revisionName(problem.revision, base));
    groups.set(`${place}\n${message}`, group);
  }
  if (groups.size === 0) return [];
  const items = [...groups.values()].slice(0, shownProblems).map(({ place, message, revisions }) => {
    const where = [...revisions].filter((revision) => revision !== "");
    const on = where.length === 0 || revisions.has("") ? [] : [text(" on "), name(where.join(", "))];
    return [code(place), ...on, text(": "), ...prose(message)];
  });
  const more = groups.size > shownProblems ? [[text(`${groups.size - shownProblems} further`)]] : [];
  const things = new Set(found.map((problem) => problem.file)).size;
  const summary = `${plural(things, "file or chart", "files or charts")} could not be read or drawn`;
  return [{ kind: "details", summary, blocks: [{ kind: "list", items: [...items, ...more] }] }];
}

/** The work tree needs no name; the base has one. */
function revisionName(revision: string, base: Report["comparison"]["base"]): string {
  if (revision === "workspace") return "";
  if (base !== null && revision === base.sha) return base.name;
  return /^[0-9a-f]{40,}$/.test(revision) ? shortSha(revision) : revision;
}

/** Without the place, which stands in front, and in our words where DVC's are those of its storage layer. */
function reworded(message: string, file: string): string {
  const rest = message.startsWith(`${file}:`) ? message.slice(file.length).replace(/^(?::\d+)*:\s*/, "") : message;
  return rest.startsWith("[Errno 2] No storage files available")
    ? "its content is neither in the cache nor in a remote that could be read; `cml pull` brings it"
    : rest;
}

/** The report of a repository without metrics: what was looked for, what was seen, and the line that uses it. */
function lookedFor(report: Report): Block[] {
  const { sources } = report.comparison;
  const tried =
    sources.tried.length === 0
      ? []
      : [
          paragraph(
            text("Looked for: "),
            ...sources.tried.flatMap((pattern, index) => [...(index === 0 ? [] : [text(", ")]), code(pattern)]),
          ),
        ];
  const seen = sources.seen.map((sentence) => paragraph(...prose(sentence)));
  return [
    ...tried,
    ...seen,
    paragraph(
      text("To use a file of your own: "),
      code("cml report --metrics path/to/metrics.json"),
      text(" (or "),
      code("metrics: [path/to/metrics.json]"),
      text(" in "),
      code("cml.yaml"),
      text(")"),
    ),
  ];
}

export function slotsOf(report: Report): Slots {
  const images = new Map<string, { path: string; mediaType: string; bytes: Uint8Array }>();
  for (const image of report.comparison.images) {
    for (const side of ["old", "new"] as const) {
      const bytes = image[side];
      if (bytes === null || bytes.length > imageLimitBytes) continue;
      images.set(imageSlot(image.path, side), { path: image.path, mediaType: image.mediaType, bytes });
    }
  }
  return { charts: report.charts, images };
}

/** Whether the report has anything to say; for `--when change`. */
export function hasChange(report: Report): boolean {
  return !isSame(report);
}
