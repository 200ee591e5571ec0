import type { Comparison, ParamChange } from "../../compare/comparison.ts";
import type { Block } from "../document.ts";
import { code, name, text } from "../document.ts";
import { formatParam } from "../number.ts";
import { isChangedParam } from "../verdict.ts";

export function changedParams(comparison: Comparison): ParamChange[] {
  return comparison.params.filter(isChangedParam);
}

/** Changed params with both values; a file column where they come from several. */
export function paramsTable(comparison: Comparison, params: readonly ParamChange[]): Block {
  const severalFiles = new Set(params.map((param) => param.file)).size > 1;
  const hasBase = comparison.base !== null;
  return {
    kind: "table",
    columns: [
      ...(severalFiles ? [{ title: [text("file")], align: "left" as const }] : []),
      { title: [text("param")], align: "left" },
      ...(hasBase ? [{ title: [name(comparison.base.name)], align: "right" as const }] : []),
      { title: [text("this")], align: "right" },
    ],
    rows: params.map((param) => [
      ...(severalFiles ? [[name(param.file)]] : []),
      [code(param.name)],
      ...(hasBase ? [[name(formatParam(param.old))]] : []),
      [name(formatParam(param.new))],
    ]),
  };
}
