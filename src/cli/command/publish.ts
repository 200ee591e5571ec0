import { command } from "../kit/command.ts";

export default command({
  name: "publish",
  summary: "Publish images and print their addresses or tags",
  description:
    "Puts images where the forge keeps them (or where `--store` says) and prints an address each, or a tag for a report. Without a file, and for `-`, " +
    "the image comes from stdin.",
  options: {
    md: { kind: "flag", help: "Print Markdown", conflicts: ["html"] },
    html: { kind: "flag", help: "Print HTML" },
    title: { kind: "text", alias: ["t"], help: "Title of the image, or text of the link" },
    store: { kind: "text", help: "Where images go: auto, forge, post+https://…" },
    target: { kind: "text", fallback: "auto", help: "What the images belong to: auto, pr, pr/N, issue/N, commit, commit/REV" },
    "mime-type": { kind: "text", help: "Media type, where the bytes do not tell it" },
    native: { kind: "flag", alias: ["gitlab-uploads"], hidden: true, help: "Images stay on the forge, as they do anyway" },
    url: {
      kind: "text",
      hidden: true,
      help: "Address that takes a file by POST and answers its address",
      deprecated: "use `--store post+URL`",
    },
    file: { kind: "file", alias: ["f"], hidden: true, help: "Append to this file instead of printing", deprecated: "use `>>`" },
    "rm-watermark": { kind: "flag", hidden: true, help: "Nothing: there is no watermark on images" },
  },
  operands: [{ name: "FILE", help: "Images; `-` is stdin", many: true }],
  examples: [
    { line: "cml publish plot.png --md >> report.md", says: "Add an image to a report", scene: "forge" },
    { line: "vl2png vega.json | cml publish --md", says: "Publish a chart that was just drawn", scene: "forge" },
  ],
  async run(options, operands, app) {
    const { runPublish } = await import("./publish-run.ts");
    await runPublish(options, operands, app);
  },
});
