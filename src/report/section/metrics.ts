import type { Block, Column, Span } from "../document.ts";
import { name, strong, text, tone } from "../document.ts";
import type { MetricRow } from "../judge.ts";
import { formatChange, formatCount, formatNumber, formatPercent, formatValue, plural } from "../number.ts";
import type { Report } from "../report.ts";
import { shortSha } from "../report.ts";

/** Rows of metrics against the baseline, or values alone where there is none. */
export function metricsTable(report: Report, rows: readonly MetricRow[]): Block {
  const { comparison } = report;
  if (comparison.base === null) return valuesTable(report, rows);
  const others = report.others;
  const columns: Column[] = [
    { title: [text("metric")], align: "left" },
    { title: revision(comparison.base.name, comparison.base.sha), align: "right" },
    ...others.map((other): Column => ({ title: [name(other.name)], align: "right" })),
    { title: revision(comparison.head.name, comparison.head.sha), align: "right" },
    { title: [text("change")], align: "right" },
    { title: [], align: "left" },
  ];
  const leadKey = rows[0];
  return {
    kind: "table",
    columns,
    rows: rows.map((row) => {
      const lead = row === leadKey && row.judgement !== "unchanged" && report.rows[0] === row;
      const wrap = (span: Span): Span => (lead ? strong(span) : span);
      const between = others.map((other) => [value(other.metrics.get(`${row.change.file}\n${row.change.name}`), null)]);
      return [
        [wrap(name(row.label))],
        [value(row.change.old, row.old)],
        ...between,
        [wrap(value(row.change.new, row.now))],
        [text(changeOf(row))],
        judgementOf(row),
      ];
    }),
  };
}

export function valuesTable(report: Report, rows: readonly MetricRow[]): Block {
  return {
    kind: "table",
    columns: [
      { title: [text("metric")], align: "left" },
      { title: revision(report.comparison.head.name, report.comparison.head.sha), align: "right" },
    ],
    rows: rows.map((row) => [[name(row.label)], [value(row.change.new, row.now)]]),
  };
}

function revision(label: string, sha: string | null): Span[] {
  const shown = label === "workspace" ? text("this") : name(label);
  return sha === null || sha.startsWith(label) ? [shown] : [shown, text(" "), { kind: "code", text: shortSha(sha) }];
}

function value(raw: MetricRow["change"]["old"], number: number | null): Span {
  if (raw === undefined) return text("-");
  return name(number === null ? formatValue(raw) : formatNumber(number));
}

function changeOf(row: MetricRow): string {
  if (row.old === null || row.now === null) return "";
  const change = formatChange(row.old, row.now);
  if (change === "0" || change === "" || row.relative === null) return change;
  return `${change} (${formatPercent(row.relative)})`;
}

export function judgementOf(row: MetricRow): Span[] {
  switch (row.judgement) {
    case "worse":
      return [tone("bad", "▼ worse"), ...interval(row)];
    case "better":
      return [tone("good", "▲ better"), ...interval(row)];
    case "noise":
      return [tone("neutral", "≈ within noise")];
    case "removed":
      return [tone("warning", "removed")];
    case "added":
      return [tone("neutral", "new")];
    case "unchanged":
      return [tone("neutral", "unchanged")];
    case "changed":
      return [tone("neutral", isOtherKind(row) ? "changed kind" : "changed")];
  }
}

/** A number on one side and text on the other. */
function isOtherKind(row: MetricRow): boolean {
  return (row.old === null) !== (row.now === null);
}

function interval(row: MetricRow): Span[] {
  if (row.noise === null || row.old === null || row.now === null) return [];
  const bound = (edge: number): string => formatChange(row.old ?? 0, (row.old ?? 0) + edge);
  const count = row.noise.samples === null ? "" : `, n = ${formatCount(row.noise.samples)}`;
  return [text(` (95 %: ${bound(row.noise.low)} to ${bound(row.noise.high)}${count})`)];
}

/** Said once, with the line that pins the direction; null when no judged direction was guessed. */
export function guessLine(report: Report): Span[] | null {
  const guessed = report.rows.filter((row) => row.guessed && (row.judgement === "worse" || row.judgement === "better"));
  const first = guessed[0];
  if (first === undefined) return null;
  return [
    text(`direction guessed from the name for ${plural(guessed.length, "metric")}; pin it in `),
    { kind: "code", text: "cml.yaml" },
    text(": "),
    { kind: "code", text: `directions: {${yamlKey(first.change.name)}: ${first.direction}}` },
  ];
}

function yamlKey(key: string): string {
  return /^[A-Za-z_][\w./-]*$/.test(key) ? key : JSON.stringify(key);
}
