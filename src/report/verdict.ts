import { formatPercent, formatNumber, formatValue, plural } from "./number.ts";
import type { AlertKind, Span } from "./document.ts";
import { code, name, prose, strong, text } from "./document.ts";
import type { MetricRow } from "./judge.ts";
import type { Report } from "./report.ts";
import { shortSha } from "./report.ts";

export type Outcome = "failed" | "worse" | "better" | "mixed" | "neutral" | "unchanged" | "values" | "empty";

/** One line: one metric, one number, one reason. */
export interface Verdict {
  readonly outcome: Outcome;
  /** Null: a plain line, no alert. */
  readonly alert: AlertKind | null;
  readonly headline: string;
  readonly spans: readonly Span[];
}

export function verdictOf(report: Report): Verdict {
  const { comparison, rows, gates } = report;
  const failed = gates.filter((gate) => gate.outcome === "failed");
  const count = (kind: MetricRow["judgement"]): number => rows.filter((row) => row.judgement === kind).length;
  const worse = count("worse");
  const better = count("better");
  const lead = rows.find((row) => row.judgement !== "unchanged");
  if (failed.length > 0) {
    const many = gates.length === 1 ? "the gate failed" : `${failed.length} of ${gates.length} gates failed`;
    const advice = report.advisory ? `Advisory: ${many}.` : `Do not merge as is: ${many}.`;
    return say("failed", report.advisory ? "warning" : "caution", advice, reasonOfGate(report));
  }
  if (comparison.base === null) {
    if (rows.length === 0) return say("empty", "note", "No metrics found.", []);
    const why = comparison.noBaseline;
    const mend = why === null ? [] : [text(" "), ...prose(sentence(why.reason)), text(" "), ...prose(sentence(why.mend))];
    const passed = gates.length > 0 ? [text(` ${gatesPassed(report, true)}.`)] : [];
    return say("values", "note", "No baseline: values only.", [...mend, ...passed]);
  }
  const passed = gates.length > 0;
  const warned = gates.some((gate) => gate.outcome === "warning");
  if (rows.length === 0 && isSame(report)) return say("empty", "note", "No metrics found.", []);
  if (isSame(report)) {
    return say("unchanged", null, "Nothing changed:", [
      text(` ${inventory(report)} as on `),
      name(comparison.base.name),
      ...shaOf(comparison.base.sha),
      text(passed ? `; ${gatesPassed(report, false)}.` : "."),
    ]);
  }
  const sentenceOfLead = lead === undefined ? [text(" No metric changed.")] : sentenceOf(lead);
  const outcome: Outcome = worse > 0 ? (better > 0 ? "mixed" : "worse") : better > 0 ? "better" : "neutral";
  const alert: AlertKind = worse > 0 || warned ? "warning" : better > 0 ? "tip" : "note";
  if (!passed) {
    const rest =
      worse + better === 0 && lead !== undefined
        ? `, ${count("changed") + count("added") + count("removed") + count("noise")} changed`
        : "";
    return say(outcome, alert, `${worse} worse, ${better} better${rest}.`, sentenceOfLead);
  }
  if (outcome === "better") {
    const headline = `Better: ${plural(better, "metric")} improved, none worse, ${gatesPassed(report, false)}.`;
    return say(outcome, alert, headline, sentenceOfLead);
  }
  return say(outcome, alert, `${gatesPassed(report, true)}; ${worse} worse, ${better} better.`, sentenceOfLead);
}

function say(outcome: Outcome, alert: AlertKind | null, headline: string, rest: readonly Span[]): Verdict {
  return { outcome, alert, headline, spans: [strong(text(headline)), ...rest] };
}

function gatesPassed(report: Report, capital: boolean): string {
  const passed = report.gates.filter((gate) => gate.outcome === "passed").length;
  const warned = report.gates.length - passed;
  if (warned > 0) return `${capital ? "No" : "no"} gate failed, ${plural(warned, "warning")}`;
  if (passed === 1) return `${capital ? "The" : "the"} gate passed`;
  return `${capital ? "All" : "all"} ${passed} gates passed`;
}

/** The failed gate whose metric moved most, with the number and the rule. */
function reasonOfGate(report: Report): Span[] {
  const failed = report.gates.filter((gate) => gate.outcome === "failed");
  const keys = new Map(report.rows.map((row, index) => [`${row.change.file}\n${row.change.name}`, { row, index }]));
  const known = failed
    .map((gate) => ({ gate, at: keys.get(`${gate.file ?? ""}\n${gate.name ?? ""}`) }))
    .toSorted((a, b) => (a.at?.index ?? -1) - (b.at?.index ?? -1));
  const first = known[0];
  if (first === undefined) return [];
  const { gate, at } = first;
  if (at === undefined || gate.reason !== null) {
    return [text(" "), code(gate.name ?? gate.gate.metric), text(": "), ...prose(lower(gate.reason ?? "not there")), text(".")];
  }
  const rule = `, the gate asks for `;
  if (gate.gate.kind === "value" || at.row.old === null || at.row.now === null) {
    return [
      text(" "),
      code(gate.name ?? gate.gate.metric),
      text(" is "),
      text(gate.shown),
      text(rule),
      code(ruleOf(gate.gate)),
      text("."),
    ];
  }
  const reason = at.row.noise === null ? [text(rule), code(ruleOf(gate.gate))] : [text(noiseWords(at.row))];
  return [text(" "), code(at.row.label), text(` ${movement(at.row)}`), ...reason, text(".")];
}

