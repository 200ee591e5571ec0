import { isAbsolute, relative, resolve, sep } from "node:path";
import { type Baseline, findBaseline } from "../../compare/baseline.ts";
import { type ComparedValues, compareValues, metricsOf } from "../../compare/compare.ts";
import type { RevisionLabel } from "../../compare/comparison.ts";
import { discover } from "../../compare/discover.ts";
import { openForgeTree } from "../../compare/forge-tree.ts";
import { type MetricRecord, withRecord } from "../../compare/record.ts";
import type { Side, View } from "../../compare/view.ts";
import { CmlError } from "../../core/error.ts";
import type { Fetch } from "../../dvc/contents.ts";
import type { Repository } from "../../dvc/git.ts";
import { openTree } from "../../dvc/git-tree.ts";
import type { Tree } from "../../dvc/tree.ts";
import type { Forge } from "../../forge/contract.ts";
import { openRevision, type RevisionOptions } from "../../dvc/revision.ts";
import { openWorkTree } from "../../dvc/work-tree.ts";
import type { Host } from "../../host/host.ts";
import type { Other } from "../../report/report.ts";
import type { ReportOptions } from "./report.ts";
import { notRepository } from "./sides.ts";

/** What is compared: the work tree and its base, opened. */
export interface Opened {
  readonly repository: Repository | null;
  /** Top folder of the repository, else the current one. */
  readonly root: string;
  readonly baseline: Baseline;
  readonly head: RevisionLabel;
  readonly base: RevisionLabel | null;
  /** Files of the base; null without one. */
  readonly baseTree: Tree | null;
  /** How contents that DVC tracks are found. */
  readonly reading: RevisionOptions;
}

/** The repository and the commit to compare with. `InputError` when a revision is named outside of a repository. */
export async function openBase(
  host: Host,
  options: Pick<ReportOptions, "base" | "fetch" | "compare">,
  repository: Repository | null,
): Promise<Opened> {
  const root = repository?.root ?? (await host.file.realpath(host.cwd)) ?? host.cwd;
  if (repository === null) {
    if (options.base !== undefined || options.compare.length > 0) throw notRepository(host);
    const reason = "this folder is not in a Git repository";
    const baseline: Baseline = {
      kind: "none",
      reason,
      mend: "run it in a clone, or make one: `git init`, then commit",
      wanted: null,
    };
    return {
      repository,
      root,
      baseline,
      head: { name: "workspace", sha: null, committedMs: null },
      base: null,
      baseTree: null,
      reading: {},
    };
  }
  const baseline = await findBaseline(repository, { base: options.base, ci: host.ci, mayFetch: options.fetch });
  const head = { name: "workspace", sha: await headSha(host, repository), committedMs: null };
  if (baseline.kind === "none") return { repository, root, baseline, head, base: null, baseTree: null, reading: {} };
  const base = await labelOf(repository, baseline.name, baseline.sha);
  return { repository, root, baseline, head, base, baseTree: await openTree(repository, baseline.sha), reading: {} };
}

/** A base that is known but not in this clone, read through the forge. Unchanged where that is not so, or the forge does not give it. */
export async function baseOfForge(host: Host, opened: Opened, forge: Forge | null): Promise<Opened> {
  const { repository, baseline, head } = opened;
  if (repository === null || forge === null || baseline.kind === "commit" || baseline.wanted === null) return opened;
  try {
    const { files } = forge;
    const own = host.ci.headSha ?? head.sha;
    const sha = (own === null ? null : await files.mergeBase(baseline.wanted, own, host.signal)) ?? baseline.wanted;
    const baseTree = openForgeTree(files, sha, await openTree(repository, "HEAD"), host.signal);
    // One file tells whether the token may read at all.
    await baseTree.read("dvc.yaml");
    host.log.info(`the history is not in this clone: the base's files come from ${forge.title}`);
    return { ...opened, base: { name: host.ci.baseRef ?? sha.slice(0, 7), sha, committedMs: null }, baseTree };
  } catch (error) {
    if (!(error instanceof CmlError) || error.kind === "cancelled") throw error;
    host.log.debug(`the forge does not give the base's files: ${error.message}`);
    return opened;
  }
}

/** Commit of the pull request, or of a clean work tree; changed files are no commit. */
async function headSha(host: Host, repository: Repository): Promise<string | null> {
  if (host.ci.headSha !== undefined) return host.ci.headSha;
  const sha = await repository.resolve("HEAD");
  return sha === null || (await repository.isDirty()) ? null : sha;
}

