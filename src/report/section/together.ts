import type { ParamChange } from "../../compare/comparison.ts";
import type { Block, Span } from "../document.ts";
import { code, name, strong, text } from "../document.ts";
import { formatParam } from "../number.ts";
import type { Report } from "../report.ts";
import { changedParams } from "./params.ts";
import { dataPhrase } from "./data.ts";

const shown = 4;

/** "Changed with it": differing params and data, no cause claimed. Null when nothing differs (or nothing is comparable). */
export function changedTogether(report: Report): Block | null {
  const { comparison } = report;
  if (comparison.base === null) return null;
  const params = changedParams(comparison);
  const items: Span[][] = [
    ...params.slice(0, shown).map(paramPhrase),
    ...(params.length > shown ? [[text(`${params.length - shown} further params`)]] : []),
    ...comparison.data.slice(0, shown).map(dataPhrase),
    ...(comparison.data.length > shown ? [[text(`${comparison.data.length - shown} further data changes`)]] : []),
  ];
  if (items.length === 0) return null;
  return {
    kind: "paragraph",
    spans: [
      strong(text("Changed with it:")),
      text(" "),
      ...items.flatMap((item, index) => (index === 0 ? item : [text(" · "), ...item])),
    ],
  };
}

function paramPhrase(param: ParamChange): Span[] {
  const start = [code(param.name), text(" ")];
  if (param.old === undefined) return [...start, text("added: "), name(formatParam(param.new, 30))];
  if (param.new === undefined) return [...start, text("removed, was "), name(formatParam(param.old, 30))];
  return [...start, name(formatParam(param.old, 30)), text(" → "), name(formatParam(param.new, 30))];
}
