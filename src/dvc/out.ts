import type { Mapping } from "../core/value.ts";

/** Content hash as a metafile records it. Folders end in `.dir`. */
export interface Hash {
  /** `md5-dos2unix` is the hash of DVC 1 and 2: line ends of text files are unified before hashing. */
  readonly kind: "md5" | "md5-dos2unix";
  readonly value: string;
}

/** A DVC project of a repository: the root itself, with or without `.dvc`, and every folder below that holds a `.dvc` folder. */
export interface Project {
  /** Relative to the repository's root, `""` for the root. */
  readonly folder: string;
  /** Whether it holds a `.dvc` folder. */
  readonly isInitialized: boolean;
}

/** One file of a tracked folder. */
export interface ManifestEntry {
  /** Relative to the folder, `/`-separated. */
  readonly path: string;
  readonly hash: Hash;
}

/** Where an imported output comes from. */
export type ImportSource =
  | { readonly kind: "repository"; readonly url: string; readonly path: string; readonly revision: string | null }
  | { readonly kind: "url"; readonly url: string };

/** One entry under `outs`, `metrics` or `plots` of a stage, or under `outs` of a `.dvc` file. Paths are relative to the repository's root. */
export interface Out {
  readonly path: string;
  readonly project: Project;
  /** `dvc.yaml` or `.dvc` file that declares it. */
  readonly metafile: string;
  /** Name of the stage (`train`, `segment@north`), null for a `.dvc` file. */
  readonly stage: string | null;
  readonly kind: "out" | "metric" | "plot";
  /** Null when no metafile records one: never run, or an import without download. */
  readonly hash: Hash | null;
  readonly isFolder: boolean;
  readonly sizeBytes: number | null;
  /** Number of files of a folder, null when not written down. */
  readonly files: number | null;
  /** Kept in DVC's cache, not in Git. */
  readonly isCached: boolean;
  readonly isExecutable: boolean;
  /** Not removed before its stage runs. */
  readonly isPersistent: boolean;
  /** False: it stays in the cache of the machine that made it. */
  readonly isPushed: boolean;
  /** Remote of its own, null for the default one. */
  readonly remote: string | null;
  /** Files of a folder on a remote that keeps versions itself; such a folder has no manifest. */
  readonly entries: readonly ManifestEntry[] | null;
  readonly source: ImportSource | null;
  /** Properties of a stage's plot (`x`, `y`, `template`, …), null when it has none or is no plot. */
  readonly plot: Mapping | null;
}
