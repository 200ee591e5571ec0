import { UsageError } from "../core/error.ts";
import type { MetricChange } from "./comparison.ts";

/**
 * The metric that a written name means, or null. Tried in this order, the first rule that fits anything decides: `file:key`; the whole key with `/`
 * for `.` (`eval/accuracy` is `eval.accuracy`); folder or file in front of the key (`eval/accuracy` is `accuracy` of `eval/metrics.json`);
 * the end of a key (`accuracy` is `eval.accuracy`). `UsageError` naming the candidates when the deciding rule fits several metrics.
 */
export function matchMetric(written: string, metrics: readonly MetricChange[]): MetricChange | null {
  const wanted = normalize(written);
  const rules: readonly ((metric: MetricChange) => boolean)[] = [
    (metric) => `${metric.file}:${metric.name}` === written || normalize(`${metric.file}:${metric.name}`) === wanted,
    (metric) => metric.name === written || normalize(metric.name) === wanted,
    (metric) => prefixes(metric.file).some((prefix) => normalize(`${prefix}/${metric.name}`) === wanted),
    (metric) => normalize(metric.name).endsWith(`.${wanted}`),
    (metric) => prefixes(metric.file).some((prefix) => normalize(`${prefix}/${metric.name}`).endsWith(`.${wanted}`)),
  ];
  for (const rule of rules) {
    const fitting = metrics.filter(rule);
    // A metric that is gone does not compete with one that is there.
    const present = fitting.filter((metric) => metric.new !== undefined);
    const candidates = present.length > 0 ? present : fitting;
    if (candidates.length > 1) throw ambiguous(written, candidates);
    if (candidates[0] !== undefined) return candidates[0];
  }
  return null;
}

function normalize(text: string): string {
  return text.replaceAll(/[/\\]/g, ".");
}

/** What may stand in front of a key: the file without extension, its folder, and every shorter end of both. */
function prefixes(file: string): string[] {
  const stem = file.replace(/\.[^./]*$/, "");
  const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : "";
  return [...ends(stem), ...ends(folder)];
}

function ends(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.map((_, index) => parts.slice(index).join("/"));
}

function ambiguous(written: string, candidates: readonly MetricChange[]): UsageError {
  const names = candidates.map((metric) => `\`${metric.file}:${metric.name}\``);
  const listed = names.length > 8 ? [...names.slice(0, 8), `${names.length - 8} more`] : names;
  return new UsageError(`\`${written}\` fits ${names.length} metrics: ${listed.join(", ")}`, {
    hint: "write one of them in full",
  });
}
