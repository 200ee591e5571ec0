import process from "node:process";

/** Resident memory of the whole process with all its threads. */
export function residentBytes(): number {
  return process.memoryUsage.rss();
}
