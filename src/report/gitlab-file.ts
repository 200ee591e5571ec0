import { createHash } from "node:crypto";
import { plainText } from "./document.ts";
import { visible } from "./escape.ts";
import type { MetricRow } from "./judge.ts";
import type { Report } from "./report.ts";
import { movement, ruleOf } from "./verdict.ts";

/** Metrics of the head for GitLab's widget: https://docs.gitlab.com/ci/testing/metrics_reports/ */
export function toOpenMetrics(report: Report): string {
  const lines = report.rows.flatMap((row) => {
    if (row.now === null) return [];
    const value = Number.isNaN(row.now)
      ? "NaN"
      : row.now === Infinity
        ? "+Inf"
        : row.now === -Infinity
          ? "-Inf"
          : String(row.now);
    return [`${metricName(row.change.name)}{file="${label(row.change.file)}",key="${label(row.change.name)}"} ${value}\n`];
  });
  return `${lines.join("")}# EOF\n`;
}

/** Letters, digits, `_` and `:`, no digit in front: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md */
function metricName(key: string): string {
  const name = key.replaceAll(/[^A-Za-z0-9_:]+/g, "_");
  return /^[A-Za-z_:]/.test(name) ? name : `_${name}`;
}

function label(value: string): string {
  return visible(value, 200).replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}

/** Failed gates and worse metrics as findings in their files: https://docs.gitlab.com/ci/testing/code_quality/ */
export function toCodeQuality(report: Report): string {
  const gates = report.gates
    .filter((gate) => gate.outcome !== "passed")
    .map((gate) =>
      finding(
        `gate ${gate.gate.metric} ${ruleOf(gate.gate)}: it is ${gate.shown}`,
        gate.outcome === "failed" ? "critical" : "minor",
        gate.file,
      ),
    );
  const watched = new Set(
    report.gates.filter((gate) => gate.outcome !== "passed").map((gate) => `${gate.file ?? ""}\n${gate.name ?? ""}`),
  );
  const worse = report.rows.filter((row) => row.judgement === "worse" && !watched.has(`${row.change.file}\n${row.change.name}`));
  return `${JSON.stringify([...gates, ...worse.map(worseFinding)], null, 2)}\n`;
}

function worseFinding(row: MetricRow): object {
  return finding(plainText([{ kind: "text", text: `${row.label} ${movement(row)}` }]), "minor", row.change.file);
}

function finding(description: string, severity: "critical" | "minor", file: string | null): object {
  const path = file ?? "cml.yaml";
  const fingerprint = createHash("sha256").update(`${path}\n${description}`).digest("hex");
  return {
    description: visible(description, 500),
    check_name: "cml report",
    fingerprint,
    severity,
    location: { path, lines: { begin: 1 } },
  };
}
