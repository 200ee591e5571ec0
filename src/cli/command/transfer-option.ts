import type { Options } from "../kit/option.ts";

/** Options that pull, push and status have in common, as DVC names them. */
export const transferOptions = {
  remote: { kind: "text", alias: ["r"], help: "Remote to use instead of the default one" },
  jobs: { kind: "number", alias: ["j"], help: "Most requests at once; by default as many as help" },
  "all-branches": { kind: "flag", alias: ["a"], help: "Objects of all branches, too" },
  "all-tags": { kind: "flag", alias: ["T"], help: "Objects of all tags, too" },
  "all-commits": { kind: "flag", alias: ["A"], help: "Objects of all commits, too" },
  "with-deps": { kind: "flag", alias: ["d"], help: "Also what the targets were made from" },
  recursive: { kind: "flag", alias: ["R"], help: "A folder stands for all `.dvc` and `dvc.yaml` files below it" },
  "run-cache": { kind: "flag", help: "Also the records of past stage runs" },
  glob: { kind: "flag", help: "Targets are patterns", hidden: true },
} as const satisfies Options;