function lower(sentenceText: string): string {
  return sentenceText.replace(/\.$/, "");
}

function noiseWords(row: MetricRow): string {
  return row.judgement === "noise" ? ", within noise" : ", outside noise";
}

/** `delta >= -1pt`, `<= 0.40`, `warn: <= 50`: a gate without its metric's name. */
export function ruleOf(gate: Report["gates"][number]["gate"]): string {
  const bound = /(?:>=|<=|==|!=|>|<)\s*([^<>=]*)$/.exec(gate.text)?.[1]?.trim() ?? `${gate.bound}${gate.unit}`;
  return `${gate.warn ? "warn: " : ""}${gate.kind === "delta" ? "delta " : ""}${gate.operator} ${bound}`;
}

/** `fell 3.1 points`, `rose 13 %`, `became NaN`. */
export function movement(row: MetricRow): string {
  const { old, now } = row;
  if (now === null || old === null) {
    if (row.judgement === "removed") return "is gone";
    if (row.judgement === "added") return `is new: ${now === null ? formatValue(row.change.new) : formatNumber(now)}`;
    return "changed";
  }
  if (!Number.isFinite(now)) return `became ${formatNumber(now)}`;
  if (!Number.isFinite(old)) return `is ${formatNumber(now)} after ${formatNumber(old)}`;
  const verb = now < old ? "fell" : "rose";
  if (row.direction === "higher" && isShare(old) && isShare(now) && (!Number.isInteger(old) || !Number.isInteger(now))) {
    const points = Math.abs(now - old) * 100;
    const shown = points >= 0.095 ? points.toFixed(1) : String(Number(points.toPrecision(2)));
    return `${verb} ${shown} ${shown === "1.0" ? "point" : "points"}`;
  }
  if (row.relative !== null) return `${verb} ${formatPercent(row.relative, false)}`;
  return `${verb} from ${formatNumber(old)} to ${formatNumber(now)}`;
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1;
}

function sentenceOf(row: MetricRow): Span[] {
  const start = [text(" "), code(row.label)];
  if (row.judgement === "changed" && (row.old === null || row.now === null)) {
    return [
      ...start,
      text(" went from "),
      name(formatValue(row.change.old)),
      text(" to "),
      name(formatValue(row.change.new)),
      text("."),
    ];
  }
  if (row.noise !== null) return [...start, text(` ${movement(row)}${noiseWords(row)}.`)];
  const broken = row.now !== null && !Number.isFinite(row.now);
  const reason = row.judgement === "worse" && !broken && row.direction !== "unknown" ? `; ${row.direction} is better` : "";
  const unknown = row.judgement === "changed" ? "; its direction is unknown" : "";
  return [...start, text(` ${movement(row)}${reason}${unknown}.`)];
}

/** Whether nothing at all differs. */
export function isSame(report: Report): boolean {
  const { comparison } = report;
  return (
    report.rows.every((row) => row.judgement === "unchanged") &&
    comparison.params.every((param) => !isChangedParam(param)) &&
    comparison.data.length === 0 &&
    comparison.plots.every((plot) => !plot.changed) &&
    comparison.images.every((image) => !image.changed)
  );
}

export function isChangedParam(param: Report["comparison"]["params"][number]): boolean {
  return formatKey(param.old) !== formatKey(param.new);
}

function formatKey(value: Report["comparison"]["params"][number]["old"]): string {
  return value === undefined
    ? "-"
    : `${typeof value} ${formatValue(value, 100_000)} ${typeof value === "number" ? String(value) : ""}`;
}

function inventory(report: Report): string {
  const { comparison, rows } = report;
  const parts = [
    rows.length > 0 ? plural(rows.length, "metric") : "",
    comparison.params.length > 0 ? plural(comparison.params.length, "param") : "",
    comparison.plots.length > 0 ? plural(comparison.plots.length, "plot") : "",
    comparison.images.length > 0 ? plural(comparison.images.length, "image") : "",
  ].filter((part) => part !== "");
  const last = parts.pop();
  if (last === undefined) return "metrics, params and data are";
  return `${parts.length > 0 ? `${parts.join(", ")} and ` : ""}${last}`;
}

function shaOf(sha: string | null): Span[] {
  return sha === null ? [] : [text(" "), code(shortSha(sha))];
}

function sentence(words: string): string {
  const trimmed = words.trim();
  if (trimmed === "") return "";
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
