import { plotRevision, type PlotRevision } from "../../compare/plot-definition.ts";
import type { Repository } from "../../dvc/git.ts";
import type { Tree } from "../../dvc/tree.ts";
import type { Host } from "../../host/host.ts";
import { type Ground, onGround, workspace } from "./sides.ts";

export interface OpenedRevisions {
  readonly revisions: readonly PlotRevision[];
  /** Where templates are looked for: the work tree first, as in DVC. */
  readonly templates: readonly PlotRevision[];
  /** Current folder relative to the repository's root. */
  readonly folder: string;
}

/** Opens revisions by name, the work tree moved to the front, and closes the repository when `use` is done. */
export async function withRevisions<T>(
  host: Host,
  choose: (repository: Repository | null) => Promise<readonly string[]>,
  use: (opened: OpenedRevisions) => Promise<T>,
): Promise<T> {
  return onGround(host, async (ground) => {
    const names = new Set(await choose(ground.repository));
    const ordered = names.has(workspace) ? [workspace, ...[...names].filter((name) => name !== workspace)] : [...names];
    const revisions: PlotRevision[] = [];
    for (const name of ordered) revisions.push(await openOne(ground, name));
    const templates = names.has(workspace) ? revisions : [templatesOf(ground.workTree, revisions[0]), ...revisions];
    return use({ revisions, templates, folder: ground.folder });
  });
}

/** The work tree as far as templates need it: its metafiles stay unread. */
function templatesOf(tree: Tree, like: PlotRevision | undefined): PlotRevision {
  return {
    name: workspace,
    index: { outs: [], plots: [], projects: like?.index.projects ?? [], problems: [] },
    read: (path, limits) => tree.read(path, limits),
    kind: (path) => tree.kind(path),
    list: (folder) => tree.list(folder),
  };
}

async function openOne(ground: Ground, name: string): Promise<PlotRevision> {
  const { side, scope } = await ground.open(name);
  return plotRevision(side, { name, scope });
}
