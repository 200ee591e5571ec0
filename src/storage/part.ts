import type { Range } from "./contract.ts";

export const mebibyte = 1024 * 1024;
/** Bodies up to it are sent from memory, larger ones as they are read. */
export const inMemoryBytes = mebibyte;
/** Objects above it are sent in parts. */
export const singleBytes = 32 * mebibyte;
const smallestPart = 16 * mebibyte;
const most = 9_000;

/** Parts of an object: 16 MiB each, more when their number would pass 9,000 (stores take at most 10,000 or 50,000). */
export function partsOf(sizeBytes: number, wantedBytes = smallestPart): Range[] {
  const size = Math.max(wantedBytes, Math.ceil(sizeBytes / most / mebibyte) * mebibyte);
  const parts: Range[] = [];
  for (let start = 0; start < sizeBytes; start += size) parts.push({ start, end: Math.min(sizeBytes, start + size) });
  return parts;
}

/** Runs `action` over all items, at most `width` at a time, and answers the results in order. The first failure ends it, after those under way have ended. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  action: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let failed = false;
  const work = async (): Promise<void> => {
    while (!failed && next < items.length) {
      const index = next++;
      const item = items[index];
      if (item === undefined) return;
      try {
        results[index] = await action(item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, work));
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  return results;
}
