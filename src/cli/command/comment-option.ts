import type { Options, Values } from "../kit/option.ts";
import { modes } from "../../report/mode.ts";

/** Options of `comment create`, `comment update` and `send-comment`, with the names the predecessor had for them. */
export const commentOptions = {
  target: { kind: "text", fallback: "auto", help: "Where: auto, pr, pr/N, issue/N, commit, commit/REV" },
  key: { kind: "text", help: "Name by which the comment is found again" },
  mode: { kind: "choice", choices: modes, help: "What happens to the comment of this key (default: new, with `update`: update)" },
  store: { kind: "text", help: "Where local images go: auto, forge, none, post+https://…" },
  publish: { kind: "flag", fallback: true, help: "Leave local images where they are" },
  watch: { kind: "flag", help: "Stay, and keep the comment as the file is until the job ends" },
  "watermark-title": {
    kind: "text",
    help: "Tells comments apart, `{workflow}` and `{run}` in it are filled in; better: `--key`",
  },
  "rm-watermark": {
    kind: "flag",
    hidden: true,
    conflicts: ["watermark-title"],
    help: "Leave out what the comment is found again by",
  },
  "publish-native": { kind: "flag", alias: ["native"], hidden: true, help: "Images stay on the forge, as they do anyway" },
  "publish-url": {
    kind: "text",
    hidden: true,
    help: "Address that takes an image by POST and answers its address",
    deprecated: "use `--store post+URL`",
  },
  "trigger-file": { kind: "file", hidden: true, help: "With `--watch`: update when this file appears, and remove it" },
  pr: {
    kind: "flag",
    hidden: true,
    conflicts: ["commit-sha"],
    help: "Comment on the pull request",
    deprecated: "use `--target pr`",
  },
  "commit-sha": {
    kind: "text",
    alias: ["head-sha"],
    hidden: true,
    help: "Comment on this commit",
    deprecated: "use `--target commit/SHA`",
  },
  update: { kind: "flag", hidden: true, help: "Update the last comment instead of adding one" },
} as const satisfies Options;

export type CommentOptions = Values<typeof commentOptions>;

export const commentOperands = [{ name: "FILE", help: "Markdown of the comment; `-` is stdin", required: true }] as const;
