import type { Block, Part } from "../../report/document.ts";
import { paragraph, text } from "../../report/document.ts";
import { composeEnd, composeOpening } from "../../report/compose.ts";
import { plural } from "../../report/number.ts";
import type { Report } from "../../report/report.ts";
import { toTerminal } from "../../report/terminal.ts";
import { isSame } from "../../report/verdict.ts";
import type { Work } from "./report-work.ts";

const form = { form: "terminal", foldedRows: 50 } as const;

/** The first screen of a terminal, before plots are read. False where it is not shown, or where only the plots can tell whether anything changed. */
export function showOpening(work: Work, report: Report): boolean {
  const { host, aim, app } = work;
  if (app.globals.json || !aim.targets.some((target) => target.kind === "terminal")) return false;
  if (report.comparison.base !== null && isSame(report)) return false;
  host.out.write(openingText(work, report));
  return true;
}

/** The terminal's text, whole or from where `showOpening` ended. */
export function terminalText(work: Work, report: Report, afterOpening: boolean): string {
  const end = toTerminal([picturesLine(report), composeEnd(report)], work.host.out);
  const rest = end.trim() === "" ? "" : `\n${end}`;
  return afterOpening ? rest : `${openingText(work, report)}${rest}`;
}

function openingText({ host, prose }: Work, report: Report): string {
  const first = prose === null || prose.trim() === "" ? "" : `${prose.trimEnd()}\n\n`;
  return first + toTerminal(composeOpening(report, form), host.out);
}

/** What a terminal cannot show. */
function picturesLine({ comparison }: Report): Part {
  const { plots, images } = comparison;
  const counts = [plots.length > 0 ? plural(plots.length, "plot") : "", images.length > 0 ? plural(images.length, "image") : ""];
  const changed = [...plots, ...images].filter((picture) => picture.changed).length;
  const words = counts.filter((part) => part !== "").join(" and ");
  const note = comparison.base === null ? "" : changed === 0 ? ", unchanged" : ` (${changed} changed)`;
  const blocks: Block[] = words === "" ? [] : [paragraph(text(`${words}${note}: on the page`))];
  return { section: null, blocks };
}
