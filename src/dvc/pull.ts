import { join } from "node:path";
import { CmlError, ConfigError, InputError, IntegrityError, NotFoundError } from "../core/error.ts";
import { compareCodePoints } from "../core/text.ts";
import { removeEmptyFolder, removeFile, walkFiles } from "../host/disk.ts";
import type { How } from "../host/object-job.ts";
import { markOf } from "../host/scan.ts";
import { openTransfer, type Transfer } from "../storage/transfer.ts";
import { openCache, type Cache } from "./cache.ts";
import { changeOf, checkOut, unsaved, type Change, type CheckoutWorld, type Counts, type Unmade } from "./checkout.ts";
import { planOut, type OutPlan } from "./checkout-plan.ts";
import type { Config } from "./config.ts";
import {
  bytesOf,
  downloadOf,
  fetchObjects,
  listFiles,
  type FetchWorld,
  type Fetched,
  type Listed,
  type Lost,
  type Want,
} from "./fetch.ts";
import type { FileTable } from "./file-table.ts";
import { openTree } from "./git-tree.ts";
import { HashSet } from "./hash-set.ts";
import { ignoreRules } from "./ignore-rules.ts";
import type { Index, Out } from "./index.ts";
import { within } from "./path.ts";
import { ignoreCache, locked, type Place } from "./place.ts";
import { noRemote, openRemotes, type Remotes } from "./remotes.ts";
import { openRevision, type Revision } from "./revision.ts";
import { pullRunCache } from "./runcache.ts";
import { selectOuts, type Targets } from "./target.ts";
import { isUntouched } from "./unchanged.ts";
import { isUnchanged, openWorkspaceState, type WorkspaceState } from "./workspace-state.ts";
import { openWorkTree } from "./work-tree.ts";

export interface PullOptions extends Targets {
  readonly remote?: string | undefined;
  readonly jobs?: number | undefined;
  readonly force: boolean;
  readonly allBranches: boolean;
  readonly allTags: boolean;
  readonly allCommits: boolean;
  readonly runCache: boolean;
  readonly allowMissing: boolean;
  /** Only metrics and plots. */
  readonly forReport: boolean;
  /** False: nothing is kept but the work tree. */
  readonly useCache: boolean;
  /** Only bring objects into the cache. */
  readonly fetchOnly: boolean;
}

export interface PullResult extends Readonly<Counts> {
  readonly changes: readonly Change[];
  /** Objects that came from remotes, lists of folders included. */
  readonly fetched: number;
  readonly bytes: number;
  readonly requests: number;
  readonly seconds: number;
  /** What went wrong after something was done; the caller shows the rest first. */
  readonly failure: CmlError | null;
}

/** Fetches what the project's outputs need and puts it into the work tree, while holding DVC's lock. */
export async function pull(place: Place, options: PullOptions): Promise<PullResult> {
  return locked(place, async () => {
    const began = place.host.clock.now();
    const transfer = openTransfer(place.host, {
      label: "pull",
      jobs: options.jobs,
      resumeFolder: join(place.projectFolder, ".dvc", "tmp", "cml", "parts"),
    });
    const remotes = openRemotes(place.host, options.remote);
    try {
      const result = await new Pull(place, options, transfer, remotes).run();
      const { bytes, requests } = transfer.counts;
      return { ...result, bytes, requests, seconds: (place.host.clock.now() - began) / 1000 };
    } finally {
      transfer.close();
      await remotes.close();
    }
  });
}

type Outcome = Omit<PullResult, "bytes" | "requests" | "seconds">;

class Pull {
  readonly #place: Place;
  readonly #options: PullOptions;
  readonly #transfer: Transfer;
  readonly #remotes: Remotes;
  readonly #verified = new HashSet();
  /** Keys in the state of all outputs that there are. */
  readonly #current = new Set<string>();
  #fetched = 0;

