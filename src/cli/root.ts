import type { Tree } from "./kit/tree.ts";

export const summary = "CI/CD for machine learning: reports, charts, metrics and comments from one executable";

/** Every command. Literal `import()`s: only the command that runs is loaded. */
export const root = {
  link: { summary: "Make the program names of the predecessor and of vega-cli", load: () => import("./command/link.ts") },
  completion: { summary: "Print a completion script for bash, zsh or fish", load: () => import("./command/completion.ts") },
  version: { summary: "Print the version", load: () => import("./command/version.ts") },
} as const satisfies Tree;
