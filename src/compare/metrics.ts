import { compareCodePoints } from "../core/text.ts";
import { isMapping, type Value } from "../core/value.ts";
import type { MetricChange } from "./comparison.ts";
import { isEmpty } from "./dvc-diff.ts";
import { flatten } from "./flatten.ts";
import { expandFolders, type LoadedFiles, loadFiles, problemsOf } from "./loaded.ts";
import { readRun } from "./run.ts";
import { everything, type Scope } from "./scope.ts";
import type { Found, Side, View } from "./view.ts";

/** Metrics files that DVC's metafiles declare on this side: outputs of stages and top-level lists, folders expanded, sorted by code point. */
export async function metricFiles(side: Side, scope: Scope = everything): Promise<string[]> {
  const outs = side.index.outs.filter((out) => out.kind === "metric" && scope.has(out.project)).map((out) => out.path);
  const declared = side.index.metrics.filter((entry) => scope.has(entry.project)).map((entry) => entry.path);
  return expandFolders(side, [...outs, ...declared]);
}

/** Reads metrics files and keeps what DVC calls a metric. */
export function loadMetrics(side: Side, files: readonly string[]): Promise<LoadedFiles> {
  return loadFiles(side, files, (data) => orNothing(extract(data) ?? null));
}

/** Numbers, texts, booleans and mappings of them; lists, null, dates and empty mappings are no metrics (`dvc/repo/metrics/show.py`). */
function extract(value: Value): Value | undefined {
  if (isMapping(value)) {
    const kept = new Map<string, Value>();
    for (const [key, item] of value) {
      const metric = extract(item);
      if (metric !== undefined && !(isMapping(metric) && metric.size === 0)) kept.set(key, metric);
    }
    return kept;
  }
  return value === null || typeof value === "object" ? undefined : value;
}

/** Top level only: `0`, `false` and an empty text count as nothing. */
function orNothing(value: Value): Value {
  return isEmpty(value) ? new Map<string, Value>() : value;
}

/** Every metric of base and head, unchanged ones included, sorted by file and key. Run folders of other tools are read as well. */
export async function collectMetrics(view: View): Promise<Found<MetricChange>> {
  const files = view.sources.metrics;
  const head = await readSide(view.head, files);
  const base =
    view.base === null
      ? { values: new Map<string, Map<string, Value>>(), problems: [], unknown: new Set<string>() }
      : await readSide(view.base, files);
  const changes: MetricChange[] = [];
  const names = new Set([...base.values.keys(), ...head.values.keys()]);
  for (const file of [...names].toSorted(compareCodePoints)) {
    // A file that could not be read on one side is a problem, not a deletion.
    const before = base.unknown.has(file) ? undefined : base.values.get(file);
    const after = head.values.get(file);
    if (head.unknown.has(file)) continue;
    changes.push(...changesOf(file, before, after));
  }
  return { changes, problems: [...base.problems, ...head.problems] };
}

function changesOf(
  file: string,
  before: ReadonlyMap<string, Value> | undefined,
  after: ReadonlyMap<string, Value> | undefined,
): MetricChange[] {
  const keys = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  return [...keys].toSorted(compareCodePoints).map((name) => ({ file, name, old: before?.get(name), new: after?.get(name) }));
}

interface SideMetrics {
  /** Flattened metrics by file. */
  readonly values: ReadonlyMap<string, ReadonlyMap<string, Value>>;
  readonly problems: Found<MetricChange>["problems"];
  /** Files that exist but could not be read. */
  readonly unknown: ReadonlySet<string>;
}

async function readSide(side: Side, paths: readonly string[]): Promise<SideMetrics> {
  const values = new Map<string, ReadonlyMap<string, Value>>();
  const unknown = new Set<string>();
  const plain: string[] = [];
  const problems: Found<MetricChange>["problems"][number][] = [];
  for (const path of paths) {
    const run = await readRun(side, path);
    if (run === null) plain.push(path);
    else {
      if (run.metrics.size > 0) values.set(path, run.metrics);
      problems.push(...run.problems);
    }
  }
  const loaded = await loadMetrics(side, await expandFolders(side, plain));
  for (const [file, entry] of loaded) {
    if (entry.kind === "data") values.set(file, isMapping(entry.data) ? flatten(entry.data) : new Map([["", entry.data]]));
    else if (entry.kind !== "missing") unknown.add(file);
  }
  return { values, problems: [...problems, ...problemsOf(side, loaded)], unknown };
}
