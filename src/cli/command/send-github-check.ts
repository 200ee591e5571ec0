import { command } from "../kit/command.ts";
import { checkOperands, checkOptions } from "./check-option.ts";

export default command({
  name: "send-github-check",
  summary: "Old name of `cml check create`",
  options: checkOptions,
  operands: checkOperands,
  examples: [{ line: "cml send-github-check report.md", says: "A check with a report in it", scene: "forge" }],
  async run(options, operands, app) {
    const { runCheck } = await import("./check-run.ts");
    await runCheck("send-github-check", options, operands[0] ?? "", app);
  },
});
