import { command } from "../kit/command.ts";
import { transferOptions } from "./transfer-option.ts";

export default command({
  name: "pull",
  summary: "Bring data and models tracked by DVC into the work tree",
  description:
    "Fetches what `dvc.yaml`, `dvc.lock` and `.dvc` files name from the remote into the cache, checks every byte, and puts it into the work tree. " +
    "A target is a `.dvc` file, a `dvc.yaml`, a stage, an output, or a path inside of a tracked folder.",
  options: {
    ...transferOptions,
    force: { kind: "flag", alias: ["f"], help: "Overwrite and remove files whose content is saved nowhere" },
    "allow-missing": { kind: "flag", help: "Succeed although some data is missing everywhere" },
    for: { kind: "choice", choices: ["report"], help: "Only what a report needs: metrics and plots" },
    cache: {
      kind: "flag",
      fallback: true,
      help: "Keep a copy in DVC's cache (`--no-cache` saves disk and time on machines that go away)",
    },
  },
  operands: [{ name: "TARGET", help: "What to bring; everything when absent", many: true }],
  examples: [
    { line: "cml pull", says: "Bring everything that the project tracks", scene: "churn" },
    { line: "cml pull data/images --run-cache", says: "Bring one folder, and the records of past stage runs", scene: "churn" },
    { line: "cml pull --for report --no-cache", says: "Bring metrics and plots only, and keep no second copy", scene: "churn" },
  ],
  async run(options, operands, { host, globals }) {
    const { inProject } = await import("../../dvc/place.ts");
    const { pull } = await import("../../dvc/pull.ts");
    const { changeLines, countLine } = await import("../../dvc/summary.ts");
    return inProject(host, async (place) => {
      const result = await pull(place, {
        targets: operands,
        recursive: options.recursive,
        withDeps: options.withDeps,
        glob: options.glob,
        remote: options.remote,
        jobs: options.jobs === 0 ? undefined : options.jobs,
        force: options.force,
        allBranches: options.allBranches,
        allTags: options.allTags,
        allCommits: options.allCommits,
        runCache: options.runCache,
        allowMissing: options.allowMissing,
        forReport: options.for === "report",
        useCache: options.cache,
        fetchOnly: false,
      });
      const { changes, fetched, modified, added, deleted, bytes, seconds, requests, failure } = result;
      if (globals.json) {
        const data = {
          changes: changes.map(({ letter, path }) => ({ status: words[letter], path: place.shown(path) })),
          fetched,
          modified,
          added,
          deleted,
          bytes,
          seconds,
          requests,
        };
        host.out.write(`${JSON.stringify({ version: 1, command: "pull", result: data, warnings: [] })}\n`);
      } else {
        const summary = countLine([
          [fetched, "fetched"],
          [modified, "modified"],
          [added, "added"],
          [deleted, "deleted"],
        ]);
        // A failure speaks for itself: nothing was up to date.
        const lines = [
          ...changeLines(changes, place.shown),
          ...(failure !== null && changes.length + fetched === 0 ? [] : [summary]),
        ];
        host.out.write(lines.map((line) => `${line}\n`).join(""));
      }
      if (failure !== null) throw failure;
    });
  },
});

const words = { A: "added", M: "modified", D: "deleted" } as const;
