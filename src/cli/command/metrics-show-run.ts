import { formatCell } from "../../compare/cell.ts";
import { flatten } from "../../compare/flatten.ts";
import { expandFolders, type Loaded, type LoadedFiles } from "../../compare/loaded.ts";
import { loadMetrics, metricFiles } from "../../compare/metrics.ts";
import { markdownTable, plainTable } from "../../compare/table.ts";
import { printJson, type Printable } from "../../core/json.ts";
import { compareCodePoints } from "../../core/text.ts";
import { isMapping } from "../../core/value.ts";
import type { App } from "../kit/command.ts";
import { brokenIn, type Ground, notRepository, onGround, type OpenedSide, tellBroken, workspace } from "./sides.ts";
import { precisionOf, tellLoaded } from "./values-diff.ts";

export interface ShowOptions {
  readonly allBranches: boolean;
  readonly allTags: boolean;
  readonly allCommits: boolean;
  readonly md: boolean;
  readonly showJson: boolean;
  readonly precision: number | undefined;
}

interface Shown {
  /** As DVC prints it: names joined by commas, a full sha, or empty for the work tree alone. */
  readonly name: string;
  readonly opened: OpenedSide;
  readonly loaded: LoadedFiles;
}

export async function runMetricsShow(app: App, operands: readonly string[], options: ShowOptions): Promise<number> {
  const { host } = app;
  const precision = precisionOf(options.precision);
  const isMany = options.allBranches || options.allTags || options.allCommits;
  return onGround(host, async (ground) => {
    const targets = operands.map((target) => ground.path(target));
    const shown = isMany ? await many(app, ground, targets, options) : [await one(ground, workspace, "", targets)];
    const isBroken = tellBroken(
      host,
      shown.map(({ opened, name }) => ({ ...opened, name: name || workspace })),
    );
    const failed = shown.filter(({ name, loaded }) => tellLoaded(host, name || workspace, loaded));
    const lost = targets.filter((target) => shown.every(({ loaded }) => loaded.get(target)?.kind === "missing"));
    for (const target of lost) host.log.error(`no such metrics file: \`${target}\``);
    if (app.globals.json || options.showJson) host.out.write(`${json(ground, shown)}\n`);
    else host.out.write(table(ground, shown, { isMany, md: options.md, precision }));
    // Content of old commits may have been cleaned away on purpose; the answer itself says what is missing.
    const isNow = failed.some(({ opened }) => opened.side.label.sha === null);
    return isBroken || isNow || lost.length > 0 ? 1 : 0;
  });
}

async function one(ground: Ground, revision: string, name: string, targets: readonly string[]): Promise<Shown> {
  const opened = await ground.open(revision);
  const files = targets.length === 0 ? await metricFiles(opened.side, opened.scope) : await expandFolders(opened.side, targets);
  return { name, opened, loaded: await loadMetrics(opened.side, files) };
}

/** The work tree first, left out where it says the same as the branch that is checked out. */
async function many(app: App, ground: Ground, targets: readonly string[], options: ShowOptions): Promise<Shown[]> {
  const { repository } = ground;
  if (repository === null) throw notRepository(app.host);
  const wanted = { branches: options.allBranches, tags: options.allTags, commits: options.allCommits };
  const shown = [await one(ground, workspace, workspace, targets)];
  for (const { sha, names } of await repository.allRevisions(wanted)) {
    const name = options.allCommits || names.length === 0 ? sha : names.join(",");
    shown.push(await one(ground, sha, name, targets));
  }
  const branch = await repository.currentBranch();
  const current = shown.find(({ name }) => name === branch);
  const [first, ...rest] = shown;
  const isSame =
    first !== undefined &&
    current !== undefined &&
    json(ground, [{ ...first, name: "" }]) === json(ground, [{ ...current, name: "" }]);
  return isSame ? rest : shown;
}

function json(ground: Ground, shown: readonly Shown[]): string {
  const answer = shown.map(({ name, opened, loaded }): [string, Printable] => [
    name,
    failureOf(opened, loaded) ?? {
      data: new Map([...loaded].map(([file, entry]) => [ground.shown(file), entryOf(ground.shown(file), entry)])),
    },
  ]);
  return printJson(new Map(answer));
}

/** A revision whose metafiles cannot be read has no metrics, rather than none. */
function failureOf(opened: OpenedSide, loaded: LoadedFiles): Printable {
  const [problem] = brokenIn(opened);
  return problem === undefined || loaded.size > 0 ? undefined : { error: { type: "YAMLSyntaxError", msg: problem.message } };
}

/** Failures in the words of DVC's answer; ours, with the line, are on stderr. */
function entryOf(file: string, entry: Loaded): Printable {
  if (entry.kind === "data") return { data: entry.data };
  if (entry.kind === "unfetched")
    return { error: { type: "FileNotFoundError", msg: `[Errno 2] No storage files available: '${file}'` } };
  if (entry.kind === "missing")
    return { error: { type: "FileNotFoundError", msg: `[Errno 2] No such file or directory: '${file}'` } };
  const format = /\.(json|toml|py)$/i.exec(file)?.[1]?.toUpperCase() ?? "YAML";
  return {
    error: { type: `${format}FileCorruptedError`, msg: `unable to read: '${file}', ${format} file structure is corrupted` },
  };
}

function table(ground: Ground, shown: readonly Shown[], options: { isMany: boolean; md: boolean; precision: number }): string {
  const rows = shown.flatMap(({ name, loaded }) =>
    [...loaded].map(([file, entry]) => {
      const data = entry.kind === "data" ? entry.data : new Map();
      return { name, file: ground.shown(file), values: isMapping(data) ? flatten(data) : new Map([["", data]]) };
    }),
  );
  const keys = [...new Set(rows.flatMap(({ values }) => [...values.keys()]))].toSorted(compareCodePoints);
  const headers = [...(options.isMany ? ["Revision"] : []), "Path", ...keys];
  const cells = rows.map(({ name, file, values }) => [
    ...(options.isMany ? [name] : []),
    file,
    ...keys.map((key) => formatCell(values.get(key) ?? null, options.precision)),
  ]);
  return options.md ? markdownTable(headers, cells) : plainTable(headers, cells);
}
