import { command } from "../kit/command.ts";
import { checkOperands, checkOptions } from "./check-option.ts";

export default command({
  name: "check create",
  summary: "Write a check of a commit",
  description:
    "A check needs a GitHub App's token, such as the job's own. One of the same name, key and commit is updated; local images in the text are published.",
  options: checkOptions,
  operands: checkOperands,
  examples: [
    { line: "cml check create --title=Report report.md", says: "A check with a report in it", scene: "forge" },
    { line: "cml check create --title=Report --status=in_progress report.md", says: "A check that is not done", scene: "forge" },
  ],
  async run(options, operands, app) {
    const { runCheck } = await import("./check-run.ts");
    await runCheck("check create", options, operands[0] ?? "", app);
  },
});
