import { command } from "../kit/command.ts";

export default command({
  name: "pr create",
  summary: "Make a pull request of changed files",
  description:
    "Commits changed files that match (as Git's pathspecs) to a branch of their own, pushes it and opens a pull request into the current branch. The working tree " +
    "stays as it is, and a repetition makes no second one. Prints the address; nothing when no file has changed.",
  options: {
    md: { kind: "flag", help: "Print a Markdown link" },
    "skip-ci": { kind: "flag", help: "Let the pushed commit start no jobs" },
    merge: { kind: "flag", alias: ["auto-merge"], conflicts: ["rebase", "squash"], help: "Merge it once its checks allow" },
    rebase: { kind: "flag", conflicts: ["squash"], help: "Merge it by rebasing once its checks allow" },
    squash: { kind: "flag", help: "Merge it as one commit once its checks allow" },
    branch: { kind: "text", help: "Name of the branch (default: made from base and commit)" },
    "target-branch": { kind: "text", help: "Branch to merge into (default: the current one)" },
    title: { kind: "text", help: "Title of the pull request" },
    body: { kind: "text", help: "Text of the pull request" },
    message: { kind: "text", help: "Message of the commit" },
    remote: { kind: "text", fallback: "origin", help: "Remote to push to" },
    "user-email": { kind: "text", fallback: "cml@users.noreply.github.com", help: "Who commits" },
    "user-name": { kind: "text", fallback: "cml", help: "Who commits" },
  },
  operands: [{ name: "GLOB", help: "Files, as Git's pathspecs", required: true, many: true }],
  examples: [
    { line: "cml pr create --dry-run results/", says: "What would be in a pull request of the results", scene: "forge" },
  ],
  async run(options, operands, app) {
    const { runPullRequest } = await import("./pr-run.ts");
    await runPullRequest(options, operands, app);
  },
});
