import type { Mapping } from "../core/value.ts";
import type { Out, Project } from "./out.ts";

/** Params of one file that a stage depends on. */
export interface ParamDependency {
  readonly file: string;
  /** Keys with dots, null for the whole file. */
  readonly keys: readonly string[] | null;
}

/** A stage of a `dvc.yaml`, foreach and matrix expanded, or a `.dvc` file. */
export interface Stage {
  /** Null for a `.dvc` file. */
  readonly name: string | null;
  readonly project: Project;
  readonly metafile: string;
  readonly params: readonly ParamDependency[];
  /** Paths of what it depends on, relative to the root; addresses and paths outside of the repository as written. */
  readonly dependencies: readonly string[];
  /** Values of `vars` files that its definition uses: file, then key with dots. */
  readonly vars: ReadonlyMap<string, Mapping>;
  readonly outs: readonly Out[];
  /** Its definition with every `${}` resolved; the whole file for a `.dvc` file. */
  readonly definition: Mapping;
  /** What the lock holds of its last run, null when it has not run; the whole file for a `.dvc` file. */
  readonly recorded: Mapping | null;
  /** Folder from which its paths are written, from the root. */
  readonly folder: string;
}
