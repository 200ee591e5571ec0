import { command } from "../kit/command.ts";
import { diffOptions, precisionOptions, recursiveOption } from "./values-option.ts";

export default command({
  name: "metrics diff",
  summary: "Compare the metrics of two revisions",
  description:
    "Revisions are branches, tags, commits or DVC experiments; `HEAD` and the work tree unless given. Prints what `dvc metrics diff` " +
    "prints, files in order of their names. Exit code 1 when a file could not be read.",
  options: { ...diffOptions, ...precisionOptions, ...recursiveOption },
  operands: [
    { name: "old", help: "Revision to compare with (default HEAD)" },
    { name: "new", help: "Revision that is compared (default: the work tree)" },
  ],
  examples: [
    { line: "cml metrics diff main --md", says: "what the work tree changes against main, as Markdown" },
    { line: "cml metrics diff main exp-a --all --json", says: "every metric of two branches as JSON" },
    { line: "cml metrics diff --targets reports/metrics.json --precision 3", says: "one file, three decimals" },
  ],
  async run(options, operands, app) {
    const { precisionOf, runValuesDiff } = await import("./values-diff.ts");
    const { loadMetrics, metricFiles } = await import("../../compare/metrics.ts");
    const { expandFolders } = await import("../../compare/loaded.ts");
    return runValuesDiff(app, operands, options, {
      title: "Metric",
      showChange: true,
      precision: precisionOf(options.precision),
      files: ({ side, scope }) => metricFiles(side, scope),
      async load({ side, scope }, targets, further) {
        const files = targets === null ? [...(await metricFiles(side, scope)), ...further] : await expandFolders(side, targets);
        return loadMetrics(side, [...new Set(files)]);
      },
    });
  },
});
