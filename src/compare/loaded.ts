import { CmlError, type ErrorKind, InputError } from "../core/error.ts";
import { compareCodePoints } from "../core/text.ts";
import type { Value } from "../core/value.ts";
import type { Problem } from "./comparison.ts";
import { readDocument } from "../core/document.ts";
import type { Side } from "./view.ts";

/** Largest metrics or params file that is read. */
const limitBytes = 16 * 1024 * 1024;

/**
 * One file of one side. `missing`: not there. `unfetched`: tracked by DVC, but neither in the cache nor in a remote that could be read.
 * `broken`: not what its suffix promises.
 */
export type Loaded =
  | { readonly kind: "data"; readonly data: Value }
  | { readonly kind: "missing" | "unfetched" | "broken"; readonly error: CmlError };

/** A remote that refuses or does not answer says nothing about the file. */
const unfetchedKinds: ReadonlySet<ErrorKind> = new Set<ErrorKind>(["not-found", "unsupported", "auth", "unavailable", "config"]);

/** Files of one side, in the order they were asked for. */
export type LoadedFiles = ReadonlyMap<string, Loaded>;

/** Reads every file of `files`; a failure is kept with its file. `refine` turns the document into what is compared. */
export async function loadFiles(
  side: Side,
  files: readonly string[],
  refine: (data: Value, file: string) => Value,
): Promise<LoadedFiles> {
  const loaded = await Promise.all(files.map((file) => loadFile(side, file, refine)));
  return new Map(files.map((file, index) => [file, loaded[index] ?? missing(file)]));
}

async function loadFile(side: Side, file: string, refine: (data: Value, file: string) => Value): Promise<Loaded> {
  try {
    const bytes = await side.read(file, { limitBytes });
    if (bytes === null) return missing(file);
    return { kind: "data", data: refine(await readDocument(bytes, file), file) };
  } catch (error) {
    if (!(error instanceof CmlError)) throw error;
    return { kind: unfetchedKinds.has(error.kind) ? "unfetched" : "broken", error };
  }
}

function missing(file: string): Loaded {
  return { kind: "missing", error: new InputError(`${file}: no such file`, { details: { file } }) };
}

/** Failures of a side as a report shows them; `missing` files are no problem there. */
export function problemsOf(side: Side, loaded: LoadedFiles): Problem[] {
  const problems: Problem[] = [];
  for (const [file, entry] of loaded) {
    if (entry.kind !== "broken" && entry.kind !== "unfetched") continue;
    const line = entry.error.details["line"];
    problems.push({
      file,
      line: typeof line === "number" ? line : null,
      revision: side.label.name,
      message: entry.error.message,
    });
  }
  return problems;
}

/** Replaces folders by all files in them, removes duplicates, sorts by code point. Paths that are not there stay. */
export async function expandFolders(side: Side, paths: readonly string[]): Promise<string[]> {
  const files = new Set<string>();
  for (const path of new Set(paths)) {
    if ((await side.kind(path)) === "folder") await addFolder(side, path, files);
    else files.add(path);
  }
  return [...files].toSorted(compareCodePoints);
}

async function addFolder(side: Side, folder: string, files: Set<string>): Promise<void> {
  for (const entry of await side.list(folder)) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.kind === "folder") await addFolder(side, path, files);
    else files.add(path);
  }
}
