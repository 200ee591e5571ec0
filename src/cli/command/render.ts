import { chartLimits } from "../chart-limit.ts";
import { command } from "../kit/command.ts";

export default command({
  name: "render",
  summary: "Draw Vega and Vega-Lite charts as PNG or SVG",
  description:
    "One chart goes to standard output, several become files of the current folder. A chart reads the regular files of its own " +
    "folder and below, none whose path has a name that starts with a dot, and no address.",
  options: {
    output: { kind: "file", alias: ["o"], help: "File to write, `-` for standard output; a folder for several charts" },
    format: { kind: "choice", choices: ["png", "svg"], help: "Without it the ending of the output decides, then png" },
    scale: { kind: "number", alias: ["s"], fallback: 1, help: "Pixels per unit of the chart; for SVG a factor on its size" },
    theme: { kind: "text", help: "Colours and fonts by name: dark, fivethirtyeight, ggplot2, latimes, quartz, …" },
    width: { kind: "number", help: "Width of the plot, in place of the specification's" },
    base: {
      kind: "file",
      alias: ["b"],
      help: "Folder of the data files; default: the specification's own, for `-` the current one",
    },
    background: { kind: "text", help: "CSS colour, or transparent" },
    config: { kind: "file", alias: ["c"], help: "JSON file with a Vega or Vega-Lite config" },
    seed: { kind: "number", help: "Of the random numbers in the chart; default 1" },
    ...chartLimits,
  },
  operands: [{ name: "SPEC", help: "Specification, JSON; `-` for standard input", required: true, many: true }],
  examples: [
    { line: "cml render loss.vl.json -o loss.png --scale 2", says: "Draw a chart with twice the pixels", scene: "charts" },
    { line: "cml render loss.vl.json --format svg", says: "Print it as SVG", scene: "charts" },
    { line: "cml render loss.vl.json acc.vl.json -o charts", says: "Make charts/loss.png and charts/acc.png", scene: "charts" },
  ],
  async run(options, specs, { host }) {
    const { drawCharts } = await import("./render-run.ts");
    await drawCharts(host, specs, options);
  },
});
