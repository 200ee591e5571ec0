import { createHash } from "node:crypto";
import { printJson } from "../core/json.ts";
import { compareCodePoints } from "../core/text.ts";
import { isMapping, type Mapping } from "../core/value.ts";
import { readHash } from "./hash.ts";
import { checkPath } from "./manifest.ts";
import { type Metafile, sizeOf, textOf } from "./metafile.ts";
import type { Hash, ManifestEntry, Out } from "./out.ts";
import { joinPath, within } from "./path.ts";

/** What a lock file or `.dvc` file records of an output. */
export type Recorded = Pick<Out, "hash" | "isFolder" | "sizeBytes" | "files" | "isExecutable" | "entries">;

export const unrecorded: Recorded = {
  hash: null,
  isFolder: false,
  sizeBytes: null,
  files: null,
  isExecutable: false,
  entries: null,
};

/**
 * Reads hash and size. An entry without `hash:` was written by DVC 1 or 2; DVC 3 leaves it so until its stage runs again, so that one file mixes both.
 */
export function readRecorded(metafile: Metafile, fields: Mapping): Recorded {
  const kind = fields.has("hash") ? "md5" : "md5-dos2unix";
  const sizes = {
    sizeBytes: sizeOf(fields.get("size")),
    files: sizeOf(fields.get("nfiles")),
    isExecutable: fields.get("isexec") === true,
  };
  const listed = metafile.list(fields, "files");
  if (listed.length > 0) return { ...sizes, ...folderOfVersions(metafile, fields) };
  const text = textOf(fields.get("md5")) ?? "";
  const hash = text === "" ? null : readHash(text, kind);
  if (text !== "" && hash === null) metafile.report(fields, "md5", `not an MD5: \`${text}\``);
  return { ...sizes, hash, isFolder: hash?.value.endsWith(".dir") === true || sizes.files !== null, entries: null };
}

/** A folder on a remote that keeps versions itself has no manifest: its files stand in the metafile, its hash follows from them. */
function folderOfVersions(metafile: Metafile, fields: Mapping): Omit<Recorded, "isExecutable"> {
  const entries: ManifestEntry[] = [];
  let sizeBytes = 0;
  for (const [index, item] of metafile.list(fields, "files").entries()) {
    const path = isMapping(item) ? textOf(item.get("relpath")) : null;
    const hash = isMapping(item) ? readHash(textOf(item.get("md5")) ?? "", "md5") : null;
    if (!isMapping(item) || path === null || hash === null) {
      metafile.report(metafile.list(fields, "files"), index, "a file of `files` needs `relpath` and `md5`");
      continue;
    }
    checkPath(path, metafile.path);
    entries.push({ path, hash });
    sizeBytes += sizeOf(item.get("size")) ?? 0;
  }
  const sorted = entries.toSorted((a, b) => compareCodePoints(a.path, b.path));
  return { hash: manifestHash(sorted), isFolder: true, sizeBytes, files: entries.length, entries: sorted };
}

function manifestHash(entries: readonly ManifestEntry[]): Hash {
  const text = printJson(entries.map((entry) => ({ md5: entry.hash.value, relpath: entry.path })));
  return { kind: "md5", value: `${createHash("md5").update(text).digest("hex")}.dir` };
}

/** Flags that `dvc.yaml` and `.dvc` files have in common. */
export function readFlags(fields: Mapping): Pick<Out, "isCached" | "isPersistent" | "isPushed" | "remote"> {
  return {
    isCached: fields.get("cache") !== false,
    isPersistent: fields.get("persist") === true,
    isPushed: fields.get("push") !== false,
    remote: textOf(fields.get("remote"))?.toLowerCase() ?? null,
  };
}

/** Path of an output from the root; null for what lies outside of its project: DVC neither pulls nor shows that. */
export function placeOf(metafile: Metafile, folder: string, path: string): string | null {
  if (/^\w+:\/\//.test(path)) return null;
  const place = joinPath(folder, path);
  const inside = place === null ? null : within(metafile.project.folder, place);
  return inside === null || inside === "" ? null : place;
}
