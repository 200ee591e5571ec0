import { compareCodePoints } from "../core/text.ts";
import { InputError } from "../core/error.ts";
import type { Cell, Table } from "./plot-data.ts";
import type { SeriesName } from "./plot-series.ts";
import { anchorText, Datapoints, escapeField, fillTemplate, type Node, type NodeMap, type Template } from "./plot-template.ts";

/** A chart with the datapoints of all its revisions, before its template is filled. */
export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly names: readonly SeriesName[];
  readonly tables: readonly Table[];
  /** Those that have datapoints, in the order of their colours. */
  readonly revisions: readonly string[];
}

export interface FilledChart {
  readonly content: NodeMap;
  /** With `split`, what the anchors left in the content stand for; empty otherwise. */
  readonly definitions: NodeMap;
}

/** The anchors that `--split` leaves in the template. */
const splitAnchors = new Set([
  "COLOR",
  "DATA",
  "PLOT_HEIGHT",
  "PLOT_WIDTH",
  "SHAPE",
  "STROKE_DASH",
  "TITLE",
  "TOOLTIP",
  "X_LABEL",
  "Y_LABEL",
  "ZOOM_AND_PAN",
]);
const requiredAnchors = new Set(["DATA", "TITLE", "X", "Y", "X_LABEL", "Y_LABEL"]);

const colors: readonly Node[] = ["#945dd6", "#13adc7", "#f46837", "#48bb78", "#4299e1", "#ed8936", "#f56565"];
const dashes: readonly Node[] = [
  [1n, 0n],
  [8n, 8n],
  [8n, 4n],
  [4n, 4n],
  [4n, 2n],
  [2n, 1n],
  [1n, 1n],
];
const shapes: readonly Node[] = ["circle", "square", "triangle", "diamond"];

/** Fills a template with a chart, as dvc-render does: anchors that the template has not are not made. */
export function fillChart(template: Template, chart: Chart, split = false): FilledChart {
  if (!template.anchors.has("DATA") && !split)
    throw new InputError(`Template '${template.name}' is not using '${anchorText("DATA")}' anchor`);
  const optional = optionalAnchors(template, chart);
  const prunes = [...template.anchors].some((name) => optional.has(name));
  const varying = varyingKeys(chart.names);
  const tables = prunes ? chart.tables.map((table) => prune(table, varying)) : chart.tables;
  const values = new Map<string, Node>([
    ["TITLE", chart.title],
    ["X", escapeField(chart.x)],
    ["Y", escapeField(chart.y)],
    ["X_LABEL", chart.xLabel],
    ["Y_LABEL", chart.yLabel],
    ["DATA", new Datapoints(tables)],
  ]);
  for (const [name, value] of optional) if (template.anchors.has(name)) values.set(name, value);
  if (!split) return { content: fillTemplate(template.content, values), definitions: new Map() };
  const isOpen = (name: string): boolean =>
    splitAnchors.has(name) && (requiredAnchors.has(name) || (template.anchors.has(name) && !isEmpty(values.get(name))));
  const entries = [...values];
  return {
    content: fillTemplate(template.content, new Map(entries.filter(([name]) => !isOpen(name)))),
    definitions: new Map(entries.filter(([name]) => isOpen(name)).map(([name, value]) => [anchorText(name), value])),
  };
}

/** With one series the encodings that tell series apart are empty and are filled even when the rest is split off. */
function isEmpty(node: Node | undefined): boolean {
  return node instanceof Map && node.size === 0;
}

function optionalAnchors(template: Template, chart: Chart): Map<string, Node> {
  const varying = varyingKeys(chart.names);
  const key = varying.join("::");
  const isSingle = key === "";
  const group = isSingle ? ["rev"] : ["rev", key];
  const none: NodeMap = new Map();
  const split: NodeMap = new Map<string, Node>([
    ["field", key],
    ["sort", []],
  ]);
  const domain = isSingle ? [] : domainOf(chart.names, varying);
  const tooltip = ["rev", chart.x, chart.y, ...(isSingle ? [] : [key])].map((field): Node => new Map([["field", field]]));
  return new Map<string, Node>([
    ["COLOR", scale("rev", chart.revisions, colors)],
    [
      "ZOOM_AND_PAN",
      new Map([
        ["name", "grid"],
        ["select", "interval"],
        ["bind", "scales"],
      ]),
    ],
    ["PLOT_HEIGHT", 300n],
    ["PLOT_WIDTH", 300n],
    ["GROUP_BY", group],
    ["GROUP_BY_X", [...group, chart.x]],
    ["GROUP_BY_Y", [...group, chart.y]],
    ["PIVOT_FIELD", ["rev", ...varying].map((name) => `datum.${name}`).join(" + '::' + ")],
    ["ROW", isSingle ? none : split],
    ["COLUMN", isSingle ? none : split],
    ["TOOLTIP", tooltip],
    ["STROKE_DASH", isSingle ? none : seriesScale(key, domain, dashes)],
    ["SHAPE", isSingle ? none : seriesScale(key, domain, shapes)],
  ]);
}

function scale(field: string, domain: readonly string[], range: readonly Node[]): NodeMap {
  const used = domain.map((_, index) => range[index % range.length] ?? null);
  return new Map<string, Node>([
    ["field", field],
    [
      "scale",
      new Map<string, Node>([
        ["domain", domain],
        ["range", used],
      ]),
    ],
  ]);
}

/** The legend's symbols are drawn empty: filled ones would hide dashes and shapes. */
function seriesScale(field: string, domain: readonly string[], range: readonly Node[]): NodeMap {
  const legend = new Map([
    ["symbolFillColor", "transparent"],
    ["symbolStrokeColor", "grey"],
  ]);
  return new Map<string, Node>([...scale(field, domain, range), ["legend", legend]]);
}

/** Which of `filename` and `field` tells the series apart. */
function varyingKeys(names: readonly SeriesName[]): ("filename" | "field")[] {
  const keys = ["filename", "field"] as const;
  return keys.filter((key) => new Set(names.map((name) => name[key])).size > 1);
}

function domainOf(names: readonly SeriesName[], varying: readonly ("filename" | "field")[]): string[] {
  const values = new Set(names.map((name) => varying.map((key) => name[key]).join("::")));
  return [...values].toSorted(compareCodePoints);
}

/** Leaves of `filename` and `field` what varies; when both do, one column `filename::field` stands for them. */
function prune(table: Table, varying: readonly ("filename" | "field")[]): Table {
  const places = varying.map((key) => table.columns.indexOf(key));
  const isJoined = varying.length === 2;
  const kept = [...table.columns.keys()].filter((index) => {
    const column = table.columns[index];
    if (column !== "filename" && column !== "field") return true;
    return !isJoined && varying.some((key) => key === column);
  });
  const rows = table.rows.map((row): Cell[] => {
    const cells = kept.map((index) => row[index]);
    if (isJoined) cells.push(places.map((place) => String(row[place])).join("::"));
    return cells;
  });
  const columns = kept.map((index) => table.columns[index] ?? "");
  return { columns: isJoined ? [...columns, "filename::field"] : columns, rows };
}
