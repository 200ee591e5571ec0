import { command } from "../kit/command.ts";

export default command({
  name: "workflow rerun",
  summary: "Run the failed jobs of a run again",
  description: "The run has to be over: a job cannot start its own run again. Prints the run's address.",
  options: {
    id: { kind: "text", help: "Number of the run, on GitLab of the pipeline (default: the current one)" },
    all: { kind: "flag", help: "All jobs, not only those that failed" },
  },
  examples: [{ line: "cml workflow rerun --id 118 --dry-run", says: "What would run again", scene: "forge" }],
  async run(options, _operands, app) {
    const { runRerun } = await import("./workflow-run.ts");
    await runRerun(options, app);
  },
});
