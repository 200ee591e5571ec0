import { compareCodePoints } from "../core/text.ts";
import type { Hash } from "../dvc/index.ts";
import type { DataEntries, DataEntry } from "./data-entry.ts";

/** What happened to one tracked file or folder. */
export type DataDifference =
  | { readonly kind: "added"; readonly new: DataEntry }
  | { readonly kind: "deleted"; readonly old: DataEntry }
  | { readonly kind: "modified" | "renamed"; readonly old: DataEntry; readonly new: DataEntry };

/** Differences sorted by (former) path. An added and a deleted file of the same content are one renamed file, paired in order of path. */
export function diffEntries(old: DataEntries, new_: DataEntries): DataDifference[] {
  const added: DataEntry[] = [];
  const deleted: DataEntry[] = [];
  const found: DataDifference[] = [];
  const unknown = [...old.unknown, ...new_.unknown];
  for (const path of new Set([...old.entries.keys(), ...new_.entries.keys()])) {
    if (unknown.some((folder) => path !== folder && path.startsWith(folder))) continue;
    const [before, after] = [old.entries.get(path), new_.entries.get(path)];
    if (before === undefined) added.push(...(after === undefined ? [] : [after]));
    else if (after === undefined) deleted.push(before);
    else if (!sameHash(before.hash, after.hash)) found.push({ kind: "modified", old: before, new: after });
  }
  found.push(...pairRenames(added, deleted));
  return found.toSorted((a, b) => compareCodePoints(pathOf(a), pathOf(b)));
}

export function sameHash(a: Hash, b: Hash): boolean {
  return a.kind === b.kind && a.value === b.value;
}

function pathOf(difference: DataDifference): string {
  return difference.kind === "added" ? difference.new.path : difference.old.path;
}

function pairRenames(added: readonly DataEntry[], deleted: readonly DataEntry[]): DataDifference[] {
  const byHash = new Map<string, DataEntry[]>();
  for (const entry of deleted.toSorted(byPath)) {
    const key = `${entry.hash.kind}:${entry.hash.value}`;
    byHash.set(key, [...(byHash.get(key) ?? []), entry]);
  }
  const found: DataDifference[] = [];
  for (const entry of added.toSorted(byPath)) {
    const former = byHash.get(`${entry.hash.kind}:${entry.hash.value}`)?.shift();
    found.push(former === undefined ? { kind: "added", new: entry } : { kind: "renamed", old: former, new: entry });
  }
  for (const rest of byHash.values()) for (const entry of rest) found.push({ kind: "deleted", old: entry });
  return found;
}

function byPath(a: DataEntry, b: DataEntry): number {
  return compareCodePoints(a.path, b.path);
}
