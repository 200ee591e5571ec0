import type { Block, Span } from "../document.ts";
import { code, name, strong, text, tone } from "../document.ts";
import type { Report } from "../report.ts";
import { ruleOf } from "../verdict.ts";

type Result = Report["gates"][number];

/** The table of gates as soon as one did not pass; passed ones alone fold away (null here). */
export function gatesTable(report: Report, limit: number): { shown: Block | null; rest: readonly Result[] } {
  const rank = (gate: Result): number => (gate.outcome === "failed" ? 0 : gate.outcome === "warning" ? 2 : 1);
  if (report.gates.every((gate) => gate.outcome === "passed")) return { shown: null, rest: report.gates };
  const sorted = report.gates.toSorted((a, b) => rank(a) - rank(b));
  // Warnings stand last as in the order of severity a reader acts on, but never behind the fold.
  const urgent = sorted.filter((gate) => gate.outcome !== "passed");
  const passed = sorted.filter((gate) => gate.outcome === "passed");
  const kept = new Set([...urgent.slice(0, limit), ...passed.slice(0, Math.max(0, limit - urgent.length))]);
  return { shown: tableOf(sorted.filter((gate) => kept.has(gate))), rest: sorted.filter((gate) => !kept.has(gate)) };
}

export function tableOf(gates: readonly Result[]): Block {
  return {
    kind: "table",
    columns: [
      { title: [text("gate")], align: "left" },
      { title: [text("rule")], align: "left" },
      { title: [text("now")], align: "right" },
      { title: [text("result")], align: "left" },
    ],
    rows: gates.map((gate) => {
      const failed = gate.outcome === "failed";
      const wrap = (span: Span): Span => (failed ? strong(span) : span);
      const outcome =
        gate.outcome === "failed"
          ? tone("bad", "failed")
          : gate.outcome === "warning"
            ? tone("warning", "warning")
            : tone("good", "passed");
      return [[wrap(name(gate.name ?? gate.gate.metric))], [code(ruleOf(gate.gate))], [wrap(text(gate.shown))], [wrap(outcome)]];
    }),
  };
}
