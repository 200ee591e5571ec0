import type { Comparison, MetricChange, Plot } from "../../../src/compare/comparison.ts";
import { evaluateGates, parseGate } from "../../../src/compare/gate.ts";
import { judge } from "../../../src/report/judge.ts";
import type { Report } from "../../../src/report/report.ts";

export const now = Date.UTC(2026, 0, 10);

export function metric(
  name: string,
  old: MetricChange["old"],
  current: MetricChange["new"],
  file = "metrics.json",
): MetricChange {
  return { file, name, old, new: current };
}

export function plot(id: string, changed = true): Plot {
  return { id, title: id, spec: { mark: "line" }, revisions: ["main", "workspace"], changed };
}

export function comparison(parts: Partial<Comparison> = {}): Comparison {
  return {
    head: { name: "workspace", sha: "4e81d07aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", committedMs: null },
    base: { name: "main", sha: "9f2c1abbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", committedMs: now - 86_400_000 },
    noBaseline: null,
    metrics: [],
    params: [],
    plots: [],
    images: [],
    data: [],
    problems: [],
    sources: { metrics: [], params: [], plots: [], images: [], tried: [], seen: [] },
    ...parts,
  };
}

export function report(parts: Partial<Comparison> = {}, gates: readonly string[] = [], more: Partial<Report> = {}): Report {
  const compared = comparison(parts);
  const results = evaluateGates(gates.map(parseGate), compared.metrics, compared.base !== null);
  return {
    title: null,
    comparison: compared,
    gates: results,
    advisory: false,
    rows: judge(compared, { directions: {}, minChange: 0.001 }, results),
    minChange: 0.001,
    facts: { nowMs: now, runUrl: null, runLabel: null, fullReportUrl: null, machine: [] },
    others: [],
    charts: new Map(compared.plots.map((item) => [`chart/${item.id}`, item])),
    notes: [],
    warnings: [],
    ...more,
  };
}