  constructor(place: Place, options: PullOptions, transfer: Transfer, remotes: Remotes) {
    this.#place = place;
    this.#options = options;
    this.#transfer = transfer;
    this.#remotes = remotes;
  }

  async run(): Promise<Outcome> {
    const place = this.#place;
    const revision = await openWorkspace(place);
    const config = await configOf(place, revision);
    for (const warning of config.warnings) place.host.log.warn(warning);
    const wants = await this.#wantsOf(revision, config, this.#options);
    const cache = openCache(config.cacheFolder, (path) => place.host.file.remove(path));
    const stage = this.#options.useCache ? null : openCache(this.#stageFolder(), (path) => place.host.file.remove(path));
    if (stage === null) await ignoreCache(place);
    if (this.#options.runCache) await this.#runCache(config);
    const world: FetchWorld = {
      host: place.host,
      transfer: this.#transfer,
      cache: stage ?? cache,
      mode: stage === null ? 0o444 : undefined,
    };
    const changed = await this.#withoutUntouched(wants, stage === null ? cache : null);
    const listed = await listFiles(world, changed, () => this.#fetched++);
    this.#failOnUnknownInner(listed);
    const others = stage === null ? await this.#otherRevisions(world) : [];
    return stage === null
      ? this.#withCache(world, cache, config, listed, others)
      : this.#withoutCache(world, cache, stage, config, listed);
  }

  /** Everything into the cache, then the cache into the work tree, as DVC does. */
  async #withCache(
    world: FetchWorld,
    cache: Cache,
    config: Config,
    wanted: readonly Listed[],
    others: readonly Listed[],
  ): Promise<Outcome> {
    const fetched = await fetchObjects(world, [...wanted, ...others], this.#verified);
    this.#fetched += fetched.count;
    const { listed, lost, failed } = await this.#fromSources(world, wanted, fetched);
    this.#tellLost(listed, lost);
    if (failed.length > 0) throw downloadFailure(this.#place, [...listed, ...others], failed);
    if (this.#options.fetchOnly)
      return this.#outcome([], noCounts(), lost.length > 0 ? lostFailure(this.#place, listed, lost) : null);
    const plans = await this.#plan(listed);
    return this.#apply(world, plans, listed, { cache, stage: null, config, lost });
  }

  /** Only what the work tree lacks is fetched, into a folder of ours, and moved to its place. */
  async #withoutCache(
    world: FetchWorld,
    cache: Cache,
    stage: Cache,
    config: Config,
    listed: readonly Listed[],
  ): Promise<Outcome> {
    const plans = await this.#plan(listed);
    this.#guard(plans, cache);
    const needed = new HashSet();
    for (const { files, create, replace } of plans) for (const index of [...create, ...replace]) needed.add(files.bytes(index));
    const isCached = cache.present(needed, "md5");
    const isCachedOld = cache.present(needed, "md5-dos2unix");
    const fetched = await fetchObjects(
      world,
      listed,
      this.#verified,
      ({ kind }, bytes) => needed.has(bytes) && !(kind === "md5" ? isCached(bytes) : isCachedOld(bytes)),
    );
    this.#fetched += fetched.count;
    this.#tellLost(listed, fetched.lost);
    if (fetched.failed.length > 0) throw downloadFailure(this.#place, listed, fetched.failed);
    const outcome = await this.#apply(world, plans, listed, { cache, stage, config, lost: fetched.lost });
    if (outcome.failure === null) await this.#emptyStage();
    return outcome;
  }

  /** Contents have been moved away; lists of folders stay for the next run, as they would in a cache. */
  async #emptyStage(): Promise<void> {
    for await (const { path, name } of walkFiles(this.#stageFolder())) if (!name.endsWith(".dir")) await removeFile(path);
  }

  /** Leaves out what a glance shows to be right; most pulls of most people find nothing to do. */
  async #withoutUntouched(wants: readonly Want[], cache: Cache | null): Promise<Want[]> {
    const state = this.#state();
    const rest: Want[] = [];
    for (const want of wants) {
      this.#current.add(this.#stateKey(want.out.path));
      const known = want.inner === null ? await state.read(this.#stateKey(want.out.path)) : null;
      if (!isUntouched(want.out, this.#place.root, known, cache)) rest.push(want);
    }
    return rest;
  }

  #stageFolder(): string {
    return join(this.#place.projectFolder, ".dvc", "tmp", "cml", "objects");
  }

  #state(): WorkspaceState {
    return openWorkspaceState(this.#place.host, join(this.#place.projectFolder, ".dvc", "tmp", "cml", "outs"));
  }

  readonly #stateKey = (path: string): string => within(this.#place.project, path) ?? path;

  async #plan(listed: readonly Listed[]): Promise<OutPlan[]> {
    const { host, root, project } = this.#place;
    const state = this.#state();
    const plans: OutPlan[] = [];
    for (const one of listed) {
      const { out } = one.want;
      if (one.files === null) continue;
      const rules = await ignoreRules(host, root, project, out.path);
      const hit = rules.ignoredBy(out.path, out.isFolder ? "folder" : "file");
      if (hit !== null)
        throw new InputError(
          `\`${this.#place.shown(out.path)}\` is ignored by \`${hit.file}\`, line ${hit.line}: \`${hit.pattern}\``,
        );
      plans.push(
        await planOut({ pool: this.#transfer.pool, root, force: this.#options.force }, one, one.files, {
          state: await state.read(this.#stateKey(out.path)),
          rules,
        }),
      );
    }
    return plans;
  }

  #guard(plans: readonly OutPlan[], cache: Cache): void {
    if (this.#options.force) return;
    const paths = unsaved(plans, cache);
    if (paths.length === 0) return;
    throw new ConflictGuard(paths);
  }

  async #apply(
    world: FetchWorld,
    plans: readonly OutPlan[],
    listed: readonly Listed[],
    { cache, stage, config, lost }: { cache: Cache; stage: Cache | null; config: Config; lost: readonly Lost[] },
  ): Promise<Outcome> {
    this.#guard(plans, cache);
    const counts = noCounts();
    const state = this.#state();
    const changes: Change[] =
      this.#options.targets.length === 0 && !this.#options.forReport ? await this.#removeUnused(state, counts) : [];
    const checkout: CheckoutWorld = {
      root: this.#place.root,
      cache,
      stage,
      isShared: sharedHashes(plans),
      sink: this.#transfer.sink,
      state,
      stateKey: this.#stateKey,
      verified: this.#verified,
      links: linkTypes(config),
    };
    const unmade: Unmade[] = [];
    const lostHashes = new Map(lost.map((one) => [one.hash.value, one]));
    for (const plan of plans) {
      const possible = withoutLost(plan, lostHashes);
      const first = await checkOut(checkout, possible, counts);
      const failed = await this.#again(world, checkout, possible, first, counts);
      unmade.push(...failed);
      const change = changeOf(possible);
      if (change !== null && !isWhollyLost(plan, possible, failed)) changes.push(change);
    }
    return this.#outcome(changes, counts, this.#failure(listed, plans, { lost, unmade, config }));
  }

  /** A damaged object of the cache is fetched anew, once. */
  async #again(
    world: FetchWorld,
    checkout: CheckoutWorld,
    plan: OutPlan,
    failed: readonly Unmade[],
    counts: Counts,
  ): Promise<Unmade[]> {
    const damaged = failed.filter(({ error }) => error instanceof IntegrityError);
    const rest = failed.filter(({ error }) => !(error instanceof IntegrityError));
    const { remote } = plan.listed.want;
    if (damaged.length === 0 || remote === null) return [...failed];
    const hashes = [...new Map(damaged.map(({ hash }) => [hash.value, hash])).values()];
    for (const hash of hashes) await this.#place.host.file.remove(checkout.cache.path(hash));
    const missing = await this.#transfer.download(
      remote.store,
      hashes.map((hash) => downloadOf(world, hash, null)),
      (item) => {
        this.#fetched++;
        if (item.hash !== null) this.#verified.add(bytesOf({ kind: "md5", value: item.hash }));
      },
    );
    const still = new Set(missing.map(({ item }) => item.hash));
    const wanted = new Set(damaged.filter(({ hash }) => !still.has(hash.value)).map(({ path }) => path));
    const only = (indices: readonly number[]): number[] => indices.filter((index) => wanted.has(plan.files.path(index)));
    const second = await checkOut(
      checkout,
      { ...plan, create: only(plan.create), replace: only(plan.replace), remove: [], emptied: [] },
      counts,
    );
    return [...rest, ...damaged.filter(({ hash }) => still.has(hash.value)), ...second];
  }

  /** What an earlier pull put there, is no output any more and was not touched since. */
  async #removeUnused(state: WorkspaceState, counts: Counts): Promise<Change[]> {
    const { host, project, root } = this.#place;
    const changes: Change[] = [];
    for (const path of await state.paths()) {
      if (this.#current.has(path)) continue;
      const known = await state.read(path);
      await state.forget(path);
      if (known === null || !known.isOurs) continue;
      const from = project === "" ? path : `${project}/${path}`;
      let removed = 0;
      const folders = new Set<string>();
      for (let index = 0; index < known.files.count; index++) {
        const inner = known.files.path(index);
        const file = join(root, ...from.split("/"), ...inner.split("/"));
        const mark = markOf(file);
        if (mark === null || mark.kind === "folder" || !isUnchanged(known, index, mark)) continue;
        await removeFile(file);
        removed++;
        for (let slash = inner.lastIndexOf("/"); slash > 0; slash = inner.lastIndexOf("/", slash - 1))
          folders.add(inner.slice(0, slash));
      }
      for (const folder of [...folders].toSorted((a, b) => b.length - a.length))
        await removeEmptyFolder(join(root, ...from.split("/"), ...folder.split("/")));
      if (known.isFolder) await removeEmptyFolder(join(root, ...from.split("/")));
      counts.deleted += removed;
      if (removed > 0) changes.push({ letter: "D", path: from, isFolder: known.isFolder });
      host.log.debug(`\`${path}\` is no output any more: ${removed} unchanged files removed`);
    }
    return changes;
  }

  #failure(
    listed: readonly Listed[],
    plans: readonly OutPlan[],
    { lost, unmade, config }: { lost: readonly Lost[]; unmade: readonly Unmade[]; config: Config },
  ): CmlError | null {
    const { allowMissing } = this.#options;
    const unlisted = listed.filter(({ files }) => files === null);
    const gone = lostOuts(plans, lost);
    const isExcused = allowMissing && unmade.length === 0;
    const outs = [
      ...new Set(
        [...unlisted.map(({ want }) => want.out), ...gone, ...unmade.map(({ plan }) => plan.listed.want.out)].map(
          (out) => out.path,
        ),
      ),
    ];
    if (outs.length === 0 || isExcused) return null;
    const causes = [
      ...unlisted.map(({ want, failure }) => `${this.#place.shown(want.out.path)}: ${failure?.message ?? ""}`),
      ...lostCauses(this.#place, plans, lost),
      ...unmade.map(
        ({ plan, path, error }) =>
          `${this.#place.shown(plan.listed.want.out.path)}${path === "" ? "" : `/${path}`}: ${error.message}`,
      ),
    ];
    return new InputError(
      `failed to pull data: checkout failed for: ${outs
        .map((path) => this.#place.shown(path))
        .toSorted(compareCodePoints)
        .join(", ")}`,
      {
        cause: chained(causes),
        hint:
          config.remoteNames.length === 0
            ? "no remote is configured: `dvc remote add -d NAME URL`"
            : "`cml push` or `dvc push` where the data was made brings it to the remote",
      },
    );
  }

  #tellLost(listed: readonly Listed[], lost: readonly Lost[]): void {
    const manifests = listed
      .filter(({ files, want }) => files === null && want.out.hash !== null)
      .map(({ want }) => want.out.hash);
    const missing = lost.filter(({ error }) => !(error instanceof IntegrityError)).map(({ hash }) => hash);
    const all = [...manifests, ...missing].filter((hash) => hash !== null);
    if (all.length > 0) {
      const lines = [...new Set(all.map(({ kind, value }) => `${kind}: ${value}`))];
      this.#place.host.log.warn(`some objects exist neither in the cache nor on the remote:\n${shorten(lines).join("\n")}`);
    }
    for (const { error } of lost.filter((one) => one.error instanceof IntegrityError).slice(0, 20))
      this.#place.host.log.warn(error.message);
  }

  #failOnUnknownInner(listed: readonly Listed[]): void {
    const wrong = listed.find(
      ({ want, failure }) =>
        want.inner !== null && failure instanceof NotFoundError && failure.message.includes("is not in the tracked folder"),
    );
    if (wrong?.failure) throw wrong.failure;
  }

  async #wantsOf(revision: Revision, config: Config, targets: Targets): Promise<Want[]> {
    const selected = await selectOuts(this.#place, revision.index, targets);
    const chosen = this.#options.forReport ? selected.flatMap((one) => forReport(revision.index, one.out)) : selected;
    const wants: Want[] = [];
    for (const { out, inner } of chosen) {
      if (!out.isCached || this.#remotes.skips(out)) continue;
      wants.push({ out, inner, ...(await this.#remoteFor(config, out)) });
    }
    return wants;
  }

  async #remoteFor(config: Config, out: Out): Promise<Pick<Want, "remote" | "refused">> {
    try {
      return { remote: await this.#remotes.of(config, out), refused: null };
    } catch (error) {
      // A remote that only this output names fails this output; the default one fails everything.
      if (!(error instanceof CmlError) || out.remote === null) throw error;
      return { remote: null, refused: error };
    }
  }

  async #runCache(config: Config): Promise<void> {
    const remote = await this.#remotes.main(config);
    if (remote === null) {
      this.#place.host.log.warn(noRemote(config).message);
      return;
    }
    const failed = await pullRunCache(
      { host: this.#place.host, transfer: this.#transfer, cacheFolder: config.cacheFolder },
      remote,
    );
    const [first] = failed;
    if (first !== undefined) throw first.error;
  }

  /** Outputs of other branches, tags or commits; what cannot be read of them is told and left out. */
  async #otherRevisions(world: FetchWorld): Promise<Listed[]> {
    const { allBranches, allTags, allCommits } = this.#options;
    const { repository, host } = this.#place;
    if (!allBranches && !allTags && !allCommits) return [];
    if (repository === null) throw new ConfigError("other revisions need a Git repository, and this project is in none");
    const listed: Listed[] = [];
    const seen = new Set<string>();
    for (const { sha, names } of await repository.allRevisions({ branches: allBranches, tags: allTags, commits: allCommits })) {
      const name = names[0] ?? sha.slice(0, 7);
      try {
        const revision = await openRevision(host, repository, await openTree(repository, sha));
        const config = await configOf(this.#place, revision);
        const wants = await this.#wantsOf(revision, config, { targets: [], recursive: false, withDeps: false, glob: false });
        const fresh = wants.filter(({ out }) => out.hash !== null && !seen.has(`${out.hash.kind} ${out.hash.value}`));
        for (const { out } of fresh) seen.add(`${out.hash?.kind ?? ""} ${out.hash?.value ?? ""}`);
        for (const one of await listFiles(world, fresh, () => this.#fetched++)) {
          if (one.files === null) host.log.warn(`revision \`${name}\`: ${one.failure?.message ?? ""}`);
          else listed.push(one);
        }
      } catch (error) {
        if (!(error instanceof CmlError) || error.kind === "auth" || error.kind === "unavailable" || error.kind === "cancelled")
          throw error;
        host.log.warn(`failed to collect revision \`${name}\`, skipping: ${error.message}`);
      }
    }
    return listed;
  }

  /** Imports that no remote of ours has come from the repository they were imported from. */
  async #fromSources(
    world: FetchWorld,
    listed: readonly Listed[],
    fetched: Fetched,
  ): Promise<{ listed: readonly Listed[] } & Pick<Fetched, "lost" | "failed">> {
    const gone = new Set([...fetched.lost, ...fetched.failed].map(({ hash }) => hash.value));
    const wanted = listed.filter(
      ({ want, files }) => want.out.source?.kind === "repository" && (files === null || files.some((hex) => gone.has(hex))),
    );
    if (wanted.length === 0) return { listed, lost: fetched.lost, failed: fetched.failed };
    const { fetchImports } = await import("./import.ts");
    this.#fetched += await fetchImports({ place: this.#place, world, verified: this.#verified }, wanted);
    const again = new Map(
      (
        await listFiles(
          world,
          wanted.map(({ want }) => ({ ...want, remote: null })),
          () => undefined,
        )
      ).map((one) => [one.want.out, one]),
    );
    const isGone = ({ hash }: Lost): boolean => markOf(world.cache.path(hash)) === null;
    return {
      listed: listed.map((one) => again.get(one.want.out) ?? one),
      lost: fetched.lost.filter(isGone),
      failed: fetched.failed.filter(isGone),
    };
  }

  #outcome(changes: readonly Change[], counts: Counts, failure: CmlError | null): Outcome {
    return { changes: sortChanges(changes), ...counts, fetched: this.#fetched, failure };
  }
}

/** Files that would be lost; one absolute path a line. */
class ConflictGuard extends CmlError {
  constructor(paths: readonly string[]) {
    super("conflict", `these files hold changes that are saved nowhere, and would be lost:\n${shorten(paths).join("\n")}`, {
      hint: "nothing was touched; `--force` overwrites them, `dvc commit` or `dvc add` saves them",
    });
  }
}

export async function openWorkspace(place: Place): Promise<Revision> {
  const host = place.repository === null ? place.host.configured({ cwd: place.root }) : place.host;
  return openRevision(host, place.repository, openWorkTree(host, place.root));
}

export function configOf(place: Place, revision: Revision): Promise<Config> {
  return revision.config({ folder: place.project, isInitialized: true });
}

function noCounts(): Counts {
  return { added: 0, modified: 0, deleted: 0 };
}

const known: readonly How[] = ["reflink", "hardlink", "symlink", "copy"];

function linkTypes(config: Config): How[] {
  const wanted = config.linkTypes.length === 0 ? ["reflink", "copy"] : config.linkTypes;
  const unknown = wanted.find((type) => !known.some((how) => how === type));
  if (unknown !== undefined)
    throw new ConfigError(`\`cache.type\` of DVC's configuration has an unknown kind of link: \`${unknown}\``);
  return wanted.flatMap((type) => known.filter((how) => how === type));
}

/** Whether a hash is the content of more than one file to be made. */
function sharedHashes(plans: readonly OutPlan[]): (hash: Uint8Array) => boolean {
  const once = new HashSet();
  const shared = new HashSet();
  for (const { files, create, replace } of plans)
    for (const index of [...create, ...replace]) if (!once.add(files.bytes(index))) shared.add(files.bytes(index));
  return (hash) => shared.has(hash);
}

/** Metrics and plots: outputs declared so, and those that hold a file which the top level of a `dvc.yaml` names. */
function forReport(index: Index, out: Out): { out: Out; inner: readonly string[] | null }[] {
  if (out.kind !== "out") return [{ out, inner: null }];
  const named = [
    ...index.metrics.map(({ path }) => path),
    ...index.plots.map(({ folder, id }) => (folder === "" ? id : `${folder}/${id}`)),
  ];
  if (named.some((path) => within(path, out.path) !== null)) return [{ out, inner: null }];
  const inner = named.map((path) => within(out.path, path)).filter((path) => path !== null && path !== "");
  return inner.length === 0 || !out.isFolder ? [] : [{ out, inner: inner.filter((path) => path !== null) }];
}

/** The plan without the files whose objects could not be had. */
function withoutLost(plan: OutPlan, lost: ReadonlyMap<string, Lost>): OutPlan {
  if (lost.size === 0) return plan;
  const isThere = (index: number): boolean => !lost.has(plan.files.hex(index));
  return { ...plan, create: plan.create.filter(isThere), replace: plan.replace.filter(isThere) };
}

function isWhollyLost(plan: OutPlan, possible: OutPlan, failed: readonly Unmade[]): boolean {
  const wanted = plan.create.length + plan.replace.length;
  return wanted > 0 && plan.remove.length === 0 && possible.create.length + possible.replace.length - failed.length === 0;
}

function lostOuts(plans: readonly OutPlan[], lost: readonly Lost[]): Out[] {
  if (lost.length === 0) return [];
  const hashes = new Set(lost.map(({ hash }) => hash.value));
  return plans
    .filter(({ files, create, replace }) => [...create, ...replace].some((index) => hashes.has(files.hex(index))))
    .map(({ listed }) => listed.want.out);
}

function lostCauses(place: Place, plans: readonly OutPlan[], lost: readonly Lost[]): string[] {
  const causes: string[] = [];
  for (const { hash, error } of lost.slice(0, 8)) {
    const path = pathOf(
      plans.map(({ listed, files }) => ({ out: listed.want.out, files })),
      hash,
    );
    causes.push(`${path === null ? "" : `${place.shown(path)}: `}${error.message}`);
  }
  return causes;
}

/** First file that has a hash. */
function pathOf(listed: readonly { out: Out; files: FileTable | null }[], { value }: { value: string }): string | null {
  for (const { out, files } of listed)
    for (let index = 0; index < (files?.count ?? 0); index++)
      if (files?.hex(index) === value) return files.path(index) === "" ? out.path : `${out.path}/${files.path(index)}`;
  return null;
}

function downloadFailure(place: Place, listed: readonly Listed[], failed: readonly Lost[]): CmlError {
  const tables = listed.map(({ want, files }) => ({ out: want.out, files }));
  const causes = failed.slice(0, 8).map(({ hash, error }) => {
    const path = pathOf(tables, hash);
    return `${path === null ? "" : `${place.shown(path)} (${hash.value}): `}${error.message}`;
  });
  const [first] = failed;
  const kind = failed.every(({ error }) => error.kind === "unavailable") ? "unavailable" : "input";
  return new CmlError(
    kind,
    `failed to pull data: ${failed.length === 1 ? "1 file" : `${failed.length} files`} failed to download`,
    {
      cause: chained(causes),
      hint: first?.error.hint ?? "what has arrived is kept; run it again to go on",
    },
  );
}

function lostFailure(place: Place, listed: readonly Listed[], lost: readonly Lost[]): CmlError {
  return downloadFailure(place, listed, lost);
}

/** A chain of causes, one line each. */
function chained(lines: readonly string[]): Error | undefined {
  const [first, ...rest] = lines;
  if (first === undefined) return undefined;
  const cause = chained(rest);
  return new Error(first, cause === undefined ? {} : { cause });
}

function shorten(lines: readonly string[]): string[] {
  const most = 50;
  return lines.length <= most ? [...lines] : [...lines.slice(0, most), `… and ${lines.length - most} more`];
}

function sortChanges(changes: readonly Change[]): Change[] {
  const order = { M: 0, A: 1, D: 2 };
  return changes.toSorted(
    (a, b) => order[a.letter] - order[b.letter] || Number(b.isFolder) - Number(a.isFolder) || compareCodePoints(a.path, b.path),
  );
}
