import { join } from "node:path";
import { diffEntries } from "../../compare/data-diff.ts";
import { cachedOuts, type DataEntries, type DataEntry, recordedEntries } from "../../compare/data-entry.ts";
import { type DataReport, dataJson, dataMarkdown, dataText } from "../../compare/data-text.ts";
import { workspaceEntries } from "../../compare/workspace-entry.ts";
import { NotFoundError } from "../../core/error.ts";
import { printJson, type Printable } from "../../core/json.ts";
import { compareCodePoints } from "../../core/text.ts";
import { readConfig } from "../../dvc/config.ts";
import { objectKey } from "../../dvc/hash.ts";
import type { Host } from "../../host/host.ts";
import type { App } from "../kit/command.ts";
import { type Ground, onGround, type OpenedSide, openPair, tellBroken, workspace } from "./sides.ts";

export interface DataOptions {
  readonly targets: readonly string[];
  readonly md: boolean;
  readonly showJson: boolean;
  readonly showHash: boolean;
  readonly hideMissing: boolean;
}

export async function runDataDiff(app: App, operands: readonly string[], options: DataOptions): Promise<number> {
  const { host } = app;
  const [a = "HEAD", b] = operands;
  return onGround(host, async (ground) => {
    const pair = await openPair(host, ground, a, b ?? workspace);
    const answer =
      pair === null
        ? { report: { differences: [], notInCache: null }, code: 0 }
        : await compare(host, ground, pair, { ...options, hideMissing: options.hideMissing || b !== undefined });
    if (app.globals.json || options.showJson)
      host.out.write(`${printJson(printable(dataJson(answer.report, options.showHash)))}\n`);
    else host.out.write(options.md ? dataMarkdown(answer.report, options.showHash) : dataText(answer.report, options.showHash));
    return answer.code;
  });
}

async function compare(
  host: Host,
  ground: Ground,
  [old, new_]: readonly [OpenedSide, OpenedSide],
  options: DataOptions,
): Promise<{ report: DataReport; code: number }> {
  const isBroken = tellBroken(host, [old, new_]);
  const targets = options.targets.map((target) => ground.path(target));
  const before = narrowed(await entriesOf(old), old, targets);
  const after = narrowed(await entriesOf(new_), new_, targets);
  for (const { revision, message } of [...before.problems, ...after.problems]) host.log.error(`${revision}: ${message}`);
  for (const target of options.targets)
    if (targets.length > 0 && before.entries.size + after.entries.size === 0)
      throw new NotFoundError(`no tracked file or folder matches \`${target}\``);
  const found = diffEntries(before, after);
  // What only one side tracks may stand in the metafile that the other side could not read.
  const differences = isBroken ? found.filter(({ kind }) => kind === "modified") : found;
  const notInCache = options.hideMissing ? null : await missingFromCache(host, ground, old, before);
  return { report: { differences, notInCache }, code: isBroken || before.problems.length + after.problems.length > 0 ? 1 : 0 };
}

/** The work tree by what lies in it, everything else by what its metafiles record. */
function entriesOf({ side, scope }: OpenedSide): Promise<DataEntries> {
  const outs = cachedOuts(side, scope);
  return side.label.sha === null ? workspaceEntries(side, outs) : recordedEntries(side, outs, true);
}

/** Only what `targets` name; paths count from the project's folder, as in DVC. */
function narrowed(all: DataEntries, { scope }: OpenedSide, targets: readonly string[]): DataEntries {
  const strip = (path: string): string => (scope.folder === "" ? path : path.slice(scope.folder.length + 1));
  const isWanted = (path: string): boolean =>
    targets.length === 0 || targets.some((target) => path === target || path.startsWith(`${target}/`));
  const entries = new Map<string, DataEntry>();
  for (const [path, entry] of all.entries) if (isWanted(path)) entries.set(strip(path), { ...entry, path: strip(path) });
  return { entries, unknown: new Set([...all.unknown].map(strip)), problems: all.problems };
}

async function missingFromCache(
  host: Host,
  ground: Ground,
  { side, scope }: OpenedSide,
  { entries }: DataEntries,
): Promise<DataEntry[]> {
  const { cacheFolder } = await readConfig(host, side.tree, ground.repository?.root ?? null, scope.folder);
  const missing: DataEntry[] = [];
  for (const entry of entries.values()) {
    if ((await host.file.lstat(join(cacheFolder, objectKey(entry.hash)))) === null) missing.push(entry);
  }
  return missing.toSorted((a, b) => compareCodePoints(a.path, b.path));
}

function printable(value: unknown): Printable {
  if (Array.isArray(value)) return value.map(printable);
  if (typeof value === "object" && value !== null)
    return new Map(Object.entries(value).map(([key, item]) => [key, printable(item)]));
  return typeof value === "string" ? value : null;
}
