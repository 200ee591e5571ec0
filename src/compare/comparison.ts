import type { Value } from "../core/value.ts";

/** A revision as a reader sees it. */
export interface RevisionLabel {
  /** `main`, `exp-a`, `workspace`, … */
  readonly name: string;
  readonly sha: string | null;
  /** Commit time in milliseconds since the epoch, null for the work tree. */
  readonly committedMs: number | null;
}

/** Everything that two revisions differ in; what the report is composed of. */
export interface Comparison {
  readonly head: RevisionLabel;
  /** Null when there is no baseline; `noBaseline` then says why and how to mend it. */
  readonly base: RevisionLabel | null;
  readonly noBaseline: { readonly reason: string; readonly mend: string } | null;
  readonly metrics: readonly MetricChange[];
  readonly params: readonly ParamChange[];
  readonly plots: readonly Plot[];
  readonly images: readonly ImageChange[];
  readonly data: readonly DataChange[];
  /** Files that could not be read or parsed; the rest of the report still appears. */
  readonly problems: readonly Problem[];
  /** Files that speak of metrics, params, plots and images, as found; for "how to pin them" and the empty report. */
  readonly sources: Sources;
}

export interface Sources {
  readonly metrics: readonly string[];
  readonly params: readonly string[];
  readonly plots: readonly string[];
  readonly images: readonly string[];
  /** Patterns that were looked for when nothing was declared. */
  readonly tried: readonly string[];
  /** Sentences about folders that hold something usable (`runs/ holds 3 event files`). */
  readonly seen: readonly string[];
}

export type Direction = "higher" | "lower" | "unknown";

export interface MetricChange {
  /** Repository-relative file. */
  readonly file: string;
  /** Flattened key, `eval.accuracy`. */
  readonly name: string;
  /** Undefined: not there on that side. */
  readonly old: Value | undefined;
  readonly new: Value | undefined;
}

export interface ParamChange {
  readonly file: string;
  readonly name: string;
  readonly old: Value | undefined;
  readonly new: Value | undefined;
}

export interface Plot {
  /** DVC's id of the plot. */
  readonly id: string;
  readonly title: string;
  /** Filled Vega-Lite or Vega specification, JSON-serialisable, with all revisions overlaid. */
  readonly spec: object;
  readonly revisions: readonly string[];
  /** Whether the data of base and head differ. */
  readonly changed: boolean;
}

export interface ImageChange {
  readonly path: string;
  readonly mediaType: string;
  /** Null: not there on that side. */
  readonly old: Uint8Array | null;
  readonly new: Uint8Array | null;
  readonly changed: boolean;
}

export interface DataChange {
  readonly kind: "added" | "modified" | "deleted" | "renamed";
  readonly path: string;
  /** Former path of a renamed entry. */
  readonly from?: string;
  readonly oldSizeBytes: number | null;
  readonly newSizeBytes: number | null;
  readonly oldFiles: number | null;
  readonly newFiles: number | null;
}

export interface Problem {
  /** `dvc.yaml`, `metrics.json`, … */
  readonly file: string;
  /** Line, where known. */
  readonly line: number | null;
  readonly revision: string;
  readonly message: string;
}
