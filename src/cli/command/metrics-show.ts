import { command } from "../kit/command.ts";
import { precisionOptions, recursiveOption, tableOptions } from "./values-option.ts";

export default command({
  name: "metrics show",
  summary: "Print the metrics of the work tree or of many revisions",
  options: {
    "all-branches": { kind: "flag", alias: ["a"], help: "Of every branch" },
    "all-tags": { kind: "flag", alias: ["T"], help: "Of every tag" },
    "all-commits": { kind: "flag", alias: ["A"], help: "Of every commit" },
    ...tableOptions,
    ...precisionOptions,
    ...recursiveOption,
  },
  operands: [{ name: "target", help: "Metrics files; all declared ones when absent", many: true }],
  examples: [
    { line: "cml metrics show --md", says: "all metrics as Markdown" },
    { line: "cml metrics show --all-branches --json", says: "every branch's metrics as JSON" },
  ],
  async run(options, operands, app) {
    const { runMetricsShow } = await import("./metrics-show-run.ts");
    return runMetricsShow(app, operands, options);
  },
});
