import { command } from "../kit/command.ts";
import { transferOptions } from "./transfer-option.ts";

const { "run-cache": _, ...shared } = transferOptions;

export default command({
  name: "status",
  summary: "Show which stages and data have changed, or what the remote lacks",
  description:
    "Compares the work tree with what `dvc.lock` and `.dvc` files record; with `--cloud` (also with `--remote`) cache and remote. `--json` prints what DVC prints.",
  options: {
    ...shared,
    cloud: { kind: "flag", alias: ["c"], help: "Compare the cache with the remote" },
    quiet: { kind: "flag", alias: ["q"], help: "Print nothing; the exit code is 1 when something has changed" },
  },
  operands: [{ name: "TARGET", help: "What to look at; everything when absent", many: true }],
  examples: [
    { line: "cml status", says: "Show changed stages and data", scene: "churn" },
    { line: "cml status -c --json", says: "Show what is on one side only, cache or remote, as JSON", scene: "churn" },
  ],
  async run(options, operands, { host, globals }) {
    const { inProject } = await import("../../dvc/place.ts");
    const targets = { targets: operands, recursive: options.recursive, withDeps: options.withDeps, glob: options.glob };
    const isCloud = options.cloud || options.remote !== undefined || options.allBranches || options.allTags || options.allCommits;
    return inProject(host, async (place) => {
      const { cloudLines, stageLines } = await import("./status-text.ts");
      if (isCloud) {
        const { cloudStatus } = await import("../../dvc/status-cloud.ts");
        const found = await cloudStatus(place, {
          ...targets,
          remote: options.remote,
          jobs: options.jobs === 0 ? undefined : options.jobs,
          allBranches: options.allBranches,
          allTags: options.allTags,
          allCommits: options.allCommits,
        });
        const shown = Object.fromEntries([...found.paths].map(([path, word]) => [place.shown(path), word]));
        if (!options.quiet) host.out.write(globals.json ? `${JSON.stringify(shown)}\n` : cloudLines(shown, found.remote));
        return options.quiet && found.paths.size > 0 ? 1 : 0;
      }
      const { status } = await import("../../dvc/status.ts");
      const found = await status(place, targets);
      if (!options.quiet) host.out.write(globals.json ? `${JSON.stringify(found.stages)}\n` : stageLines(found));
      return options.quiet && Object.keys(found.stages).length > 0 ? 1 : 0;
    });
  },
});
