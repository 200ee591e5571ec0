import { posix } from "node:path";
import { CmlError } from "../core/error.ts";
import { readJson } from "../core/json.ts";
import { decodeText } from "../core/place.ts";
import { readFloat, readInteger } from "../core/scalar.ts";
import { isMapping, type Value } from "../core/value.ts";
import type { Problem } from "./comparison.ts";
import { type Cell, readPlotFile } from "./plot-data.ts";
import type { Side } from "./view.ts";

/** Largest history that is read for its last values. */
const limitBytes = 20 * 1024 * 1024;

/** Last values of a training run, by name. */
export interface Run {
  readonly metrics: ReadonlyMap<string, Value>;
  readonly problems: readonly Problem[];
}

/**
 * Metrics of a source that is no metrics file: the last value of each column of a CSV or TSV history, of each key of the Trainer's `log_history`, of
 * each curve of a DVCLive folder that lacks its `metrics.json`, of each metric of an MLflow run. Null when `path` is none of these.
 */
export async function readRun(side: Side, path: string): Promise<Run | null> {
  const read = readerOf(path) ?? ((await side.kind(path)) === "folder" ? await folderReader(side, path) : null);
  if (read === null) return null;
  try {
    return { metrics: await read(side, path), problems: [] };
  } catch (error) {
    if (!(error instanceof CmlError)) throw error;
    const line = error.details["line"];
    const problem = {
      file: path,
      line: typeof line === "number" ? line : null,
      revision: side.label.name,
      message: error.message,
    };
    return { metrics: new Map(), problems: [problem] };
  }
}

type Reader = (side: Side, path: string) => Promise<Map<string, Value>>;

function readerOf(path: string): Reader | null {
  if (/\.[ct]sv$/.test(path)) return readHistory;
  return posix.basename(path) === "trainer_state.json" ? readTrainerState : null;
}

/** DVCLive without `metrics.json`, or a run of MLflow's file store. */
async function folderReader(side: Side, folder: string): Promise<Reader | null> {
  const names = new Set((await side.list(folder)).map((entry) => entry.name));
  if (names.has("meta.yaml") && names.has("metrics")) return readMlflow;
  if (names.has("metrics.json") || !names.has("plots")) return null;
  return (await side.kind(`${folder}/plots/metrics`)) === "folder" ? readDvclive : null;
}

async function readHistory(side: Side, path: string): Promise<Map<string, Value>> {
  const bytes = await side.read(path, { limitBytes });
  const last = new Map<string, Value>();
  if (bytes === null) return last;
  const { table } = await readPlotFile(path, bytes, { header: true });
  for (const row of table.rows) {
    for (const [index, column] of table.columns.entries()) {
      const value = numberIn(row[index]);
      // A row of one phase leaves the columns of the others empty.
      if (value !== null) last.set(column.trim(), value);
    }
  }
  return last;
}

function numberIn(cell: Cell): Value {
  if (typeof cell === "number" || typeof cell === "bigint") return cell;
  if (typeof cell !== "string") return null;
  const text = cell.trim();
  if (/^[-+]?(?:nan|inf(?:inity)?)$/i.test(text)) return text;
  return readInteger(text) ?? readFloat(text);
}

async function readTrainerState(side: Side, path: string): Promise<Map<string, Value>> {
  const bytes = await side.read(path, { limitBytes });
  const last = new Map<string, Value>();
  if (bytes === null) return last;
  const document = readJson(decodeText(bytes, path), path);
  const history = isMapping(document) ? document.get("log_history") : undefined;
  for (const entry of isList(history) ? history : []) {
    if (!isMapping(entry)) continue;
    for (const [key, value] of entry) if (typeof value === "number" || typeof value === "bigint") last.set(key, value);
  }
  return last;
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

async function readDvclive(side: Side, folder: string): Promise<Map<string, Value>> {
  const root = `${folder}/plots/metrics`;
  const metrics = new Map<string, Value>();
  for (const file of await filesBelow(side, root)) {
    const columns = [...(await readHistory(side, file))].filter(([name]) => name !== "step" && name !== "timestamp");
    const value = columns.at(-1)?.[1];
    if (value !== undefined)
      metrics.set(
        file
          .slice(root.length + 1)
          .replace(/\.[^.]*$/, "")
          .replaceAll("/", "."),
        value,
      );
  }
  return metrics;
}

/** Lines of `timestamp value step`, one file a metric (https://mlflow.org/docs/latest/ml/tracking/#common-setups). */
async function readMlflow(side: Side, folder: string): Promise<Map<string, Value>> {
  const root = `${folder}/metrics`;
  const metrics = new Map<string, Value>();
  for (const file of await filesBelow(side, root)) {
    const bytes = await side.read(file, { limitBytes });
    const last = bytes === null ? "" : (decodeText(bytes, file).trimEnd().split("\n").at(-1) ?? "");
    const value = numberIn(last.split(" ")[1]);
    if (value !== null) metrics.set(file.slice(root.length + 1).replaceAll("/", "."), value);
  }
  return metrics;
}

async function filesBelow(side: Side, folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await side.list(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.kind === "folder") files.push(...(await filesBelow(side, path)));
    else if (!/\.(?:jpe?g|png|gif|svg)$/i.test(entry.name)) files.push(path);
  }
  return files;
}
