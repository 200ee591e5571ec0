import type { DataDifference } from "./data-diff.ts";
import type { DataEntry } from "./data-entry.ts";
import { markdownTable } from "./table.ts";

const states = ["added", "deleted", "renamed", "modified"] as const;

export interface DataReport {
  readonly differences: readonly DataDifference[];
  /** Entries of the old side whose content is not in the cache; null when nobody asked. */
  readonly notInCache: readonly DataEntry[] | null;
}

interface Line {
  readonly path: string;
  readonly hash: string;
}

function linesOf(report: DataReport, kind: (typeof states)[number]): Line[] {
  return report.differences
    .filter((difference) => difference.kind === kind)
    .map((difference) => {
      switch (difference.kind) {
        case "added":
          return { path: difference.new.path, hash: short(difference.new) };
        case "deleted":
          return { path: difference.old.path, hash: short(difference.old) };
        case "renamed":
          return { path: `${difference.old.path} -> ${difference.new.path}`, hash: short(difference.old) };
        default:
          return { path: difference.old.path, hash: `${short(difference.old)}..${short(difference.new)}` };
      }
    });
}

function short(entry: DataEntry): string {
  return entry.hash.value.slice(0, 8);
}

function groups(report: DataReport): [string, Line[]][] {
  const found: [string, Line[]][] = states.map((kind) => [kind, linesOf(report, kind)]);
  if (report.notInCache !== null)
    found.push(["not in cache", report.notInCache.map((entry) => ({ path: entry.path, hash: short(entry) }))]);
  return found.filter(([, lines]) => lines.length > 0);
}

/** The table of `dvc diff --md`. */
export function dataMarkdown(report: DataReport, showHash: boolean): string {
  const rows = groups(report).flatMap(([kind, lines]) =>
    lines.map((line) => (showHash ? [kind, line.hash, line.path] : [kind, line.path])),
  );
  return markdownTable(showHash ? ["Status", "Hash", "Path"] : ["Status", "Path"], rows);
}

/** The listing of `dvc diff`: a group for each state and a summary that counts files, not folders. */
export function dataText(report: DataReport, showHash: boolean): string {
  const parts = groups(report).map(([kind, lines]) => {
    const listed = lines.map((line) => `    ${showHash ? `${line.hash}  ` : ""}${line.path}\n`).join("");
    return `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}:\n${listed}\n`;
  });
  const counts = groups(report)
    .map(([kind, lines]): [string, number] => [kind, lines.filter((line) => !line.path.endsWith("/")).length])
    .filter(([, count]) => count > 0);
  if (counts.length === 0) return parts.join("");
  return `${parts.join("")}files summary: ${counts.map(([kind, count]) => `${count} ${kind}`).join(", ")}\n`;
}

/** What `dvc diff --json` prints, as a value; an empty object when nothing differs. */
export function dataJson(report: DataReport, showHash: boolean): Record<string, unknown> | object {
  if (report.differences.length === 0 && (report.notInCache?.length ?? 0) === 0) return {};
  const pick = (kind: (typeof states)[number]): object[] =>
    report.differences.filter((difference) => difference.kind === kind).map((difference) => jsonEntry(difference, showHash));
  return {
    added: pick("added"),
    deleted: pick("deleted"),
    modified: pick("modified"),
    renamed: pick("renamed"),
    ...(report.notInCache === null ? {} : { "not in cache": report.notInCache.map((entry) => single(entry, showHash)) }),
  };
}

function jsonEntry(difference: DataDifference, showHash: boolean): object {
  if (difference.kind === "added") return single(difference.new, showHash);
  if (difference.kind === "deleted") return single(difference.old, showHash);
  if (difference.kind === "renamed") {
    return {
      path: { old: difference.old.path, new: difference.new.path },
      ...(showHash ? { hash: difference.old.hash.value } : {}),
    };
  }
  return {
    path: difference.old.path,
    ...(showHash ? { hash: { old: difference.old.hash.value, new: difference.new.hash.value } } : {}),
  };
}

function single(entry: DataEntry, showHash: boolean): object {
  return { path: entry.path, ...(showHash ? { hash: entry.hash.value } : {}) };
}
