import { posix } from "node:path";
import { InputError } from "../core/error.ts";
import { readJson } from "../core/json.ts";
import { decodeText, errorAt } from "../core/place.ts";
import { isMapping, type Mapping, type Value } from "../core/value.ts";

/** A cell is undefined where its row has no such field. */
export type Cell = Value | undefined;

/** Datapoints as a table: a row holds its cells in the order of `columns`. No objects, so that a column may be called `__proto__`. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface PlotFile {
  readonly table: Table;
  /** Drawn on y when no field is named: the last field of the first row. */
  readonly lastField: string | null;
}

/** A chart of more rows is no use to anybody and takes the browser down. */
export const rowLimit = 200_000;

const imageTypes: ReadonlyMap<string, string> = new Map([
  [".jpg", "image/jpeg"],
  [".jpeg", "image/jpeg"],
  [".gif", "image/gif"],
  [".png", "image/png"],
  [".svg", "image/svg+xml"],
]);

/** Media type of an image that is drawn as it is, null for anything else; suffixes are matched as written, as DVC does. */
export function imageType(path: string): string | null {
  return imageTypes.get(posix.extname(path)) ?? null;
}

const dataSuffixes = new Set([".csv", ".tsv", ".json", ".yaml", ".yml", ".toml"]);

export function isPlotData(path: string): boolean {
  return dataSuffixes.has(posix.extname(path));
}

/**
 * Reads the datapoints of a file. Cells of CSV and TSV stay text; without a header the columns are `0`, `1`, …. In JSON, YAML and TOML every
 * list of records is taken that stands at the top or inside mappings, joined row by row. `InputError` with the line, or over `rowLimit`.
 */
export async function readPlotFile(path: string, bytes: Uint8Array, options: { header: boolean }): Promise<PlotFile> {
  const text = decodeText(bytes, path);
  switch (posix.extname(path)) {
    case ".csv":
      return readSeparated(path, text, ",", options.header);
    case ".tsv":
      return readSeparated(path, text, "\t", options.header);
    case ".json":
      return readRecords(path, readJson(text, path));
    case ".yaml":
    case ".yml":
      return readRecords(path, await (await import("../core/yaml.ts")).readYaml(text, path));
    case ".toml":
      return readRecords(path, await (await import("../core/toml.ts")).readToml(text, path));
    default:
      throw new InputError(`'${path}' - file type error: only JSON, YAML, TOML, CSV and TSV files and images can be drawn`, {
        details: { file: path },
      });
  }
}

async function readSeparated(path: string, text: string, delimiter: string, header: boolean): Promise<PlotFile> {
  const records = plainRecords(path, text, delimiter) ?? (await quotedRecords(path, text, delimiter));
  const first = records[0] ?? [];
  const names = header ? first : first.map((_, index) => String(index));
  const body = header ? records.slice(1) : records;
  checkRowCount(path, body.length);
  return separatedFile(names, body);
}

/** Without quotes a line is a row; null when the full parser is needed, which costs more memory than all else that a command does. */
function plainRecords(path: string, text: string, delimiter: string): string[][] | null {
  if (text.includes('"') || text.includes("\r")) return null;
  const records: string[][] = [];
  let width = -1;
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const record = line.split(delimiter);
    if (width === -1) width = record.length;
    if (record.length > width) throw tooWide(path, index + 1, record.length, width);
    if (records.push(record) > rowLimit + 1) break;
  }
  return records;
}

async function quotedRecords(path: string, text: string, delimiter: string): Promise<readonly string[][]> {
  const { CsvError, parse } = await import("csv-parse/sync");
  let width = -1;
  try {
    return parse(text, {
      delimiter,
      relax_column_count: true,
      // A stray quote inside a cell is text, as in Python's reader.
      relax_quotes: true,
      skip_empty_lines: true,
      to: rowLimit + 2,
      on_record(record: string[], info) {
        if (width === -1) width = record.length;
        if (record.length > width) throw tooWide(path, info.lines, record.length, width);
        return record;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number(Reflect.get(error, "lines") ?? 1);
    throw errorAt(path, { line }, `not valid ${delimiter === "," ? "CSV" : "TSV"}: ${error.message}`, error);
  }
}

function tooWide(path: string, line: number, cells: number, width: number): InputError {
  return errorAt(path, { line }, `row of ${cells} cells, the first row has ${width}`);
}

/** A short row lacks its last fields (null, as in Python's reader); of two columns of one name the later one counts. */
function separatedFile(names: readonly string[], records: readonly (readonly string[])[]): PlotFile {
  const places = new Map(names.map((name, index) => [name, index]));
  const columns = [...places.keys()];
  const order = [...places.values()];
  const plain = columns.length === names.length;
  const rows = records.map((record) =>
    plain && record.length === names.length ? record : order.map((index) => record[index] ?? null),
  );
  return { table: { columns, rows }, lastField: rows.length === 0 ? null : (columns.at(-1) ?? null) };
}

function checkRowCount(path: string, count: number): void {
  if (count > rowLimit)
    throw new InputError(`${path}: more than ${rowLimit.toLocaleString("en-US")} rows`, {
      hint: "write fewer points, or leave the file out of `plots`",
      details: { file: path },
    });
}

function readRecords(path: string, value: Value): PlotFile {
  let lastField: string | null = null;
  const columns = new Map<string, number>();
  const rows: Cell[][] = [];
  for (const list of listsOf(value)) {
    const records = list.filter(isMapping);
    const first = records[0];
    if (first === undefined || records.length !== list.length) continue;
    checkRowCount(path, list.length);
    lastField ??= [...first.keys()].at(-1) ?? null;
    if (haveFieldsOf(first, records)) join(rows, columns, records);
  }
  if (columns.size === 0) throw new InputError(`${path}: no list of records with equal fields`, { details: { file: path } });
  const width = columns.size;
  for (const row of rows) while (row.length < width) row.push(undefined);
  return { table: { columns: [...columns.keys()], rows }, lastField };
}

/** Lists at the top or inside mappings; a list in a list is a value. */
function* listsOf(value: Value): Generator<readonly Value[]> {
  if (Array.isArray(value)) yield value;
  else if (isMapping(value)) for (const inner of value.values()) yield* listsOf(inner);
}

/** A record may lack a field of the first one; a field that the first one lacks makes the list something else than datapoints. */
function haveFieldsOf(first: Mapping, records: readonly Mapping[]): boolean {
  return records.every((record) => {
    for (const key of record.keys()) if (!first.has(key)) return false;
    return true;
  });
}

function join(rows: Cell[][], columns: Map<string, number>, records: readonly Mapping[]): void {
  records.forEach((record, index) => {
    const row = (rows[index] ??= []);
    for (const [key, value] of record) {
      let place = columns.get(key);
      if (place === undefined) columns.set(key, (place = columns.size));
      while (row.length < place) row.push(undefined);
      row[place] = value;
    }
  });
}
