import { command } from "../kit/command.ts";
import { checkOperands, checkOptions } from "./check-option.ts";

export default command({
  name: "check update",
  summary: "Bring a check to another state or text",
  description:
    "A check needs a GitHub App's token, such as the job's own. One of the same name, key and commit is updated; local images in the text are published.",
  options: checkOptions,
  operands: checkOperands,
  examples: [
    { line: "cml check update --title=Report report.md", says: "A check with a report in it", scene: "forge" },
    { line: "cml check update --title=Report --status=in_progress report.md", says: "A check that is not done", scene: "forge" },
  ],
  async run(options, operands, app) {
    const { runCheck } = await import("./check-run.ts");
    await runCheck("check update", options, operands[0] ?? "", app);
  },
});
