import { command } from "../kit/command.ts";
import { linkPrograms } from "../link.ts";

export default command({
  name: "link",
  summary: "Make the program names of the predecessor and of vega-cli",
  description:
    "Puts cml-send-comment, cml-publish, vl2png and their likes into a folder, as links to this program (on Windows: as .cmd files).",
  options: { force: { kind: "flag", alias: ["f"], help: "Replace files of the same names" } },
  operands: [{ name: "DIR", help: "Folder, best one on the PATH", required: true }],
  examples: [{ line: "cml link ./bin", says: "Make vl2png, cml-send-comment and the other names in ./bin", scene: "any" }],
  async run(options, operands, { host, globals }) {
    const made = await linkPrograms(host, operands[0] ?? ".", { force: options.force, dryRun: globals.dryRun });
    host.out.write(
      globals.json
        ? `${JSON.stringify({ version: 1, command: "link", result: made, warnings: [] })}\n`
        : made.map((path) => `${path}\n`).join(""),
    );
  },
});
