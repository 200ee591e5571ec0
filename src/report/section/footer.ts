import type { Block, Span } from "../document.ts";
import { name, text } from "../document.ts";
import { formatAge } from "../number.ts";
import type { Report } from "../report.ts";
import { shortSha } from "../report.ts";
import { guessLine } from "./metrics.ts";

/** Baseline and its age, the machine, the run; what is unknown is left out. */
export function footer(report: Report): Block | null {
  const { base } = report.comparison;
  const { facts } = report;
  const items: Span[][] = [];
  if (base !== null) {
    const label = base.sha === null || base.sha.startsWith(base.name) ? base.name : `${base.name}@${shortSha(base.sha)}`;
    const age = base.committedMs === null ? "" : `, ${formatAge(Math.max(0, facts.nowMs - base.committedMs))} old`;
    items.push([text("baseline "), revision(label), text(age)]);
  }
  if (facts.machine.length > 0) items.push([text(facts.machine.join(", "))]);
  for (const note of report.notes) items.push([text(note)]);
  const guess = guessLine(report);
  if (guess !== null) items.push(guess);
  if (facts.fullReportUrl !== null) items.push([{ kind: "link", text: "full report", url: facts.fullReportUrl }]);
  if (facts.runUrl !== null) items.push([{ kind: "link", text: facts.runLabel ?? "run", url: facts.runUrl }]);
  return items.length === 0 ? null : { kind: "footer", items };
}

/** `main@9f2c1ab`: bare when the branch's name is harmless by itself. */
function revision(label: string): Span {
  return /^[A-Za-z0-9][\w./-]*@[0-9a-f]{7}$/.test(label) ? { kind: "revision", text: label } : name(label);
}
