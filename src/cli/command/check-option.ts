import type { Options, Values } from "../kit/option.ts";

export const statuses = ["queued", "in_progress", "completed"] as const;
export const conclusions = ["success", "failure", "neutral", "cancelled", "skipped", "timed_out"] as const;

/** Options of `check create`, `check update` and `send-github-check`. */
export const checkOptions = {
  title: { kind: "text", fallback: "CML Report", help: "Name and title of the check" },
  status: { kind: "choice", choices: statuses, fallback: "completed", help: "How far the work is" },
  conclusion: { kind: "choice", choices: conclusions, fallback: "success", help: "How it ended, once it is completed" },
  "commit-sha": {
    kind: "text",
    alias: ["head-sha"],
    help: "Commit of the check: any revision (default: head of the pull request)",
  },
  key: { kind: "text", help: "Name by which the check is found again" },
  store: { kind: "text", help: "Where local images go: auto, forge, none, post+https://…" },
} as const satisfies Options;

export type CheckOptions = Values<typeof checkOptions>;

export const checkOperands = [{ name: "FILE", help: "Markdown of the check; `-` is stdin", required: true }] as const;
