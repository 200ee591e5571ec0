import { printJson, readJson } from "../core/json.ts";
import type { Value } from "../core/value.ts";
import { isMapping } from "../core/value.ts";
import type { Repository } from "../dvc/git.ts";
import { openTree } from "../dvc/git-tree.ts";
import type { MetricChange } from "./comparison.ts";
import { fetchCommit } from "./deepen.ts";

/** Hidden ref that holds the metrics of runs on the default branch: one file per commit, `ab/abcdef….json`. */
export const recordRef = "refs/cml/records";

/** Metrics of one commit, as its run measured them. */
export interface MetricRecord {
  readonly sha: string;
  readonly createdMs: number;
  readonly metrics: ReadonlyMap<string, ReadonlyMap<string, Value>>;
}

export function recordPath(sha: string): string {
  return `${sha.slice(0, 2)}/${sha}.json`;
}

/** The record of `sha` or of its nearest ancestor that has one; null when there is none. */
export async function nearestRecord(repository: Repository, sha: string, mayFetch: boolean): Promise<MetricRecord | null> {
  const tip = (await repository.resolve(recordRef)) ?? (mayFetch ? await fetchCommit(repository, recordRef) : null);
  if (tip === null) return null;
  const tree = await openTree(repository, tip);
  for (const ancestor of await repository.history(sha, { limit: 1000 })) {
    const bytes = await tree.read(recordPath(ancestor), { limitBytes: 4_000_000 });
    if (bytes !== null) return parseRecord(new TextDecoder().decode(bytes), ancestor);
  }
  return null;
}

/** Throws `InputError` when the text is no record. */
export function parseRecord(text: string, sha: string): MetricRecord {
  const value = readJson(text, recordPath(sha));
  const metrics = new Map<string, ReadonlyMap<string, Value>>();
  const files = isMapping(value) ? value.get("metrics") : undefined;
  if (isMapping(files)) for (const [file, keys] of files) if (isMapping(keys)) metrics.set(file, keys);
  const created = isMapping(value) ? value.get("createdMs") : undefined;
  return { sha, createdMs: Number(typeof created === "bigint" || typeof created === "number" ? created : 0), metrics };
}

export function printRecord(sha: string, createdMs: number, changes: readonly MetricChange[]): string {
  const metrics = new Map<string, Map<string, Value>>();
  for (const { file, name, new: current } of changes) {
    if (current === undefined) continue;
    const keys = metrics.get(file) ?? new Map<string, Value>();
    keys.set(name, current);
    metrics.set(file, keys);
  }
  return `${printJson({ version: 1, sha, createdMs, metrics })}\n`;
}

/** Old values from a record for the files that Git does not have on the base side. */
export function withRecord(changes: readonly MetricChange[], record: MetricRecord): MetricChange[] {
  const tracked = new Set(changes.filter((change) => change.old !== undefined).map((change) => change.file));
  return changes.map((change) =>
    tracked.has(change.file) ? change : { ...change, old: record.metrics.get(change.file)?.get(change.name) },
  );
}
