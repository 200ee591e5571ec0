import type { Project } from "../dvc/index.ts";
import type { Side } from "./view.ts";

/** Which DVC projects of a repository a command speaks of. */
export interface Scope {
  /** Folder that `dvc` would call the root; paths of data are counted from it. */
  readonly folder: string;
  has(project: Project): boolean;
}

export const everything: Scope = { folder: "", has: () => true };

/**
 * The project around `folder` (repository-relative), as `dvc` chooses it; above all projects, where DVC finds nothing, every project of the
 * repository.
 */
export async function scopeOf(side: Side, folder: string): Promise<Scope> {
  const owners = side.index.projects.filter((project) => contains(project.folder, folder));
  const owner = owners.toSorted((a, b) => b.folder.length - a.folder.length)[0];
  if (owner === undefined) return everything;
  if (owner.folder === "" && (await side.tree.kind(".dvc")) === null) return everything;
  return { folder: owner.folder, has: (project) => project.folder === owner.folder };
}

function contains(folder: string, path: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}
