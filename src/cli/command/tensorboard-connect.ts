import { UnsupportedError } from "../../core/error.ts";
import { command } from "../kit/command.ts";

export default command({
  name: "tensorboard connect",
  summary: "Gone: tensorboard.dev was shut down",
  options: {
    credentials: { kind: "secret", alias: ["c"], help: "Of tensorboard.dev" },
    logdir: { kind: "text", help: "Folder of event files" },
    name: { kind: "text", help: "Title" },
    description: { kind: "text", help: "Text" },
    md: { kind: "flag", help: "Print Markdown" },
    title: { kind: "text", alias: ["t"], help: "Title of the link" },
    file: { kind: "file", alias: ["f"], help: "Append to this file" },
    "rm-watermark": { kind: "flag", help: "Leave out the mark" },
  },
  examples: [{ line: "cml tensorboard connect --logdir runs/", says: "Says what to use instead", scene: "any" }],
  run() {
    throw new UnsupportedError("tensorboard.dev was shut down on 1 January 2024", {
      hint: "`cml report --plots runs/` draws the curves of event files into the report",
    });
  },
});
