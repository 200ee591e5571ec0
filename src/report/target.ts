import { UsageError } from "../core/error.ts";

/** Where a report goes. */
export type Target =
  | { readonly kind: "comment"; /** As typed: `pr`, `commit/REV`, `issue/4`. */ readonly text: string }
  /** `terminal` has no name: it is where a report goes when nothing else is there. */
  | { readonly kind: "check" | "summary" | "stdout" | "terminal" }
  | { readonly kind: "file"; readonly format: FileFormat; readonly path: string };

const formats = ["md", "html", "json", "junit", "gitlab-metrics", "codequality"] as const;
export type FileFormat = (typeof formats)[number];

/** Throws `UsageError` naming what is known. */
export function parseTarget(text: string): Target {
  const trimmed = text.trim();
  if (/^(?:pr(?:\/\d+)?|commit(?:\/.+)?|issue\/\d+|auto)$/.test(trimmed)) return { kind: "comment", text: trimmed };
  if (trimmed === "check" || trimmed === "summary" || trimmed === "stdout") return { kind: trimmed };
  const colon = trimmed.indexOf(":");
  const format = formats.find((known) => known === trimmed.slice(0, colon));
  if (colon > 0 && format !== undefined && trimmed.length > colon + 1)
    return { kind: "file", format, path: trimmed.slice(colon + 1) };
  throw new UsageError(`unknown target: \`${text}\``, {
    hint: "known: pr, commit[/REV], issue/N, check, summary, stdout, md:PATH, html:PATH, json:PATH, junit:PATH, gitlab-metrics:PATH, codequality:PATH",
  });
}
