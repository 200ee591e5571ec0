import type { Host } from "../host/host.ts";
import { plainText } from "./document.ts";
import type { Report } from "./report.ts";
import { verdictOf } from "./verdict.ts";

/** Values for later steps and jobs; each is one line, whatever a metric is called. */
export function outputsOf(report: Report, url: string | null, page: string | null): Readonly<Record<string, string>> {
  const verdict = verdictOf(report);
  const worse = report.rows.filter((row) => row.judgement === "worse").map((row) => row.label);
  const failed = report.gates.filter((gate) => gate.outcome === "failed").map((gate) => gate.gate.text);
  return {
    verdict: verdict.outcome,
    text: plainText(verdict.spans),
    url: url ?? "",
    page: page ?? "",
    worse: JSON.stringify(worse),
    failed: JSON.stringify(failed),
  };
}

/** To the step's output file where the CI has one, as variables in `.cml/report.env` on GitLab. */
export async function writeOutputs(host: Host, outputs: Readonly<Record<string, string>>, folder: string): Promise<void> {
  const lines = Object.entries(outputs).map(
    ([name, value]) => [name, value.replaceAll(/[\r\n\u0085\u2028\u2029]+/g, " ")] as const,
  );
  if (host.ci.outputFile !== undefined) {
    await host.file.append(host.ci.outputFile, lines.map(([name, value]) => `${name}=${value}\n`).join(""));
  }
  if (host.ci.id === "gitlab") {
    await host.file.write(
      `${folder}/report.env`,
      lines.map(([name, value]) => `CML_REPORT_${name.toUpperCase()}=${value}\n`).join(""),
    );
  }
}
