import { createHash } from "node:crypto";
import { join } from "node:path";
import { CmlError, NotFoundError } from "../core/error.ts";
import { printJson } from "../core/json.ts";
import { compareCodePoints } from "../core/text.ts";
import { digest } from "../host/digest.ts";
import { markOf } from "../host/scan.ts";
import { fetchObjects, listFiles, type FetchWorld, type Listed } from "./fetch.ts";
import { openRepository, type Repository } from "./git.ts";
import { openTree } from "./git-tree.ts";
import type { HashSet } from "./hash-set.ts";
import type { ImportSource, Out } from "./out.ts";
import { within } from "./path.ts";
import type { Place } from "./place.ts";
import { openRemotes } from "./remotes.ts";
import { openRevision } from "./revision.ts";
import type { Tree } from "./tree.ts";

export interface ImportWorld {
  readonly place: Place;
  readonly world: FetchWorld;
  readonly verified: HashSet;
}

type RepositorySource = Extract<ImportSource, { kind: "repository" }>;

/**
 * Fetches imported outputs into the cache from the repositories they come from, at the recorded commit: by way of that repository's own remote, or from its
 * Git tree. Answers how many objects arrived; what could not be had is told.
 */
export async function fetchImports(imports: ImportWorld, wanted: readonly Listed[]): Promise<number> {
  let count = 0;
  for (const { want } of wanted) {
    const { out } = want;
    if (out.source?.kind !== "repository" || out.hash === null) continue;
    try {
      count += await fetchImport(imports, out, out.source);
    } catch (error) {
      if (!(error instanceof CmlError)) throw error;
      imports.place.host.log.warn(`import \`${imports.place.shown(out.path)}\`: ${error.message}`);
    }
  }
  return count;
}

async function fetchImport({ place, world, verified }: ImportWorld, out: Out, from: RepositorySource): Promise<number> {
  const folder = await clone(place, from.url, from.revision);
  const host = place.host.configured({ cwd: folder });
  const repository = await openRepository(host);
  if (repository === null) throw new NotFoundError(`\`${from.url}\` is no Git repository`);
  const remotes = openRemotes(host, undefined);
  try {
    const tree = await treeAt(repository, from.revision);
    const revision = await openRevision(host, repository, tree);
    const source = revision.index.outs.find((one) => within(one.path, from.path) !== null);
    if (source === undefined) return await copyTree(world, out, tree, from.path);
    let count = 0;
    const remote = await remotes.of(await revision.config(source.project), source);
    const want = { out: source, inner: null, remote, refused: null };
    const listed = await listFiles(world, [want], () => count++);
    const inner = within(source.path, from.path) ?? "";
    if (source.isFolder && inner !== "") await writeSubfolder(world, out, listed[0], inner);
    const part = listed.map((one) =>
      one.files === null || inner === "" ? one : { ...one, files: one.files.filter((path) => within(inner, path) !== null) },
    );
    const fetched = await fetchObjects(world, part, verified);
    return count + fetched.count;
  } finally {
    await remotes.close();
    await repository.close();
  }
}

function treeAt(repository: Repository, revision: string | null): Promise<Tree> {
  return openTree(repository, revision ?? "HEAD");
}

/** The list of files of a part of a tracked folder exists nowhere; it is made as DVC makes it. */
async function writeSubfolder(world: FetchWorld, out: Out, listed: Listed | undefined, inner: string): Promise<void> {
  const files = listed?.files;
  if (files === undefined || files === null || !out.isFolder) return;
  const entries: { md5: string; relpath: string }[] = [];
  for (let index = 0; index < files.count; index++) {
    const path = within(inner, files.path(index));
    if (path !== null && path !== "") entries.push({ md5: files.hex(index), relpath: path });
  }
  await writeList(world, out, entries);
}

async function writeList(
  { host, cache }: FetchWorld,
  out: Out,
  entries: readonly { md5: string; relpath: string }[],
): Promise<void> {
  const text = printJson(entries.toSorted((a, b) => compareCodePoints(a.relpath, b.relpath)));
  const hash = `${createHash("md5").update(text).digest("hex")}.dir`;
  if (out.hash === null || hash !== out.hash.value)
    throw new NotFoundError("its files in the other repository are not those that were imported");
  await host.file.write(cache.path(out.hash), text, { mode: 0o444 });
}

/** Files that the other repository keeps in Git itself. */
async function copyTree(world: FetchWorld, out: Out, tree: Tree, path: string): Promise<number> {
  const { host, cache } = world;
  const entries: { md5: string; relpath: string }[] = [];
  let count = 0;
  for (const file of await filesBelow(tree, path)) {
    const bytes = await tree.read(file);
    if (bytes === null) continue;
    const hash = { kind: out.hash?.kind ?? "md5", value: digest(bytes, out.hash?.kind ?? "md5") } as const;
    if (!out.isFolder && hash.value !== out.hash?.value)
      throw new NotFoundError(`\`${path}\` of the other repository is not what was imported`);
    entries.push({ md5: hash.value, relpath: within(path, file) ?? file });
    if (markOf(cache.path(hash)) !== null) continue;
    await host.file.write(cache.path(hash), bytes, { mode: 0o444 });
    count++;
  }
  if (entries.length === 0) throw new NotFoundError(`\`${path}\` is not in the other repository`);
  if (out.isFolder) await writeList(world, out, entries);
  return out.isFolder ? count + 1 : count;
}

async function filesBelow(tree: Tree, path: string): Promise<string[]> {
  if ((await tree.kind(path)) !== "folder") return [path];
  const found: string[] = [];
  for (const entry of await tree.list(path)) {
    const inner = path === "" ? entry.name : `${path}/${entry.name}`;
    if (entry.kind === "folder") found.push(...(await filesBelow(tree, inner)));
    else found.push(inner);
  }
  return found;
}

/** A clone without files, kept for the next pull. */
async function clone(place: Place, url: string, revision: string | null): Promise<string> {
  const isRemote = /^\w[\w+.-]*:\/\//.test(url) || /^[^/]+@[^/]+:/.test(url);
  const address = isRemote || url.startsWith("/") ? url : join(place.projectFolder, url);
  const name = createHash("sha256").update(address).digest("hex").slice(0, 16);
  const folder = join(place.projectFolder, ".dvc", "tmp", "cml", "import", name);
  const git = (...args: readonly string[]) => place.host.exec.run("git", args, { signal: place.host.signal });
  const has = async (): Promise<boolean> =>
    revision === null || (await git("-C", folder, "cat-file", "-e", `${revision}^{commit}`)).code === 0;
  const isThere = (await place.host.file.stat(join(folder, ".git"))) !== null;
  if (isThere && (await has())) return folder;
  if (!isThere) {
    const made = await git("clone", "--quiet", "--no-checkout", "--", address, folder);
    if (made.code !== 0) throw new NotFoundError(`cannot clone \`${url}\`: ${lastLine(made.stderr)}`);
  }
  if (!(await has())) {
    const got = await git("-C", folder, "fetch", "--quiet", "origin", revision ?? "HEAD");
    if (got.code !== 0) throw new NotFoundError(`\`${url}\` has no commit ${revision ?? ""}: ${lastLine(got.stderr)}`);
  }
  return folder;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
