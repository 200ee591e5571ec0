import { command } from "../kit/command.ts";
import { plotsOptions } from "./plots-option.ts";

export default command({
  name: "plots show",
  summary: "Draw the plots of the work tree",
  options: plotsOptions,
  operands: [{ name: "target", help: "Plots and files to draw; all declared plots when absent", many: true }],
  examples: [
    { line: "cml plots show", says: "a page with all declared plots" },
    { line: "cml plots show logs/loss.csv -x step --show-vega", says: "the Vega specification of a file that nobody declared" },
  ],
  async run(options, operands, app) {
    const { runPlots } = await import("./plots-run.ts");
    const { workspace } = await import("./sides.ts");
    return runPlots(app, options, [...operands, ...options.targets, ...options.target], async () => [workspace]);
  },
});
