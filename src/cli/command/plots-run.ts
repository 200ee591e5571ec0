import { resolve } from "node:path";
import { fillChart } from "../../compare/plot-chart.ts";
import { printNode } from "../../compare/plot-json.ts";
import { type ChartPlot, type Gathered, gatherPlots, type ImagePlot } from "../../compare/plots.ts";
import type { Node, NodeMap } from "../../compare/plot-template.ts";
import { CmlError, InputError, NotFoundError, UsageError } from "../../core/error.ts";
import type { Repository } from "../../dvc/git.ts";
import type { Host, Output } from "../../host/host.ts";
import type { App } from "../kit/command.ts";
import { givenProperties, type PlotsOptions } from "./plots-option.ts";
import { type OpenedRevisions, withRevisions } from "./plots-revision.ts";

/** Gathers the plots of some revisions and prints a specification, prints JSON, or writes a page. */
export async function runPlots(
  app: App,
  options: PlotsOptions,
  targets: readonly string[],
  choose: (repository: Repository | null) => Promise<readonly string[]>,
): Promise<number> {
  const isJson = app.globals.json;
  if (options.showVega) checkShowVega(targets, isJson);
  return withRevisions(app.host, choose, async (opened) => {
    const gathered = await gatherPlots(opened.revisions, {
      targets,
      overrides: givenProperties(options),
      folder: opened.folder,
      templates: opened.templates,
      merge: targets.length === 0 ? "apart" : "named",
    });
    if (gathered.unmatched.length > 0)
      throw new NotFoundError(`no plot or file matches ${gathered.unmatched.map((target) => `\`${target}\``).join(", ")}`, {
        hint: "`cml plots show --json` lists the plots",
      });
    const code = reportProblems(app.host, opened, gathered);
    if (options.showVega) return Math.max(code, showVega(app.host.out, gathered));
    if (isJson) await showJson(app.host, options, opened, gathered);
    else await (await import("./plots-page.ts")).writePage(app.host, options, gathered);
    return code;
  });
}

function checkShowVega(targets: readonly string[], isJson: boolean): void {
  if (isJson) throw new UsageError("`--show-vega` and `--json` exclude each other");
  if (targets.length === 0) throw new UsageError("`--show-vega` needs a target", { hint: "add `--targets PLOT`" });
  if (targets.length > 1) throw new UsageError("`--show-vega` takes one target only");
}

/** Tells on stderr what is missing; 1 when a DVC file itself cannot be read, because nobody knows then which plots there are. */
function reportProblems(host: Host, { revisions }: OpenedRevisions, gathered: Gathered): number {
  const broken = revisions.flatMap((revision) => revision.index.problems.map((problem) => ({ problem, name: revision.name })));
  for (const { problem, name } of broken) host.log.error(`${name}: ${problem.message}`);
  for (const error of gathered.errors) host.log.warn(`${error.rev}: ${error.name ?? ""}: ${error.msg}`);
  return broken.length > 0 ? 1 : 0;
}

/** The first chart's specification; nothing for an image, `{}` for a chart without rows. */
function showVega(out: Output, { plots, errors }: Gathered): number {
  const plot = plots.find((candidate) => candidate.kind === "chart");
  if (plot === undefined) return 0;
  if (plot.chart === null || plot.template === null) {
    const error = errors.find((candidate) => candidate.name === plot.id);
    if (error !== undefined) throw new InputError(`${plot.id}: ${error.msg}`);
    out.write("{}\n");
    return 0;
  }
  writeNode(out, fillChart(plot.template, plot.chart).content);
  return 0;
}

async function showJson(host: Host, options: PlotsOptions, opened: OpenedRevisions, gathered: Gathered): Promise<void> {
  const folder = resolve(host.cwd, options.out ?? "dvc_plots");
  const errors: NodeMap[] = gathered.errors.map(
    ({ line: _line, isMissing: _isMissing, ...error }) =>
      new Map(Object.entries(error).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  );
  for (const { name, index } of opened.revisions)
    for (const problem of index.problems)
      errors.push(
        new Map([
          ["rev", name],
          ["type", "InvalidFile"],
          ["msg", problem.message],
        ]),
      );
  const data = new Map<string, Node>();
  for (const plot of gathered.plots) {
    try {
      data.set(plot.id, plot.kind === "image" ? await imageEntries(host, folder, plot) : chartEntries(plot, options.split));
    } catch (error) {
      if (!(error instanceof CmlError)) throw error;
      data.set(plot.id, []);
      errors.push(
        new Map([
          ["name", plot.id],
          ["type", "BadTemplateError"],
          ["msg", error.message],
        ]),
      );
    }
  }
  const answer = new Map<string, Node>();
  if (errors.length > 0) answer.set("errors", errors);
  if (data.size > 0) answer.set("data", data);
  writeNode(host.out, answer);
}

function chartEntries(plot: ChartPlot, split: boolean): Node {
  if (plot.chart === null || plot.template === null) return [];
  const { content, definitions } = fillChart(plot.template, plot.chart, split);
  const entry = new Map<string, Node>([
    ["type", "vega"],
    ["revisions", plot.chart.revisions],
    ["content", content],
  ]);
  if (split) entry.set("anchor_definitions", definitions);
  return [entry];
}

async function imageEntries(host: Host, folder: string, plot: ImagePlot): Promise<Node> {
  const written = await writeImages(host, folder, plot);
  return [...written].map(
    ([rev, path]) =>
      new Map<string, Node>([
        ["type", "image"],
        ["revisions", [rev]],
        ["url", path],
      ]),
  );
}

/** Writes each revision's picture as `<revision>_<path>` with `_` for `/`; answers the paths by revision. */
export async function writeImages(host: Host, folder: string, plot: ImagePlot): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  for (const [rev, bytes] of plot.images) {
    const path = resolve(folder, `${rev}_${plot.id}`.replaceAll(/[/\\]/g, "_"));
    await host.file.write(path, bytes);
    paths.set(rev, path);
  }
  return paths;
}

/** Pieces are joined to blocks: a write for each of a million datapoints would take longer than making them. */
function writeNode(out: Output, node: Node): void {
  let pieces: string[] = [];
  printNode(node, (piece) => {
    if (pieces.push(piece) < 20_000) return;
    out.write(pieces.join(""));
    pieces = [];
  });
  out.write(`${pieces.join("")}\n`);
}
