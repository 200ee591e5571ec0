import type { Change } from "./checkout.ts";

const upToDate = "Everything is up to date.";

/** Lines as DVC prints them: a letter, spaces to the eighth column, the path; folders end in a slash. */
export function changeLines(changes: readonly Change[], shown: (path: string) => string): string[] {
  return changes.map(({ letter, path, isFolder }) => `${letter}       ${shown(path)}${isFolder ? "/" : ""}`);
}

/** `2 files fetched, 1 file modified and 3 files added`. */
export function countLine(counts: readonly (readonly [number, string])[]): string {
  const parts = counts
    .filter(([count]) => count > 0)
    .map(([count, verb]) => `${count === 1 ? "1 file" : `${count} files`} ${verb}`);
  const last = parts.pop();
  if (last === undefined) return upToDate;
  return parts.length === 0 ? last : `${parts.join(", ")} and ${last}`;
}
