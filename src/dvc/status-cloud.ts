import { openTransfer, type Transfer } from "../storage/transfer.ts";
import { markOf } from "../host/scan.ts";
import { openCache, type Cache } from "./cache.ts";
import { CmlError } from "../core/error.ts";
import { groups, listFiles, type FetchWorld, type Listed, type Want } from "./fetch.ts";
import { openTree } from "./git-tree.ts";
import { HashSet } from "./hash-set.ts";
import { hexOf } from "./file-table.ts";
import { objectKey } from "./hash.ts";
import { ignoreCache, locked, type Place } from "./place.ts";
import { presence } from "./presence.ts";
import { configOf, openWorkspace } from "./pull.ts";
import { noRemote, openRemotes, type Remote, type Remotes } from "./remotes.ts";
import { openRevision, type Revision } from "./revision.ts";
import { everything, selectOuts, type Targets } from "./target.ts";

export type CloudWord = "new" | "deleted" | "missing";

export interface CloudStatus {
  /** By path from the root: `new` is in the cache only, `deleted` on the remote only, `missing` in neither. Equal contents are named once. */
  readonly paths: ReadonlyMap<string, CloudWord>;
  readonly remote: string;
}

export interface CloudOptions extends Targets {
  readonly remote?: string | undefined;
  readonly jobs?: number | undefined;
  readonly allBranches: boolean;
  readonly allTags: boolean;
  readonly allCommits: boolean;
}

/** Compares cache and remote. Lists of folders that only the remote has are brought into the cache, as DVC does. */
export async function cloudStatus(place: Place, options: CloudOptions): Promise<CloudStatus> {
  return locked(place, async () => {
    const transfer = openTransfer(place.host, { label: "status", jobs: options.jobs });
    const remotes = openRemotes(place.host, options.remote);
    try {
      return await compare(place, options, transfer, remotes);
    } finally {
      transfer.close();
      await remotes.close();
    }
  });
}

async function compare(place: Place, options: CloudOptions, transfer: Transfer, remotes: Remotes): Promise<CloudStatus> {
  const { host } = place;
  const revision = await openWorkspace(place);
  const config = await configOf(place, revision);
  await ignoreCache(place);
  const cache = openCache(config.cacheFolder, (path) => host.file.remove(path));
  const world: FetchWorld = { host, transfer, cache, mode: 0o444 };
  const wants = [...(await wantsOf(place, revision, remotes, options)), ...(await otherRevisions(place, remotes, options))];
  const local = await listFiles(
    world,
    wants.map((want) => ({ ...want, remote: null })),
    () => undefined,
  );
  const hadList = new Set(local.filter(({ files }) => files !== null).map(({ want }) => want.out));
  const listed = await listFiles(world, wants, () => undefined);
  const paths = new Map<string, CloudWord>();
  for (const [remote, mine] of groups(listed, ({ want }) => want.remote)) {
    if (remote === null) continue;
    await compareFiles({ world, remote, cache }, mine, paths);
    await compareLists({ world, remote }, mine, (one) => hadList.has(one.want.out), paths);
  }
  const main = await remotes.main(config);
  return { paths, remote: main?.name ?? "" };
}

async function compareFiles(
  { world, remote, cache }: { world: FetchWorld; remote: Remote; cache: Cache },
  listed: readonly Listed[],
  paths: Map<string, CloudWord>,
): Promise<void> {
  for (const kind of ["md5", "md5-dos2unix"] as const) {
    const names = new Map<string, string>();
    const wanted = new HashSet();
    for (const { want, files } of listed) {
      if (files?.kind !== kind) continue;
      for (let index = 0; index < files.count; index++) {
        if (!wanted.add(files.bytes(index))) continue;
        const inner = files.path(index);
        names.set(files.hex(index), inner === "" ? want.out.path : `${want.out.path}/${inner}`);
      }
    }
    if (wanted.size === 0) continue;
    const here = cache.present(wanted, kind);
    const there = await presence({ host: world.host, transfer: world.transfer }, remote.store, wanted, kind);
    for (const hash of wanted.values()) {
      const word = wordOf(here(hash), there.has(hash));
      if (word !== null) paths.set(names.get(hexOf(hash)) ?? "", word);
    }
  }
}

async function compareLists(
  { world, remote }: { world: FetchWorld; remote: Remote },
  listed: readonly Listed[],
  wasHere: (one: Listed) => boolean,
  paths: Map<string, CloudWord>,
): Promise<void> {
  for (const one of listed) {
    const { hash, path, entries } = one.want.out;
    if (hash === null || !hash.value.endsWith(".dir") || entries !== null) continue;
    const isThere = (await remote.store.stat(objectKey(hash), world.host.signal)) !== null;
    // A list that has just come from the remote counts as there and here.
    const word = wordOf(wasHere(one) || (isThere && one.files !== null) || markOf(world.cache.path(hash)) !== null, isThere);
    if (word !== null) paths.set(path, word);
  }
}

function wordOf(isHere: boolean, isThere: boolean): CloudWord | null {
  if (isHere) return isThere ? null : "new";
  return isThere ? "deleted" : "missing";
}

async function wantsOf(place: Place, revision: Revision, remotes: Remotes, targets: Targets): Promise<Want[]> {
  const config = await configOf(place, revision);
  const wants: Want[] = [];
  for (const { out, inner } of await selectOuts(place, revision.index, targets)) {
    if (!out.isCached || !out.isPushed || out.source?.kind === "repository" || remotes.skips(out)) continue;
    if (out.hash === null) {
      place.host.log.warn(`\`${place.shown(out.path)}\` has no recorded hash: its stage has not run`);
      continue;
    }
    const remote = await remotes.of(config, out);
    if (remote === null) throw noRemote(config);
    wants.push({ out, inner, remote, refused: null });
  }
  return wants;
}

async function otherRevisions(place: Place, remotes: Remotes, options: CloudOptions): Promise<Want[]> {
  const { allBranches, allTags, allCommits } = options;
  const { repository, host } = place;
  if (repository === null || (!allBranches && !allTags && !allCommits)) return [];
  const wants: Want[] = [];
  for (const { sha, names } of await repository.allRevisions({ branches: allBranches, tags: allTags, commits: allCommits })) {
    try {
      wants.push(
        ...(await wantsOf(place, await openRevision(host, repository, await openTree(repository, sha)), remotes, everything)),
      );
    } catch (error) {
      if (!(error instanceof CmlError) || error.kind === "cancelled") throw error;
      host.log.warn(`failed to collect revision \`${names[0] ?? sha.slice(0, 7)}\`, skipping: ${error.message}`);
    }
  }
  return wants;
}
