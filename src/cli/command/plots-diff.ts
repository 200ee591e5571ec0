import type { Repository } from "../../dvc/git.ts";
import type { Host } from "../../host/host.ts";
import { command } from "../kit/command.ts";
import { plotsOptions } from "./plots-option.ts";

export default command({
  name: "plots diff",
  summary: "Overlay the plots of several revisions",
  description:
    "Revisions are branches, tags, commits or DVC experiments; one is compared with the work tree, none means HEAD against a changed " +
    "work tree. Writes `dvc_plots/index.html` unless `--json` or `--show-vega` asks for data.",
  options: plotsOptions,
  operands: [{ name: "revision", help: "Revisions to overlay", many: true }],
  examples: [
    { line: "cml plots diff main", says: "a page with the plots of main and of the work tree" },
    { line: "cml plots diff --target loss.csv --show-vega main > vega.json", says: "the Vega specification of one plot" },
    { line: "cml plots diff main exp-a --json", says: "all plots as JSON" },
  ],
  async run(options, operands, app) {
    const { runPlots } = await import("./plots-run.ts");
    const targets = [...options.targets, ...options.target];
    return runPlots(app, options, targets, async (repository) => chosen(repository, operands, app.host));
  },
});

async function chosen(repository: Repository | null, given: readonly string[], host: Host): Promise<readonly string[]> {
  const { notRepository, workspace } = await import("./sides.ts");
  if (repository === null) throw notRepository(host);
  if (given.length > 1) return given;
  if (given.length === 1) return [...given, workspace];
  return (await repository.isDirty()) ? ["HEAD", workspace] : [workspace];
}
