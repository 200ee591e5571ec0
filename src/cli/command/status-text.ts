import type { Changes, Status } from "../../dvc/status.ts";

/** Text of `cml status` as DVC prints it. */
export function stageLines({ stages, isEmpty }: Status): string {
  if (isEmpty)
    return "There are no data or pipelines tracked in this project yet.\nSee <https://dvc.org/doc/start> to get started!\n";
  const names = Object.entries(stages);
  if (names.length === 0) return "Data and pipelines are up to date.\n";
  const lines = names.flatMap(([name, sections]) => [
    `${name}:`,
    ...sections.flatMap((section) =>
      typeof section === "string"
        ? [`\t${section}`]
        : Object.entries(section).flatMap(([title, changes]) => [`\t${title}:`, ...changeLines(changes, "\t\t")]),
    ),
  ]);
  return lines.map((line) => `${line}\n`).join("");
}

function changeLines(changes: Changes, indent: string): string[] {
  return Object.entries(changes).flatMap(([path, word]) =>
    typeof word === "string" ? [entry(indent, word, path)] : [`${indent}${path}:`, ...changeLines(word, `${indent}\t`)],
  );
}

/** Text of `cml status -c` as DVC prints it. */
export function cloudLines(paths: Readonly<Record<string, string>>, remote: string): string {
  const entries = Object.entries(paths);
  if (entries.length === 0) return `Cache and remote '${remote}' are in sync.\n`;
  return entries.map(([path, word]) => `${entry("\t", word, path)}\n`).join("");
}

function entry(indent: string, word: string, path: string): string {
  return `${indent}${`${word}:`.padEnd(20)}${path}`;
}
