import { command } from "../kit/command.ts";

export default command({
  name: "data diff",
  summary: "List tracked files and folders that two revisions differ in",
  description:
    "Data and models that DVC tracks: added, deleted, renamed, modified. `HEAD` and the work tree unless revisions are given. Prints what " +
    "`dvc diff` prints; `cml diff` is the same command.",
  options: {
    targets: { kind: "list", words: true, help: "Only these files and folders" },
    md: { kind: "flag", alias: ["show-md"], help: "Print a Markdown table" },
    "show-json": { kind: "flag", help: "The same as `--json`", hidden: true },
    "show-hash": { kind: "flag", help: "Show hashes, too" },
    "hide-missing": { kind: "flag", help: "Do not list what is missing from the cache" },
    recursive: { kind: "flag", alias: ["R"], help: "Accepted for DVC's sake", hidden: true },
  },
  operands: [
    { name: "old", help: "Revision to compare with (default HEAD)" },
    { name: "new", help: "Revision that is compared (default: the work tree)" },
  ],
  examples: [
    { line: "cml data diff main exp-a --md", says: "what two branches differ in, as Markdown" },
    { line: "cml data diff main exp-a --show-hash", says: "the same with hashes" },
  ],
  async run(options, operands, app) {
    const { runDataDiff } = await import("./data-diff-run.ts");
    return runDataDiff(app, operands, options);
  },
});
