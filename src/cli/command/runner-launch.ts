import { command } from "../kit/command.ts";
import { launchOptions } from "./runner-option.ts";

export default command({
  name: "runner launch",
  summary: "Get a machine and make it a self-hosted runner of the forge",
  description:
    "Waits until the forge shows the runner online, prints its handle as JSON and ends. The machine goes away by itself: when it has had no job for a while, " +
    "after its job with --single, and at the end of its lifetime in any case. With --cloud local the runner runs on this machine, in the foreground.",
  options: launchOptions,
  examples: [
    {
      line: "cml runner launch --cloud exec:./provider --cloud-type m --dry-run",
      says: "Say which machines would be asked for, and at what price",
      scene: "runner",
    },
    {
      line: "cml runner launch --cloud local --labels cml --single --dry-run",
      says: "Say what would run on this machine",
      scene: "runner",
    },
  ],
  async run(options, _operands, app) {
    const { runLaunch } = await import("./runner-launch-run.ts");
    return runLaunch(options, app);
  },
});
