import { isAbsolute, relative, resolve, sep } from "node:path";
import { type Scope, scopeOf } from "../../compare/scope.ts";
import type { Side } from "../../compare/view.ts";
import { InputError, NotFoundError } from "../../core/error.ts";
import type { Fetch } from "../../dvc/contents.ts";
import { openRepository, type Repository } from "../../dvc/git.ts";
import { openTree } from "../../dvc/git-tree.ts";
import type { Problem } from "../../dvc/problem.ts";
import { openRevision } from "../../dvc/revision.ts";
import type { Tree } from "../../dvc/tree.ts";
import { openWorkTree } from "../../dvc/work-tree.ts";
import type { Host } from "../../host/host.ts";

/** DVC's name of the files as they lie in the work tree. */
export const workspace = "workspace";

/** A revision and the DVC projects of it that a command in this folder speaks of. */
export interface OpenedSide {
  readonly name: string;
  readonly side: Side;
  readonly scope: Scope;
}

/** The repository around the current folder. */
export interface Ground {
  /** Null outside of Git: only the work tree can be read. */
  readonly repository: Repository | null;
  /** Current folder relative to the repository's root, `""` for the root. */
  readonly folder: string;
  /** Files as they lie here, without DVC. */
  readonly workTree: Tree;
  /** `NotFoundError` for an unknown revision, `InputError` for one that needs Git where there is none. */
  open(name: string): Promise<OpenedSide>;
  /** Repository-relative form of a path as typed; `NotFoundError` outside of the repository. */
  path(typed: string): string;
  /** Path as DVC prints it: from the current folder. */
  shown(path: string): string;
}

/** Opens the repository, and closes it when `use` is done. */
export async function onGround<T>(host: Host, use: (ground: Ground) => Promise<T>): Promise<T> {
  const repository = await openRepository(host);
  const remote = lazyRemote(host);
  try {
    const here = (await host.file.realpath(host.cwd)) ?? resolve(host.cwd);
    const root = repository?.root ?? here;
    const folder = relative(root, here).split(sep).join("/");
    const workTree = openWorkTree(host, root);
    return await use({
      repository,
      folder,
      workTree,
      async open(name) {
        const tree = name === workspace ? workTree : await treeOf(host, repository, name);
        const side = await openRevision(host, repository, tree, { fetch: remote.fetch });
        return { name, side, scope: await scopeOf(side, folder) };
      },
      path(typed) {
        const inside = relative(root, resolve(here, typed));
        if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside))
          throw new NotFoundError(`\`${typed}\` is outside of the repository`);
        return inside.split(sep).join("/");
      },
      shown: (path) => (folder === "" ? path : relative(`/${folder}`, `/${path}`).split(sep).join("/")),
    });
  } finally {
    await remote.close();
    await repository?.close();
  }
}

/** What lies only on a remote elsewhere is fetched, as DVC does; the code of remotes is loaded when there is such content. */
function lazyRemote(host: Host): { fetch: Fetch; close(): Promise<void> } {
  let opened: Promise<ReturnType<typeof import("./report-remote.ts").openRemoteData>> | undefined;
  return {
    async fetch(wanted, options) {
      opened ??= import("./report-remote.ts").then((remote) => remote.openRemoteData(host));
      return (await opened).fetch(wanted, options);
    },
    async close() {
      await (await opened)?.close();
    },
  };
}

async function treeOf(host: Host, repository: Repository | null, name: string): Promise<Tree> {
  if (repository === null) throw notRepository(host);
  return openTree(repository, name);
}

export function notRepository(host: Host): InputError {
  return new InputError(`not inside a Git repository: \`${host.cwd}\``, {
    hint: "run it in a clone of the repository, or with `--cd`",
  });
}

/** Old and new side of a comparison; null where DVC compares nothing: no commits yet, or two names of one commit. */
export async function openPair(
  host: Host,
  ground: Ground,
  a: string,
  b: string,
): Promise<readonly [OpenedSide, OpenedSide] | null> {
  if (ground.repository === null) throw notRepository(host);
  if ((await ground.repository.resolve("HEAD")) === null && (a === "HEAD" || b === "HEAD")) return null;
  const [old, new_] = [await ground.open(a), await ground.open(b)];
  return old.side.label.sha === new_.side.label.sha ? null : [old, new_];
}

/** Tells on stderr which metafiles could not be read; whether there were any. */
export function tellBroken(host: Host, sides: readonly OpenedSide[]): boolean {
  const problems = sides.flatMap((opened) => brokenIn(opened).map((problem) => ({ name: opened.name, problem })));
  for (const { name, problem } of problems) host.log.error(`${name}: ${problem.message}`);
  return problems.length > 0;
}

/** Metafiles of the projects that the command speaks of. */
export function brokenIn({ side, scope }: OpenedSide): readonly Problem[] {
  return side.index.problems.filter(({ file }) => scope.folder === "" || file.startsWith(`${scope.folder}/`));
}
