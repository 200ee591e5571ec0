import { IntegrityError } from "../core/error.ts";
import { readJson } from "../core/json.ts";
import { decodeText } from "../core/place.ts";
import { compareCodePoints } from "../core/text.ts";
import { isMapping, type Value } from "../core/value.ts";
import { readHash } from "./hash.ts";
import type { Hash, ManifestEntry } from "./out.ts";

/**
 * Reads the list of files of a tracked folder, a JSON array of `{"md5", "relpath"}`. `IntegrityError` naming `what` when it is none, or when an
 * entry would lie outside of the folder or twice in it.
 */
export function readManifest(bytes: Uint8Array, what: string, kind: Hash["kind"]): ManifestEntry[] {
  const items = parse(bytes, what);
  const seen = new Set<string>();
  const entries = items.map((item) => {
    const entry = entryOf(item, kind);
    if (entry === null)
      throw new IntegrityError(`${what}: entry of a manifest without \`relpath\` and \`md5\``, { details: { file: what } });
    checkPath(entry.path, what);
    if (seen.has(entry.path))
      throw new IntegrityError(`${what}: manifest names \`${entry.path}\` twice`, { details: { file: what } });
    seen.add(entry.path);
    return entry;
  });
  return entries.toSorted((a, b) => compareCodePoints(a.path, b.path));
}

function parse(bytes: Uint8Array, what: string): readonly Value[] {
  try {
    const value = readJson(decodeText(bytes, what), what);
    if (Array.isArray(value)) return value;
  } catch (cause) {
    throw new IntegrityError(`${what}: not a manifest of files: ${cause instanceof Error ? cause.message : ""}`, {
      cause,
      details: { file: what },
    });
  }
  throw new IntegrityError(`${what}: not a manifest of files: expected a JSON array`, { details: { file: what } });
}

function entryOf(item: Value, kind: Hash["kind"]): ManifestEntry | null {
  if (!isMapping(item)) return null;
  const path = item.get("relpath");
  const md5 = item.get("md5");
  const hash = typeof md5 === "string" ? readHash(md5, kind) : null;
  return typeof path === "string" && hash !== null ? { path, hash } : null;
}

/** DVC writes such entries wherever they point; a manifest comes from whoever can write to the remote. */
export function checkPath(path: string, what: string): void {
  const parts = path.split("/");
  const isSafe = path !== "" && !path.includes("\0") && parts.every((part) => part !== "" && part !== "." && part !== "..");
  if (!isSafe)
    throw new IntegrityError(`${what}: manifest names a path outside of its folder: \`${path}\``, { details: { file: what } });
}
