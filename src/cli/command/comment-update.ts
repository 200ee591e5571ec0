import { command } from "../kit/command.ts";
import { commentOperands, commentOptions } from "./comment-option.ts";

export default command({
  name: "comment update",
  summary: "Update the last comment made by `cml comment`, or add one",
  description:
    "Finds the newest own comment of the same `--key` (or watermark of the predecessor) over all pages and brings it to the text of the file. " +
    "Nothing is written when it says the same already.",
  options: commentOptions,
  operands: commentOperands,
  examples: [{ line: "cml comment update report.md", says: "Keep one comment on the pull request of this run", scene: "forge" }],
  async run(options, operands, app) {
    const { runComment } = await import("./comment-run.ts");
    await runComment("comment update", { ...options, update: true }, operands[0] ?? "", app);
  },
});
