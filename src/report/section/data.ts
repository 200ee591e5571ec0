import type { DataChange } from "../../compare/comparison.ts";
import type { Block, Span } from "../document.ts";
import { code, name, text } from "../document.ts";
import { formatBytes, formatCount, plural } from "../number.ts";

/** `added`, `modified`, … with files and sizes of both sides. */
export function dataTable(changes: readonly DataChange[]): Block {
  return {
    kind: "table",
    columns: [
      { title: [text("data")], align: "left" },
      { title: [text("change")], align: "left" },
      { title: [text("files")], align: "right" },
      { title: [text("size")], align: "right" },
    ],
    rows: changes.map((change) => [
      change.from === undefined ? [code(change.path)] : [code(change.from), text(" → "), code(change.path)],
      [text(change.kind)],
      [text(pair(change.oldFiles, change.newFiles, formatCount))],
      [text(pair(change.oldSizeBytes, change.newSizeBytes, formatBytes))],
    ]),
  };
}

function pair(old: number | null, current: number | null, format: (value: number) => string): string {
  if (old === null && current === null) return "";
  if (old === null) return current === null ? "" : format(current);
  if (current === null) return format(old);
  return old === current ? format(current) : `${format(old)} → ${format(current)}`;
}

/** One change in a few words: `data/train` 1,200 → 640 files, `model.pkl` 48.1 → 52.0 MB. */
export function dataPhrase(change: DataChange): Span[] {
  const start: Span[] = [code(change.path), text(" ")];
  if (change.kind === "renamed") return [code(change.from ?? ""), text(" renamed to "), code(change.path)];
  if (change.kind === "added") return [...start, text(`added${sized(change.newFiles, change.newSizeBytes)}`)];
  if (change.kind === "deleted") return [...start, text(`deleted${sized(change.oldFiles, change.oldSizeBytes)}`)];
  if (change.oldFiles !== null && change.newFiles !== null && change.oldFiles !== change.newFiles) {
    return [...start, text(`${formatCount(change.oldFiles)} → ${formatCount(change.newFiles)} files`)];
  }
  if (change.oldSizeBytes !== null && change.newSizeBytes !== null) {
    return [
      ...start,
      text(
        pair(change.oldSizeBytes, change.newSizeBytes, formatBytes) +
          (change.oldSizeBytes === change.newSizeBytes ? ", other content" : ""),
      ),
    ];
  }
  return [...start, text("modified")];
}

function sized(files: number | null, bytes: number | null): string {
  const parts = [files === null ? "" : plural(files, "file"), bytes === null ? "" : formatBytes(bytes)].filter(
    (part) => part !== "",
  );
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

/** `data (-560 files, -41 MB)` for the fold's heading. */
export function dataSummary(changes: readonly DataChange[]): string {
  let files = 0;
  let bytes = 0;
  for (const change of changes) {
    files += (change.newFiles ?? 0) - (change.oldFiles ?? 0);
    bytes += (change.newSizeBytes ?? 0) - (change.oldSizeBytes ?? 0);
  }
  const parts = [
    files === 0 ? "" : `${files > 0 ? "+" : ""}${formatCount(files)} ${Math.abs(files) === 1 ? "file" : "files"}`,
    bytes === 0 ? "" : `${bytes > 0 ? "+" : ""}${formatBytes(bytes)}`,
  ].filter((part) => part !== "");
  return `data (${parts.length === 0 ? `${changes.length} changed` : parts.join(", ")})`;
}

export function dataNames(changes: readonly DataChange[]): Span[] {
  return changes.flatMap((change, index) => [...(index === 0 ? [] : [text(", ")]), name(change.path)]);
}
