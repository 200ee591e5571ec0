import { at, isObject, type Json } from "./plot-static-json.ts";

/** More rows than this are thinned for a picture of some hundred pixels. */
const rowLimit = 5_000;
const pointsPerSeries = 1_000;
const seriesColumns = ["rev", "filename", "field", "filename::field"];

/** A line chart keeps of each stretch of a series its first, lowest, highest and last row; a scatter chart every n-th row. */
export function thin(spec: Json): Json {
  const values = at(spec, "data", "values");
  const data = spec["data"];
  if (!Array.isArray(values) || values.length <= rowLimit || !isObject(data) || !values.every(isObject)) return spec;
  const marks = marksOf(spec);
  const field = yField(spec);
  if (marks.has("rect") || marks.has("bar") || field === null) return spec;
  const kept = [...bySeries(values).values()].flatMap((rows) => (marks.has("line") ? extremes(rows, field) : everyNth(rows)));
  return { ...spec, data: { ...data, values: kept } };
}

function marksOf(spec: unknown, found = new Set<unknown>()): Set<unknown> {
  if (!isObject(spec)) return found;
  found.add(isObject(spec["mark"]) ? spec["mark"]["type"] : spec["mark"]);
  for (const layer of Array.isArray(spec["layer"]) ? spec["layer"] : []) marksOf(layer, found);
  return marksOf(spec["spec"], found);
}

/** Column on y with Vega's escapes taken off. */
function yField(spec: Json): string | null {
  const field = at(spec, "encoding", "y", "field") ?? at(spec, "layer", 0, "encoding", "y", "field");
  return typeof field === "string" ? field.replace(/\\(.)/g, "$1") : null;
}

function bySeries(rows: readonly Json[]): Map<string, Json[]> {
  const series = new Map<string, Json[]>();
  for (const row of rows) {
    const key = JSON.stringify(seriesColumns.map((column) => row[column] ?? null));
    const list = series.get(key);
    if (list === undefined) series.set(key, [row]);
    else list.push(row);
  }
  return series;
}

function extremes(rows: readonly Json[], field: string): Json[] {
  const size = Math.ceil((rows.length * 4) / pointsPerSeries);
  if (size <= 4) return [...rows];
  const kept: Json[] = [];
  for (let start = 0; start < rows.length; start += size) {
    const end = Math.min(start + size, rows.length);
    let low = start;
    let high = start;
    for (let index = start; index < end; index++) {
      if (Number(rows[index]?.[field]) < Number(rows[low]?.[field])) low = index;
      if (Number(rows[index]?.[field]) > Number(rows[high]?.[field])) high = index;
    }
    for (const index of [...new Set([start, low, high, end - 1])].toSorted((a, b) => a - b)) {
      const row = rows[index];
      if (row !== undefined) kept.push(row);
    }
  }
  return kept;
}

function everyNth(rows: readonly Json[]): Json[] {
  const step = Math.max(1, Math.ceil(rows.length / pointsPerSeries));
  return rows.filter((_, index) => index % step === 0);
}
