import { command } from "../kit/command.ts";
import { launchOptions } from "./runner-option.ts";

/** `cml runner --…` of the predecessor: on this machine, unless a cloud is named. */
export default command({
  name: "runner",
  summary: "Run a runner on this machine, or launch one with --cloud",
  options: launchOptions,
  examples: [{ line: "cml runner --labels cml --single --dry-run", says: "Say what would run on this machine", scene: "runner" }],
  async run(options, _operands, app) {
    const { runLaunch } = await import("./runner-launch-run.ts");
    return runLaunch({ ...options, cloud: options.cloud ?? "local" }, app);
  },
});
