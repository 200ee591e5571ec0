import { command } from "../kit/command.ts";
import { commentOperands, commentOptions } from "./comment-option.ts";

export default command({
  name: "comment create",
  summary: "Add a comment to a pull request, an issue or a commit",
  description:
    "Posts a Markdown file and prints the comment's address. Local images in it are published on the forge; everything else stays as it is.",
  options: commentOptions,
  operands: commentOperands,
  examples: [
    { line: "cml comment create report.md", says: "Comment on the pull request of this run, else on its commit", scene: "forge" },
    { line: "cml comment create --target issue/4 report.md", says: "Comment on issue 4", scene: "forge" },
  ],
  async run(options, operands, app) {
    const { runComment } = await import("./comment-run.ts");
    await runComment("comment create", options, operands[0] ?? "", app);
  },
});
