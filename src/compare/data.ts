import type { DataChange } from "./comparison.ts";
import { type DataDifference, diffEntries } from "./data-diff.ts";
import { cachedOuts, type DataEntries, type DataEntry, recordedEntries } from "./data-entry.ts";
import { everything } from "./scope.ts";
import type { Found, Side, View } from "./view.ts";

export interface DataOptions {
  /** Also what changed inside tracked folders; else one line a folder. */
  readonly inside?: boolean;
}

/**
 * Data and models that differ between base and head by what the metafiles record (metrics and plots are left to their own sections). A folder's path
 * ends in `/`. A hash that only changed its kind, as DVC 3 does to files of DVC 2, is no change.
 */
export async function collectData(view: View, options: DataOptions = {}): Promise<Found<DataChange>> {
  if (view.base === null) return { changes: [], problems: [] };
  const inside = options.inside === true;
  const old = ignoreKind(await sideEntries(view.base, inside));
  const new_ = ignoreKind(await sideEntries(view.head, inside));
  return { changes: diffEntries(old, new_).map(toChange), problems: [...old.problems, ...new_.problems] };
}

function sideEntries(side: Side, inside: boolean): Promise<DataEntries> {
  return recordedEntries(
    side,
    cachedOuts(side, everything).filter((out) => out.kind === "out"),
    inside,
  );
}

function ignoreKind(side: DataEntries): DataEntries {
  const entries = new Map<string, DataEntry>();
  for (const [path, entry] of side.entries) entries.set(path, { ...entry, hash: { kind: "md5", value: entry.hash.value } });
  return { ...side, entries };
}

function toChange(difference: DataDifference): DataChange {
  const old = difference.kind === "added" ? null : difference.old;
  const new_ = difference.kind === "deleted" ? null : difference.new;
  return {
    kind: difference.kind,
    path: new_?.path ?? old?.path ?? "",
    ...(difference.kind === "renamed" ? { from: difference.old.path } : {}),
    oldSizeBytes: old?.sizeBytes ?? null,
    newSizeBytes: new_?.sizeBytes ?? null,
    oldFiles: old?.files ?? null,
    newFiles: new_?.files ?? null,
  };
}
