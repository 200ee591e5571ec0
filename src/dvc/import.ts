import { join } from "node:path";
import { CmlError, NotFoundError } from "../core/error.ts";
import { createHash } from "node:crypto";
import type { FetchWorld, Listed, Lost } from "./fetch.ts";
import { fetchObjects, listFiles } from "./fetch.ts";
import { openRepository } from "./git.ts";
import { openTree } from "./git-tree.ts";
import type { HashSet } from "./hash-set.ts";
import type { Place } from "./place.ts";
import { openRemotes, type Remotes } from "./remotes.ts";
import { openRevision } from "./revision.ts";

interface ImportWorld {
  readonly place: Place;
  readonly world: FetchWorld;
  readonly remotes: Remotes;
  readonly verified: HashSet;
}

/**
 * Fetches imported outputs from the repositories they come from, at the recorded commit, by way of that repository's own remote. Answers how many objects
 * arrived and what is still missing.
 */
export async function fetchImports(
  { place, world, verified }: ImportWorld,
  wanted: readonly Listed[],
  lost: readonly Lost[],
): Promise<{ count: number; lost: readonly Lost[] }> {
  let missing = [...lost];
  let count = 0;
  for (const { want } of wanted) {
    const { out } = want;
    if (out.source?.kind !== "repository" || out.hash === null) continue;
    const folder = await clone(place, out.source.url, out.source.revision);
    const host = place.host.configured({ cwd: folder });
    const repository = await openRepository(host);
    if (repository === null) continue;
    const remotes = openRemotes(host, undefined);
    try {
      const revision = await openRevision(host, repository, await openTree(repository, out.source.revision ?? "HEAD"));
      const path = out.source.path;
      const source = revision.index.outs.find((one) => one.path === path || path.startsWith(`${one.path}/`));
      if (source === undefined) throw new NotFoundError(`\`${path}\` is not tracked by DVC in \`${out.source.url}\``);
      const remote = await remotes.of(await revision.config(source.project), source);
      const [mine] = await listFiles(world, [{ out, inner: want.inner, remote, refused: null }], () => count++);
      if (mine === undefined) continue;
      const fetched = await fetchObjects(world, [mine], verified);
      count += fetched.count;
      const still = new Set([...fetched.lost, ...fetched.failed].map(({ hash }) => hash.value));
      const had = new Set<string>();
      for (let index = 0; index < (mine.files?.count ?? 0); index++) had.add(mine.files?.hex(index) ?? "");
      missing = missing.filter(({ hash }) => !had.has(hash.value) || still.has(hash.value));
    } catch (error) {
      if (!(error instanceof CmlError)) throw error;
      place.host.log.warn(`import \`${out.path}\`: ${error.message}`);
    } finally {
      await remotes.close();
      await repository.close();
    }
  }
  return { count, lost: missing };
}

/** A clone without files, kept for the next pull. */
async function clone(place: Place, url: string, revision: string | null): Promise<string> {
  const address = /^\w+:\/\/|^[^/]+@[^/]+:/.test(url) || url.startsWith("/") ? url : join(place.projectFolder, url);
  const name = createHash("sha256").update(address).digest("hex").slice(0, 16);
  const folder = join(place.projectFolder, ".dvc", "tmp", "cml", "import", name);
  const has = async (): Promise<boolean> =>
    revision === null || (await place.host.exec.run("git", ["-C", folder, "cat-file", "-e", `${revision}^{commit}`])).code === 0;
  const isThere = (await place.host.file.stat(join(folder, ".git"))) !== null;
  if (isThere && (await has())) return folder;
  if (!isThere) {
    const made = await place.host.exec.run("git", ["clone", "--quiet", "--no-checkout", "--", address, folder]);
    if (made.code !== 0) throw new NotFoundError(`cannot clone \`${url}\`: ${made.stderr.trim().split("\n").at(-1) ?? ""}`);
  }
  if (!(await has())) {
    const got = await place.host.exec.run("git", ["-C", folder, "fetch", "--quiet", "origin", revision ?? "HEAD"]);
    if (got.code !== 0)
      throw new NotFoundError(`\`${url}\` has no commit ${revision ?? ""}: ${got.stderr.trim().split("\n").at(-1) ?? ""}`);
  }
  return folder;
}
