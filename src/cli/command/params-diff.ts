import { command } from "../kit/command.ts";
import { diffOptions } from "./values-option.ts";

export default command({
  name: "params diff",
  summary: "Compare the hyperparameters of two revisions",
  description:
    "Revisions are branches, tags, commits or DVC experiments; `HEAD` and the work tree unless given. Prints what `dvc params diff` " +
    "prints, files in order of their names. Exit code 1 when a file could not be read.",
  options: { ...diffOptions, deps: { kind: "flag", help: "Only params that stages depend on" } },
  operands: [
    { name: "old", help: "Revision to compare with (default HEAD)" },
    { name: "new", help: "Revision that is compared (default: the work tree)" },
  ],
  examples: [
    { line: "cml params diff main --md", says: "what the work tree changes against main, as Markdown" },
    { line: "cml params diff main exp-a --deps", says: "only what stages of the pipeline depend on" },
  ],
  async run(options, operands, app) {
    const { runValuesDiff } = await import("./values-diff.ts");
    const { loadParams, paramFiles } = await import("../../compare/params.ts");
    return runValuesDiff(app, operands, options, {
      title: "Param",
      showChange: false,
      precision: null,
      files: async ({ side, scope }) => [...(await paramFiles(side, { scope, depsOnly: options.deps })).keys()],
      async load({ side, scope }, targets, further) {
        const loaded = await loadParams(side, { scope, depsOnly: options.deps, ...(targets === null ? {} : { targets }) });
        const missing = further.filter((file) => !loaded.has(file));
        return missing.length === 0 ? loaded : new Map([...loaded, ...(await loadParams(side, { targets: missing }))]);
      },
    });
  },
});
