import { command } from "../kit/command.ts";

export default command({
  name: "repo prepare",
  summary: "Complete a checkout: history, branches, tags, and a way to push",
  description:
    "Fetches what a shallow checkout lacks, sets somebody to commit as, and lets later `git push` use the token of the environment. The token is written to no file.",
  options: {
    "fetch-depth": { kind: "number", fallback: 0, help: "Commits of each branch; 0 is the whole history" },
    unshallow: { kind: "flag", hidden: true, help: "The whole history", deprecated: "use `--fetch-depth=0`, as it is" },
    remote: { kind: "text", fallback: "origin", help: "Remote to fetch from" },
    "user-email": { kind: "text", help: "Who commits (default: as set already)" },
    "user-name": { kind: "text", help: "Who commits (default: as set already)" },
  },
  examples: [{ line: "cml repo prepare --dry-run", says: "What would be prepared", scene: "forge" }],
  async run(options, _operands, { host, globals }) {
    const [{ findForge }, { prepareRepository }] = await Promise.all([
      import("../../forge/infer.ts"),
      import("../../forge/prepare.ts"),
    ]);
    const located = await findForge(host, globals);
    const url = located?.config.repository.url ?? "";
    if (globals.dryRun) host.log.info(`would fetch and configure the checkout of ${url === "" ? host.cwd : url}`);
    else {
      const depth = options.unshallow ? 0 : options.fetchDepth;
      const { remote, userEmail: email, userName: name } = options;
      await prepareRepository(located?.config ?? null, host, { remote, depth, email, name });
    }
    if (globals.json)
      host.out.write(`${JSON.stringify({ version: 1, command: "repo prepare", result: { url }, warnings: [] })}\n`);
    else if (url !== "") host.out.write(`${url}\n`);
  },
});
