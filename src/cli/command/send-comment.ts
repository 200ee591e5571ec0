import { command } from "../kit/command.ts";
import { commentOperands, commentOptions } from "./comment-option.ts";

export default command({
  name: "send-comment",
  summary: "Old name of `cml comment create`",
  options: commentOptions,
  operands: commentOperands,
  examples: [
    { line: "cml send-comment report.md", says: "Comment on the pull request of this run, else on its commit", scene: "forge" },
  ],
  async run(options, operands, app) {
    const { runComment } = await import("./comment-run.ts");
    await runComment("send-comment", options, operands[0] ?? "", app);
  },
});
