import { command } from "../kit/command.ts";
import { transferOptions } from "./transfer-option.ts";

export default command({
  name: "push",
  summary: "Save data and models tracked by DVC to the remote",
  description:
    "Sends from DVC's cache what the remote lacks, each byte checked. The list of a tracked folder goes last, so that whoever finds it finds its files, too. " +
    "Nothing on the remote is ever overwritten.",
  options: transferOptions,
  operands: [{ name: "TARGET", help: "What to send; everything when absent", many: true }],
  examples: [
    { line: "cml push", says: "Send everything that the project tracks", scene: "churn" },
    { line: "cml push model --run-cache", says: "Send one output, and the records of past stage runs", scene: "churn" },
  ],
  async run(options, operands, { host, globals }) {
    const { inProject } = await import("../../dvc/place.ts");
    const { push } = await import("../../dvc/push.ts");
    const { countLine } = await import("../../dvc/summary.ts");
    return inProject(host, async (place) => {
      const { failure, ...result } = await push(place, {
        targets: operands,
        recursive: options.recursive,
        withDeps: options.withDeps,
        glob: options.glob,
        remote: options.remote,
        jobs: options.jobs === 0 ? undefined : options.jobs,
        allBranches: options.allBranches,
        allTags: options.allTags,
        allCommits: options.allCommits,
        runCache: options.runCache,
        dryRun: globals.dryRun,
      });
      if (globals.json) host.out.write(`${JSON.stringify({ version: 1, command: "push", result, warnings: [] })}\n`);
      else if (failure === null || result.pushed > 0)
        host.out.write(`${countLine([[result.pushed, globals.dryRun ? "to push" : "pushed"]])}\n`);
      if (failure !== null) throw failure;
    });
  },
});
