import { InputError } from "../core/error.ts";
import type { Cell, PlotFile, Table } from "./plot-data.ts";
import { type AxisFiles, isAxisFiles, type PlotProperties } from "./plot-property.ts";

/** A line of a chart: one field of one file; `filename` lacks the folder that all files of the plot share. */
export interface SeriesName {
  readonly filename: string;
  readonly field: string;
}

/** Datapoints of one revision and what the chart is to show of them. */
export interface Series {
  readonly tables: readonly Table[];
  readonly x: string;
  readonly y: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly names: readonly SeriesName[];
}

interface FileField {
  readonly file: string;
  readonly field: string;
}

const rowIndex = "step";
const joinedX = "dvc_inferred_x_value";
const joinedY = "dvc_inferred_y_value";

/** A field is named that the data has not. */
export class FieldNotFoundError extends InputError {
  constructor(field: string, fields: readonly string[]) {
    super(`Could not find provided field ('${field}') in data fields ('${fields.join(", ")}').`);
  }
}

/**
 * Datapoints of a plot in one revision: all rows of each (file, field) of y with `rev`, `filename` and `field` added, as DVC makes them. Without x
 * the row number is `step`. Null when there is no row. `files` lacks those that could not be read.
 */
export function makeSeries(
  id: string,
  properties: PlotProperties,
  files: ReadonlyMap<string, PlotFile>,
  revision: string,
): Series | null {
  const ys = pairs(yAxis(id, properties, files));
  const xs = pairs(xAxis(id, properties));
  for (const pair of [...xs, ...ys]) verify(pair, files);
  if (xs.length > 1 && xs.length !== ys.length)
    throw new InputError(
      `Cannot have different number of x and y data sources. Found ${xs.length} x and ${ys.length} y data sources.`,
    );
  const xName = nameOf(xs, rowIndex, joinedX);
  const yName = nameOf(ys, "", joinedY);
  const prefix = commonFolder([...new Set(ys.map((pair) => pair.file))]);
  const names = ys.map(({ file, field }) => ({ filename: file.slice(prefix.length).replace(/^[/\\]+|[/\\]+$/g, ""), field }));
  const tables = ys.map((pair, index): Table => {
    const table = new Columns(files.get(pair.file)?.table ?? { columns: [], rows: [] });
    if (yName === joinedY) table.copy(joinedY, pair.field);
    const x = xs.length > 1 ? xs[index] : xs[0];
    if (x === undefined) table.set(rowIndex, (row) => BigInt(row));
    else joinX(table, xName, x, pair, files);
    const name = names[index];
    table.set("rev", () => revision);
    table.set("filename", () => name?.filename ?? "");
    table.set("field", () => pair.field);
    return table;
  });
  if (tables.every((table) => table.rows.length === 0)) return null;
  const xLabel = properties.xLabel ?? nameOf(xs, rowIndex, "x");
  return { tables, x: xName, y: yName, xLabel, yLabel: properties.yLabel ?? nameOf(ys, "", "y"), names };
}

/** The one field of several pairs, `none` when there is no pair, `many` when the fields differ. */
function nameOf(all: readonly FileField[], none: string, many: string): string {
  const fields = new Set(all.map((pair) => pair.field));
  return fields.size > 1 ? many : (all[0]?.field ?? none);
}

function yAxis(id: string, properties: PlotProperties, files: ReadonlyMap<string, PlotFile>): AxisFiles {
  if (isAxisFiles(properties.y)) return properties.y;
  if (properties.y !== undefined) return new Map([[id, properties.y]]);
  const last = files.get(id)?.lastField ?? null;
  return last === null ? new Map() : new Map([[id, [last]]]);
}

function xAxis(id: string, { x, y }: PlotProperties): AxisFiles {
  if (x === undefined || isAxisFiles(x)) return x ?? new Map();
  if (!isAxisFiles(y)) return new Map([[id, [x]]]);
  return new Map([...y].map(([file, fields]) => [file, fields.map(() => x)]));
}

function pairs(axis: AxisFiles): FileField[] {
  return [...axis].flatMap(([file, fields]) => fields.map((field) => ({ file, field })));
}

function verify({ file, field }: FileField, files: ReadonlyMap<string, PlotFile>): void {
  const table = files.get(file)?.table;
  if (table === undefined || table.rows.length === 0) return;
  const place = table.columns.indexOf(field);
  if (place !== -1 && table.rows[0]?.[place] !== undefined) return;
  throw new FieldNotFoundError(
    field,
    table.columns.filter((_, index) => table.rows[0]?.[index] !== undefined),
  );
}

function joinX(table: Columns, name: string, x: FileField, y: FileField, files: ReadonlyMap<string, PlotFile>): void {
  const source = files.get(x.file)?.table ?? { columns: [], rows: [] };
  if (source.rows.length !== table.rows.length)
    throw new InputError(
      `Cannot join '${x.field}' from '${x.file}' and '${y.field}' from '${y.file}'. They have to have same length.`,
    );
  const place = source.columns.indexOf(x.field);
  if (place !== -1) table.set(name, (row, before) => source.rows[row]?.[place] ?? before);
}

/** A copy of a table to which columns are added, or replaced where one of that name is there. */
class Columns implements Table {
  readonly columns: string[];
  readonly rows: Cell[][];

  constructor(table: Table) {
    this.columns = [...table.columns];
    this.rows = table.rows.map((row) => row.slice());
  }

  set(name: string, value: (row: number, before: Cell) => Cell): void {
    let place = this.columns.indexOf(name);
    if (place === -1) place = this.columns.push(name) - 1;
    for (const [index, row] of this.rows.entries()) row[place] = value(index, row[place]);
  }

  copy(name: string, from: string): void {
    const place = this.columns.indexOf(from);
    if (place !== -1) this.set(name, (row) => this.rows[row]?.[place]);
  }
}

/** The folder that several paths share, as text; empty for a single path. */
function commonFolder(paths: readonly string[]): string {
  const [first, ...rest] = paths.map((path) => path.split("/"));
  if (first === undefined || rest.length === 0) return "";
  let depth = 0;
  while (depth < first.length && rest.every((parts) => parts[depth] === first[depth])) depth++;
  return first.slice(0, depth).join("/");
}
