import picomatch from "picomatch";
import { compareCodePoints } from "../core/text.ts";
import type { Repository } from "../dvc/git.ts";
import type { Tree } from "../dvc/tree.ts";
import type { Sources } from "./comparison.ts";
import { metricFiles } from "./metrics.ts";
import { paramFiles } from "./params.ts";
import { imageType } from "./plot-data.ts";
import type { Side } from "./view.ts";

/** Paths and globs given by hand, relative to the root; they replace what would be found. Images are wished for among the plots. */
export interface Wish {
  readonly metrics: readonly string[];
  readonly params: readonly string[];
  readonly plots: readonly string[];
}

/** Folders that hold runs; they count even when Git ignores them. */
const runFolders = ["mlruns", "runs", "wandb", "lightning_logs", "outputs"];
/** Folders whose files count even when Git ignores them, without those below. */
const resultFolders = ["", "reports", "results", "eval", "metrics", "plots", "figures", "reports/figures"];
const skipped = new Set([
  ".git",
  ".dvc",
  ".cml",
  "node_modules",
  "venv",
  ".venv",
  "env",
  "__pycache__",
  "site-packages",
  ".tox",
  "wandb/offline",
]);

const metricPatterns = [
  "**/metrics.{json,yaml,yml,toml}",
  "{,reports/,results/,outputs/,eval/,metrics/}*metrics*.json",
  "{,reports/,results/,outputs/,eval/,metrics/}scores.json",
  "{,reports/,results/,outputs/,eval/,metrics/}eval*.json",
  "**/{all_results,eval_results,trainer_state}.json",
  "runs/**/results.csv",
  "lightning_logs/**/metrics.csv",
];
const paramPatterns = ["params.{yaml,yml,json,toml}", "config.yaml", "runs/**/args.yaml", "lightning_logs/**/hparams.yaml"];
const historyPatterns = ["**/*.{csv,tsv}"];
const imagePatterns = ["{plots,figures,reports/figures,reports/plots}/**/*.{png,jpg,jpeg,gif,svg}", "runs/**/*.png"];
const historyColumn = /(?:^|[,\t"])\s*(?:step|epoch|iteration|iter|global_step)\s*(?:["\t,]|$)/i;

/** Most files of each kind that are taken without being declared. */
const caps = { metrics: 100, params: 20, plots: 50, images: 50, walk: 5_000 } as const;

/**
 * Files of both sides that speak of metrics, params, plots and images: what metafiles declare; then, for each kind of which nothing is declared, DVCLive
 * folders and the usual files of a project without DVC.
 */
export async function discover(
  head: Side,
  base: Side | null,
  wish: Wish,
  repository: Repository | null = null,
): Promise<Sources> {
  const sides = base === null ? [head] : [head, base];
  const metrics = new Set<string>();
  const params = new Set<string>();
  for (const side of sides) {
    for (const file of await metricFiles(side)) metrics.add(file);
    for (const file of (await paramFiles(side)).keys()) params.add(file);
  }
  const hasPlots = sides.some(({ index }) => index.plots.length > 0 || index.outs.some((out) => out.kind === "plot"));
  const isWished = wish.metrics.length + wish.params.length + wish.plots.length > 0;
  const isDeclared = metrics.size > 0 && params.size > 0 && hasPlots;
  const files = isDeclared && !isWished ? [] : await filesOf(sides, repository);
  const live = liveFolders(files);
  const found = {
    metrics: chosen(wish.metrics, files, metrics, caps.metrics, () => plainMetrics(files, live)),
    params: chosen(wish.params, files, params, caps.params, () => plainParams(files, live)),
    plots: wish.plots.length > 0 ? matching(files, wish.plots, []) : hasPlots ? [] : await plainPlots(head, files, live),
  };
  const isEmpty = found.metrics.length === 0;
  return {
    metrics: found.metrics,
    params: found.params,
    plots: found.plots.filter((file) => imageType(file) === null).slice(0, caps.plots),
    images: found.plots.filter((file) => imageType(file) !== null).slice(0, caps.images),
    tried: isEmpty ? ["dvc.yaml", ...metricPatterns] : [],
    seen: isEmpty ? seen(files) : [],
  };
}

/** What was wished for, else what is declared, else what looks like it. */
function chosen(
  wish: readonly string[],
  files: readonly string[],
  declared: ReadonlySet<string>,
  cap: number,
  find: () => readonly string[],
): string[] {
  if (wish.length > 0) return matching(files, wish, declared);
  return declared.size > 0 ? [...declared].toSorted(compareCodePoints) : unique(find()).slice(0, cap);
}

function unique(files: readonly string[]): string[] {
  return [...new Set(files)].toSorted(compareCodePoints);
}

function match(files: readonly string[], patterns: readonly string[]): string[] {
  const matches = picomatch([...patterns]);
  return files.filter((file) => matches(file));
}

