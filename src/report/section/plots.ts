import type { Plot } from "../../compare/comparison.ts";
import type { Block } from "../document.ts";
import { heading } from "../document.ts";
import { formatNumber } from "../number.ts";
import type { MetricRow } from "../judge.ts";
import type { Report } from "../report.ts";
import { changedRows } from "../report.ts";

/** The plot that shows the worst metric's course: the one whose path or title ends in the metric's key. Null when none does. */
export function leadChart(report: Report): { slot: string; alt: string; row: MetricRow } | null {
  const row = changedRows(report)[0];
  if (row === undefined || (row.judgement !== "worse" && row.judgement !== "better")) return null;
  const key = words(row.change.name);
  let best: { slot: string; plot: Plot; score: number } | null = null;
  for (const [slot, plot] of report.charts) {
    const score = Math.max(overlap(key, words(plot.id.replace(/\.[a-z0-9]+$/i, ""))), overlap(key, words(plot.title)));
    if (score > 0 && (best === null || score > best.score)) best = { slot, plot, score };
  }
  return best === null ? null : { slot: best.slot, alt: altOf(report, row), row };
}

function altOf(report: Report, row: MetricRow): string {
  const base = report.comparison.base;
  const now = row.now === null ? "" : `this ${formatNumber(row.now)}`;
  const old = row.old === null || base === null ? "" : `${base.name} ${formatNumber(row.old)}, `;
  return `${row.label}: ${old}${now}`;
}

function words(value: string): string[] {
  return value
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

/** Number of words of the key found at the end of the path, 0 unless the last one agrees. */
function overlap(key: readonly string[], path: readonly string[]): number {
  let count = 0;
  while (count < key.length && count < path.length && key[key.length - 1 - count] === path[path.length - 1 - count]) count++;
  return count;
}

/** One chart each; changed ones first. `skip` is the chart already shown above the fold. */
export function plotBlocks(report: Report, skip: string | null): Block[] {
  const entries = [...report.charts].filter(([slot]) => slot !== skip);
  const sorted = [...entries.filter(([, plot]) => plot.changed), ...entries.filter(([, plot]) => !plot.changed)];
  return sorted.map(([slot, plot]) => ({
    kind: "chart",
    slot,
    alt: `${plot.title === "" ? plot.id : plot.title}: ${plot.revisions.join(" against ")}`,
  }));
}

export function plotSection(report: Report): Block[] {
  return report.charts.size === 0 ? [] : [heading("Plots"), ...plotBlocks(report, null)];
}
