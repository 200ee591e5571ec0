import { type DiffRow, diffDocuments } from "../../compare/dvc-diff.ts";
import type { LoadedFiles } from "../../compare/loaded.ts";
import { markdownTable, plainTable } from "../../compare/table.ts";
import { formatCell } from "../../compare/cell.ts";
import { UsageError } from "../../core/error.ts";
import { printJson } from "../../core/json.ts";
import { compareCodePoints } from "../../core/text.ts";
import type { Host } from "../../host/host.ts";
import type { App } from "../kit/command.ts";
import { onGround, type OpenedSide, openPair, tellBroken, workspace } from "./sides.ts";
import type { DiffOptions } from "./values-option.ts";

export interface ValuesKind {
  /** Heading of the column of keys. */
  readonly title: string;
  readonly showChange: boolean;
  /** Decimals of floats, null for all. */
  readonly precision: number | null;
  /** Reads `files` (repository-relative), or what is declared; `further` is declared on the other side only. */
  load(opened: OpenedSide, files: readonly string[] | null, further: readonly string[]): Promise<LoadedFiles>;
  /** Declared files of a side. */
  files(opened: OpenedSide): Promise<readonly string[]>;
}

/** `metrics diff` and `params diff`: compares two revisions and prints JSON or a table. */
export async function runValuesDiff(
  app: App,
  operands: readonly string[],
  options: DiffOptions,
  kind: ValuesKind,
): Promise<number> {
  const [a = "HEAD", b = workspace] = operands;
  return onGround(app.host, async (ground) => {
    const targets = options.targets.length === 0 ? null : options.targets.map((target) => ground.path(target));
    const pair = await openPair(app.host, ground, a, b);
    const answer =
      pair === null ? { diff: new Map<string, DiffRow[]>(), code: 0 } : await compare(app.host, pair, targets, kind, options.all);
    const shown = new Map([...answer.diff].map(([file, rows]) => [ground.shown(file), rows]));
    if (app.globals.json || options.showJson) app.host.out.write(`${printDiff(shown)}\n`);
    else app.host.out.write(table(shown, [a, b], options, kind));
    return answer.code;
  });
}

interface Answer {
  readonly diff: ReadonlyMap<string, readonly DiffRow[]>;
  readonly code: number;
}

async function compare(
  host: Host,
  pair: readonly [OpenedSide, OpenedSide],
  targets: readonly string[] | null,
  kind: ValuesKind,
  all: boolean,
): Promise<Answer> {
  const isBroken = tellBroken(host, pair);
  const [old, new_] = await loadBoth(pair, targets, kind, isBroken);
  const diff = new Map<string, readonly DiffRow[]>();
  for (const file of [...new Set([...old.keys(), ...new_.keys()])].toSorted(compareCodePoints)) {
    const [before, after] = [old.get(file), new_.get(file)];
    // Nothing is known of a file that could not be fetched, or that a metafile that cannot be read may track: it is not deleted.
    if (before?.kind === "unfetched" || after?.kind === "unfetched") continue;
    if (isBroken && (before?.kind !== "data" || after?.kind !== "data")) continue;
    const rows = diffDocuments(dataOf(before), dataOf(after), all);
    if (rows.length > 0) diff.set(file, rows);
  }
  const failed = [tellLoaded(host, pair[0].name, old), tellLoaded(host, pair[1].name, new_)].some((one) => one);
  const lost = targets?.filter((target) => [old, new_].every((side) => side.get(target)?.kind === "missing")) ?? [];
  for (const file of lost) host.log.error(`\`${file}\` is in neither revision`);
  return { diff, code: isBroken || failed || lost.length > 0 ? 1 : 0 };
}

/** With a metafile that cannot be read, the other side's declarations say what to look for. */
async function loadBoth(
  [a, b]: readonly [OpenedSide, OpenedSide],
  targets: readonly string[] | null,
  kind: ValuesKind,
  isBroken: boolean,
): Promise<[LoadedFiles, LoadedFiles]> {
  const further = isBroken && targets === null ? [...new Set([...(await kind.files(a)), ...(await kind.files(b))])] : [];
  return [await kind.load(a, targets, further), await kind.load(b, targets, further)];
}

function dataOf(
  loaded: LoadedFiles extends ReadonlyMap<string, infer L> ? L | undefined : never,
): Parameters<typeof diffDocuments>[0] {
  return loaded?.kind === "data" ? loaded.data : new Map();
}

/** Names files that could not be used; whether one of them is worse than merely not there. */
export function tellLoaded(host: Host, revision: string, loaded: LoadedFiles): boolean {
  let isBad = false;
  for (const entry of loaded.values()) {
    if (entry.kind === "data") continue;
    if (entry.kind === "missing") host.log.debug(`${revision}: ${entry.error.message}`);
    else {
      isBad = true;
      host.log.error(`${revision}: ${entry.error.message}`, { hint: entry.error.hint });
    }
  }
  return isBad;
}

function printDiff(diff: ReadonlyMap<string, readonly DiffRow[]>): string {
  const files = [...diff].map(([file, rows]): [string, ReadonlyMap<string, object>] => [
    file,
    new Map(rows.map((row) => [row.name, { old: row.old, new: row.new, ...(row.diff === undefined ? {} : { diff: row.diff }) }])),
  ]);
  return printJson(new Map(files.map(([file, keys]) => [file, new Map([...keys].map(([key, value]) => [key, { ...value }]))])));
}

function table(
  diff: ReadonlyMap<string, readonly DiffRow[]>,
  [a, b]: readonly [string, string],
  options: DiffOptions,
  kind: ValuesKind,
): string {
  const cell = (value: Parameters<typeof formatCell>[0]): string => formatCell(value, kind.precision);
  const pick = (path: string, key: string, old: string, new_: string, change: string): string[] => [
    ...(options.path ? [path] : []),
    key,
    old,
    new_,
    ...(kind.showChange ? [change] : []),
  ];
  const rows = [...diff].flatMap(([file, all]) =>
    all.map((row) => pick(file, row.name, cell(row.old), cell(row.new), cell(row.diff ?? null))),
  );
  const headers = pick("Path", kind.title, a, b, "Change");
  return options.md ? markdownTable(headers, rows) : plainTable(headers, rows);
}

/** Zero means the default, as in DVC. */
export function precisionOf(given: number | undefined): number {
  if (given !== undefined && (!Number.isInteger(given) || given < 0))
    throw new UsageError(`--precision needs a whole number: \`${given}\``);
  return given === undefined || given === 0 ? 5 : given;
}