/** A path is taken as it is, also when it is not there: its absence is then a problem of that file. */
function matching(files: readonly string[], patterns: readonly string[], declared: Iterable<string>): string[] {
  const known = new Set([...files, ...declared]);
  return unique(
    patterns.flatMap((pattern) =>
      /[*?[{]/.test(pattern) ? match([...known], [pattern]) : [pattern.replace(/^\.\//, "").replace(/\/$/, "")],
    ),
  );
}

function plainMetrics(files: readonly string[], live: readonly string[]): string[] {
  const withoutFile = live.filter((folder) => !files.includes(`${folder}/metrics.json`));
  return [...match(files, metricPatterns), ...withoutFile, ...mlflowRuns(files)];
}

function plainParams(files: readonly string[], live: readonly string[]): string[] {
  const beside = live.map((folder) => `${folder}/params.yaml`);
  return [...match(files, paramPatterns), ...beside.filter((file) => files.includes(file))];
}

/** The newest-named run of each experiment of MLflow's file store. */
function mlflowRuns(files: readonly string[]): string[] {
  const runs = new Map<string, string>();
  for (const file of files) {
    const found = /^((?:.*\/)?mlruns\/[^/]+)\/([^/]+)\/metrics\//.exec(file);
    if (found?.[1] !== undefined && found[2] !== undefined) runs.set(found[1], found[2]);
  }
  return [...runs].map(([experiment, run]) => `${experiment}/${run}`);
}

/** Folders of DVCLive: curves under `plots/metrics`, or `metrics.json` beside `plots`. */
function liveFolders(files: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const file of files) {
    const curve = /^(.+)\/plots\/metrics\/.+\.tsv$/.exec(file);
    if (curve?.[1] !== undefined) folders.add(curve[1]);
  }
  return [...folders].toSorted(compareCodePoints);
}

async function plainPlots(head: Side, files: readonly string[], live: readonly string[]): Promise<string[]> {
  const found = match(files, imagePatterns);
  for (const folder of live)
    found.push(
      ...files.filter(
        (file) => file.startsWith(`${folder}/plots/`) && (/\.(?:tsv|csv|json)$/.test(file) || imageType(file) !== null),
      ),
    );
  for (const file of match(files, historyPatterns).slice(0, caps.plots * 4)) if (await isHistory(head, file)) found.push(file);
  return unique(found);
}

/** A table with a column that counts steps. Only the head of the file is looked at. */
async function isHistory(head: Side, file: string): Promise<boolean> {
  const size = await head.tree.size?.(file);
  if (size !== undefined && size !== null && size > 20 * 1024 * 1024) return false;
  const bytes = await head.tree.read(file);
  if (bytes === null) return false;
  const [first = ""] = new TextDecoder().decode(bytes.subarray(0, 8_192)).split("\n");
  return historyColumn.test(first.trim());
}

function seen(files: readonly string[]): string[] {
  return runFolders.flatMap((folder) => {
    const inside = files.filter((file) => file.startsWith(`${folder}/`));
    const events = inside.filter((file) => /(?:^|\/)events\.out\.tfevents\./.test(file)).length;
    if (events > 0) return [`\`${folder}/\` holds ${events} event file${events === 1 ? "" : "s"}`];
    return inside.length > 0 ? [`\`${folder}/\` holds ${inside.length} file${inside.length === 1 ? "" : "s"}`] : [];
  });
}

/** Files of both sides: what Git does not ignore, and what lies where results usually lie. */
async function filesOf(sides: readonly Side[], repository: Repository | null): Promise<string[]> {
  const files = new Set<string>();
  for (const { label, tree } of sides) {
    const listed = repository === null ? null : await listedByGit(repository, label.sha);
    if (listed === null) await walk(tree, "", files);
    for (const file of listed ?? []) if (!file.split("/").some((part) => skipped.has(part))) files.add(file);
    if (listed === null || label.sha !== null) continue;
    for (const folder of resultFolders)
      for (const entry of await tree.list(folder))
        if (entry.kind === "file") files.add(folder === "" ? entry.name : `${folder}/${entry.name}`);
    for (const folder of [...runFolders, "dvclive"]) await walk(tree, folder, files);
  }
  return [...files].toSorted(compareCodePoints);
}

async function listedByGit(repository: Repository, sha: string | null): Promise<string[] | null> {
  const command =
    sha === null ? ["ls-files", "-z", "--cached", "--others", "--exclude-standard"] : ["ls-tree", "-r", "-z", "--name-only", sha];
  const answer = await repository.run(command);
  return answer.code === 0
    ? new TextDecoder()
        .decode(answer.stdout)
        .split("\0")
        .filter((file) => file !== "")
    : null;
}

async function walk(tree: Tree, folder: string, files: Set<string>): Promise<void> {
  for (const entry of await tree.list(folder)) {
    if (files.size >= caps.walk) return;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.kind === "file") files.add(path);
    else if (entry.isLink !== true && !skipped.has(entry.name)) await walk(tree, path, files);
  }
}
