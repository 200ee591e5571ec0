import type { Revision } from "../dvc/revision.ts";
import type { Problem, Sources } from "./comparison.ts";

/** One side of a comparison. */
export type Side = Revision;

/** What the collectors compare. */
export interface View {
  /** Null: no baseline; every value is then new. */
  readonly base: Side | null;
  readonly head: Side;
  /** Files to read, as `discover` found them. */
  readonly sources: Sources;
}

/** What a collector found, and which files it could not read on which side. */
export interface Found<T> {
  readonly changes: readonly T[];
  readonly problems: readonly Problem[];
}
