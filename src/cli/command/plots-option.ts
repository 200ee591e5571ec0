import type { PlotProperties } from "../../compare/plot-property.ts";
import { compact } from "../../compare/plot-property.ts";
import type { Options, Values } from "../kit/option.ts";

/** Options of `plots diff` and `plots show`, as DVC names them. */
export const plotsOptions = {
  targets: { kind: "list", words: true, help: "Plots and files to draw; all declared plots when absent" },
  target: { kind: "list", help: "One plot or file", hidden: true, deprecated: "use `--targets`" },
  template: { kind: "text", alias: ["t"], help: "Template: a built-in one, one of `.dvc/plots`, or a file" },
  "x-field": { kind: "text", alias: ["x"], help: "Field on the x axis" },
  "y-field": { kind: "text", alias: ["y"], help: "Field on the y axis" },
  title: { kind: "text", help: "Title of the plot" },
  "x-label": { kind: "text", help: "Text of the x axis" },
  "y-label": { kind: "text", help: "Text of the y axis" },
  header: { kind: "flag", fallback: true, help: "Whether the first row of CSV and TSV names the columns" },
  out: { kind: "file", alias: ["o"], help: "Folder for the page and the images (default `dvc_plots`)" },
  "show-vega": { kind: "flag", help: "Print the Vega specification of the one target" },
  split: { kind: "flag", help: "With `--json`: templates and what fills them, apart" },
  "html-template": { kind: "file", help: "Page into which the plots are put, at `{plot_divs}`" },
  open: { kind: "flag", help: "Accepted for DVC's sake; nothing is opened", hidden: true },
} as const satisfies Options;

export type PlotsOptions = Values<typeof plotsOptions>;

/** Properties that were given on the command line. */
export function givenProperties(options: PlotsOptions): PlotProperties {
  return compact({
    template: options.template,
    x: options.xField,
    y: options.yField === undefined ? undefined : [options.yField],
    title: options.title,
    xLabel: options.xLabel,
    yLabel: options.yLabel,
    header: options.header ? undefined : false,
  });
}
