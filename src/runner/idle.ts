import { UsageError } from "../core/error.ts";

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of an idle time-out as the predecessor wrote it: seconds, `5 minutes`, `1h`; null (`never`, 0, negative): no limit. */
export function parseIdle(text: string): number | null {
  const word = text.trim().toLowerCase();
  if (word === "never") return null;
  const found = /^(-?\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(word);
  const unit = unitOf(found?.[2] ?? "?");
  if (found === null || unit === undefined)
    throw new UsageError(`\`--idle-timeout\` needs seconds, a duration such as \`5 minutes\`, or \`never\`: \`${text}\``);
  const ms = Number(found[1]) * unit;
  return ms > 0 ? ms : null;
}

/** `minutes`, `mins`, `min` and `m` are one. */
function unitOf(word: string): number | undefined {
  if (word === "") return 1_000;
  if (word === "ms" || /^(milliseconds?|msecs?)$/.test(word)) return 1;
  const known: readonly (readonly [RegExp, string])[] = [
    [/^(s|secs?|seconds?)$/, "s"],
    [/^(m|mins?|minutes?)$/, "m"],
    [/^(h|hrs?|hours?)$/, "h"],
    [/^(d|days?)$/, "d"],
    [/^(w|weeks?)$/, "w"],
  ];
  const unit = known.find(([pattern]) => pattern.test(word))?.[1];
  return unit === undefined ? undefined : units[unit];
}