async function labelOf(repository: Repository, name: string, sha: string): Promise<RevisionLabel> {
  return { name, sha, committedMs: (await repository.commit(sha)).committedMs };
}

/**
 * Lets contents that are not here come from their remote. A stranger's pull request does not choose which one: its configuration is the base's, and
 * without a base nothing is fetched.
 */
export function withRemotes(opened: Opened, fetch: Fetch, stranger: boolean): Opened {
  if (!stranger) return { ...opened, reading: { fetch } };
  return opened.baseTree === null ? opened : { ...opened, reading: { fetch, configTree: opened.baseTree } };
}

/** Both sides with the files to read. */
export async function openView(
  host: Host,
  opened: Opened,
  options: ReportOptions,
  settings: {
    metrics?: readonly string[] | undefined;
    params?: readonly string[] | undefined;
    plots?: readonly string[] | undefined;
  },
): Promise<View> {
  const { repository, root, baseline, baseTree, reading } = opened;
  const head = await openRevision(host, repository, openWorkTree(host, root), reading);
  // Git does not know a commit whose files come through the forge.
  const store = baseline.kind === "commit" ? repository : null;
  const base = baseTree === null ? null : await openRevision(host, store, baseTree, reading);
  const here = (await host.file.realpath(host.cwd)) ?? host.cwd;
  const fromHere = (paths: readonly string[]): string[] => paths.map((path) => inside(root, here, path));
  const pick = (typed: readonly string[], team: readonly string[] | undefined): readonly string[] =>
    typed.length > 0 ? fromHere(typed) : (team ?? []);
  const wish = {
    metrics: pick(options.metrics, settings.metrics),
    params: pick(options.params, settings.params),
    plots: pick(options.plots, settings.plots),
  };
  return { base, head, sources: await discover(head, base, wish, repository) };
}

/** A path as typed, relative to the root; one that leads out of it stays as it is and fits nothing. */
function inside(root: string, here: string, typed: string): string {
  const path = relative(root, resolve(here, typed));
  return path === "" || path.startsWith(`..${sep}`) || isAbsolute(path) ? typed : path.split(sep).join("/");
}

export interface Compared {
  readonly values: ComparedValues;
  readonly record: MetricRecord | null;
  /** Metrics files that the head has and Git does not. */
  readonly untracked: readonly string[];
  readonly others: readonly Other[];
}

/** Finds the record of a commit or of its nearest ancestor. */
export type FindRecord = (repository: Repository, sha: string) => Promise<MetricRecord | null>;

/** Metrics, params and data. For metrics that Git does not have, the record of the base's run stands in. */
export async function valuesOf(
  host: Host,
  opened: Opened,
  view: View,
  wish: { readonly compare: readonly string[]; readonly findRecord: FindRecord },
): Promise<Compared> {
  const { repository, baseline, head, base } = opened;
  const noBaseline = base === null && baseline.kind === "none" ? { reason: baseline.reason, mend: baseline.mend } : null;
  const found = await compareValues(view, { head, base, noBaseline, record: null });
  const untracked = await untrackedFiles(repository, view, found);
  const baseSha = base?.sha ?? null;
  const wanted = repository !== null && baseSha !== null && untracked.length > 0;
  const record = wanted ? await wish.findRecord(repository, baseSha) : null;
  const values = record === null ? found : { ...found, metrics: withRecord(found.metrics, record) };
  const others: Other[] = [];
  if (repository !== null) {
    for (const name of wish.compare) {
      const side: Side = await openRevision(host, repository, await openTree(repository, name), opened.reading);
      others.push({ name, metrics: await metricsOf(side, view) });
    }
  }
  return { values, record, untracked, others };
}

/** Files whose metrics exist on the head only and that neither Git nor DVC holds. */
async function untrackedFiles(repository: Repository | null, view: View, values: ComparedValues): Promise<string[]> {
  if (repository === null) return [];
  const known = new Set(values.metrics.filter((metric) => metric.old !== undefined).map((metric) => metric.file));
  const fresh = [...new Set(values.metrics.filter((metric) => metric.new !== undefined).map((metric) => metric.file))].filter(
    (file) => !known.has(file),
  );
  if (fresh.length === 0) return [];
  const answer = await repository.run(["ls-files", "-z", "--", ...fresh]);
  const tracked = new Set(new TextDecoder().decode(answer.stdout).split("\0"));
  const cached = view.head.index.outs.filter((out) => out.isCached).map((out) => out.path);
  return fresh.filter((file) => !tracked.has(file) && !cached.some((path) => file === path || file.startsWith(`${path}/`)));
}
