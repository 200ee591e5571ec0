import type { Tree } from "./kit/tree.ts";

export const summary = "CI/CD for machine learning: reports, charts, metrics and comments from one executable";

/** Every command. Literal `import()`s: only the command that runs is loaded. */
export const root = {
  report: { summary: "Report what changed: metrics, params, plots, images and data", load: () => import("./command/report.ts") },
  render: { summary: "Draw Vega and Vega-Lite charts as PNG or SVG", load: () => import("./command/render.ts") },
  plot: { summary: "Same as `render`", hidden: true, load: () => import("./command/render.ts") },
  vl2png: { summary: "Vega-Lite to PNG", hidden: true, load: () => import("./command/vl2png.ts") },
  vl2svg: { summary: "Vega-Lite to SVG", hidden: true, load: () => import("./command/vl2svg.ts") },
  vg2png: { summary: "Vega to PNG", hidden: true, load: () => import("./command/vg2png.ts") },
  vg2svg: { summary: "Vega to SVG", hidden: true, load: () => import("./command/vg2svg.ts") },
  metrics: {
    summary: "Compare and print metrics as DVC does",
    children: {
      diff: { summary: "Compare the metrics of two revisions", load: () => import("./command/metrics-diff.ts") },
      show: { summary: "Print metrics of the work tree or of many revisions", load: () => import("./command/metrics-show.ts") },
    },
  },
  params: {
    summary: "Compare hyperparameters as DVC does",
    children: {
      diff: { summary: "Compare the hyperparameters of two revisions", load: () => import("./command/params-diff.ts") },
    },
  },
  plots: {
    summary: "Overlay and draw plots as DVC does",
    children: {
      diff: { summary: "Overlay the plots of several revisions", load: () => import("./command/plots-diff.ts") },
      show: { summary: "Draw the plots of the work tree", load: () => import("./command/plots-show.ts") },
    },
  },
  data: {
    summary: "Compare tracked data as DVC does",
    children: {
      diff: { summary: "List tracked files that two revisions differ in", load: () => import("./command/data-diff.ts") },
    },
  },
  diff: { summary: "Same as `data diff`", hidden: true, load: () => import("./command/data-diff.ts") },
  comment: {
    summary: "Comment on pull requests, issues and commits",
    children: {
      create: {
        summary: "Add a comment to a pull request, an issue or a commit",
        load: () => import("./command/comment-create.ts"),
      },
      update: {
        summary: "Update the last comment made by `cml comment`, or add one",
        load: () => import("./command/comment-update.ts"),
      },
    },
  },
  workflow: {
    summary: "Runs of a workflow",
    children: {
      rerun: { summary: "Run the failed jobs of a run again", load: () => import("./command/workflow-rerun.ts") },
    },
  },
  "rerun-workflow": {
    summary: "Old name of `cml workflow rerun`",
    hidden: true,
    deprecated: "use `cml workflow rerun`",
    load: () => import("./command/workflow-rerun.ts"),
  },
  repo: {
    summary: "The checkout of a CI",
    children: {
      prepare: {
        summary: "Complete a checkout: history, branches, tags, and a way to push",
        load: () => import("./command/repo-prepare.ts"),
      },
    },
  },
  ci: {
    summary: "Old name of `cml repo prepare`",
    hidden: true,
    deprecated: "use `cml repo prepare`",
    load: () => import("./command/repo-prepare.ts"),
  },
  tensorboard: {
    summary: "Gone: tensorboard.dev was shut down",
    hidden: true,
    children: {
      connect: {
        summary: "Gone: tensorboard.dev was shut down",
        hidden: true,
        load: () => import("./command/tensorboard-connect.ts"),
      },
    },
  },
  "tensorboard-dev": {
    summary: "Gone: tensorboard.dev was shut down",
    hidden: true,
    load: () => import("./command/tensorboard-connect.ts"),
  },
  pr: {
    summary: "Pull requests of changed files",
    bare: "create",
    children: {
      create: { summary: "Make a pull request of changed files", load: () => import("./command/pr-create.ts") },
    },
  },
  check: {
    summary: "Checks of a commit",
    children: {
      create: { summary: "Write a check of a commit", load: () => import("./command/check-create.ts") },
      update: { summary: "Bring a check to another state or text", load: () => import("./command/check-update.ts") },
    },
  },
  "send-github-check": {
    summary: "Old name of `cml check create`",
    hidden: true,
    deprecated: "use `cml check create`",
    load: () => import("./command/send-github-check.ts"),
  },
  "send-comment": {
    summary: "Old name of `cml comment create`",
    hidden: true,
    deprecated: "use `cml comment create`",
    load: () => import("./command/send-comment.ts"),
  },
  asset: {
    summary: "Old name of `cml publish`",
    hidden: true,
    children: {
      publish: {
        summary: "Old name of `cml publish`",
        deprecated: "use `cml publish`",
        load: () => import("./command/publish.ts"),
      },
    },
  },
  pull: { summary: "Bring data and models tracked by DVC into the work tree", load: () => import("./command/pull.ts") },
  push: { summary: "Save data and models tracked by DVC to the remote", load: () => import("./command/push.ts") },
  status: {
    summary: "Show which stages and data have changed, or what the remote lacks",
    load: () => import("./command/status.ts"),
  },
  publish: { summary: "Publish images and print their addresses or tags", load: () => import("./command/publish.ts") },
  link: { summary: "Make the program names of the predecessor and of vega-cli", load: () => import("./command/link.ts") },
  completion: { summary: "Print a completion script for bash, zsh or fish", load: () => import("./command/completion.ts") },
  version: { summary: "Print the version", load: () => import("./command/version.ts") },
} as const satisfies Tree;
