import type { Mapping } from "../core/value.ts";
import type { Hash, ImportSource, ManifestEntry, Out, Project } from "./out.ts";
import type { Problem } from "./problem.ts";

export type { Hash, ImportSource, ManifestEntry, Out, Problem, Project };

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
}

/** A file or folder that the top level of a `dvc.yaml` names. */
export interface Declared {
  readonly path: string;
  readonly project: Project;
  readonly metafile: string;
}

/** A plot of the top level of a `dvc.yaml`. */
export interface PlotDeclared {
  /** Path of the data file, or any name when `y` names the files; as written, relative to `folder`. */
  readonly id: string;
  /** Null when there are none. */
  readonly properties: Mapping | null;
  readonly project: Project;
  readonly metafile: string;
  /** Folder of the metafile. */
  readonly folder: string;
}

export interface Artifact {
  readonly name: string;
  readonly path: string;
  readonly type: string | null;
  readonly description: string | null;
  readonly labels: readonly string[];
  readonly project: Project;
  readonly metafile: string;
}

/** What all metafiles of a revision say. Everything is in order of path of the metafile, then of the metafile. */
export interface Index {
  /** The root first. */
  readonly projects: readonly Project[];
  readonly stages: readonly Stage[];
  readonly outs: readonly Out[];
  readonly metrics: readonly Declared[];
  readonly params: readonly Declared[];
  readonly plots: readonly PlotDeclared[];
  readonly artifacts: readonly Artifact[];
  /** Metafiles that could not be used. */
  readonly problems: readonly Problem[];
}
