import type { Plot } from "../../compare/comparison.ts";
import type { Block } from "../document.ts";
import { isWide } from "../chart-style.ts";
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
    const score = Math.max(overlap(key, words(plot.id)), overlap(key, words(plot.title)));
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

/** Parts of a key, of a path without its ending, or words of a title. */
function words(value: string): string[] {
  return value
    .toLowerCase()
    .replace(/\.(?:csv|tsv|json|ya?ml|png|svg)$/, "")
    .split(/[./:\s]+/)
    .filter((word) => word !== "");
}

/** Number of parts of the key found at the end of the path; 0 where they are too few: `recall` of one class is not the recall of all. */
function overlap(key: readonly string[], path: readonly string[]): number {
  let count = 0;
  while (count < key.length && count < path.length && key[key.length - 1 - count] === path[path.length - 1 - count]) count++;
  return count >= Math.min(2, key.length) ? count : 0;
}

/** One chart each; changed ones first. `skip` names charts that are shown elsewhere. */
export function plotBlocks(report: Report, skip: ReadonlySet<string>): Block[] {
  const entries = [...report.charts].filter(([slot]) => !skip.has(slot));
  const sorted = [...entries.filter(([, plot]) => plot.changed), ...entries.filter(([, plot]) => !plot.changed)];
  return sorted.map(([slot, plot]) => chartBlock(slot, plot));
}

function chartBlock(slot: string, plot: Plot): Extract<Block, { kind: "chart" }> {
  return { kind: "chart", slot, alt: `${plot.title === "" ? plot.id : plot.title}: ${plot.revisions.join(" against ")}` };
}

/** Charts that stand beside the table of metrics: the worst metric's first, then courses of other changed metrics; as many as the table is high. */
export function sideCharts(report: Report, rows: number): Extract<Block, { kind: "chart" }>[] {
  const lead = leadChart(report);
  const keys = changedRows(report).map((row) => words(row.change.name));
  const shows = (plot: Plot): boolean =>
    keys.some((key) => overlap(key, words(plot.id)) > 0 || overlap(key, words(plot.title)) > 0);
  const narrow = [...report.charts].filter(([slot, plot]) => plot.changed && !isWide(plot.spec) && slot !== lead?.slot);
  const others = [...narrow.filter(([, plot]) => shows(plot)), ...narrow.filter(([, plot]) => !shows(plot))];
  const slots = [...(lead === null ? [] : [lead.slot]), ...others.map(([slot]) => slot)].slice(0, rows >= 11 ? 2 : 1);
  return slots.flatMap((slot) => {
    const plot = report.charts.get(slot);
    return plot === undefined ? [] : [chartBlock(slot, plot)];
  });
}
