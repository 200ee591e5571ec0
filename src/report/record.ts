import { printJson } from "../core/json.ts";
import type { Value } from "../core/value.ts";
import { version } from "../version.ts";
import type { Report } from "./report.ts";
import { changedParams } from "./section/params.ts";
import { verdictOf } from "./verdict.ts";
import { plainText } from "./document.ts";

/** The report as data: `docs/schema/report.json`. NaN and infinities are written as text, since JSON has none. */
export function toJson(report: Report, targets: readonly { readonly target: string; readonly line: string }[] = []): string {
  const { comparison } = report;
  const verdict = verdictOf(report);
  const result = {
    verdict: verdict.outcome,
    text: plainText(verdict.spans),
    base: comparison.base,
    head: comparison.head,
    noBaseline: comparison.noBaseline,
    gates: report.gates.map(({ gate, outcome, file, name, actual, shown, reason }) => ({
      gate: gate.text,
      warn: gate.warn,
      outcome,
      file,
      name,
      actual: safe(actual),
      shown,
      reason,
    })),
    metrics: report.rows.map((row) => ({
      file: row.change.file,
      name: row.change.name,
      old: safe(row.change.old),
      new: safe(row.change.new),
      change: row.old === null || row.now === null ? null : safe(row.now - row.old),
      relative: safe(row.relative),
      direction: row.direction,
      judgement: row.judgement,
    })),
    params: changedParams(comparison).map(({ file, name, old, new: current }) => ({
      file,
      name,
      old: safe(old),
      new: safe(current),
    })),
    plots: comparison.plots.map(({ id, title, changed }) => ({ id, title, changed })),
    images: comparison.images.map(({ path, changed }) => ({ path, changed })),
    data: comparison.data.map((change) => ({ ...change })),
    targets: targets.map(({ target, line }) => ({ target, url: line })),
  };
  return `${printJson({ version: 1, command: "report", program: version, result, warnings: comparison.problems.map((problem) => ({ ...problem })) }, { indent: 2 })}\n`;
}

function safe(value: Value | undefined): Value {
  if (value === undefined) return null;
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** Gates as test cases, for CIs that show JUnit files. */
export function toJunit(report: Report): string {
  const failed = report.gates.filter((gate) => gate.outcome === "failed").length;
  const cases = report.gates.map((gate) => {
    const head = `  <testcase classname="cml.gate" name="${attribute(gate.gate.text)}"`;
    const message = attribute(`${gate.shown}${gate.reason === null ? "" : `: ${gate.reason}`}`);
    if (gate.outcome === "passed") return `${head}/>`;
    const tag = gate.outcome === "failed" ? "failure" : "skipped";
    return `${head}>\n    <${tag} message="${message}"/>\n  </testcase>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="cml report" tests="${report.gates.length}" failures="${failed}">\n${cases.join("\n")}\n</testsuite>\n`;
}

function attribute(value: string): string {
  return value
    .toWellFormed()
    .replace(/[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
