import { version } from "../../version.ts";
import { command } from "../kit/command.ts";

export default command({
  name: "version",
  summary: "Print the version",
  options: {},
  examples: [{ line: "cml version", says: "Print the version", scene: "any" }],
  async run(_options, _operands, { host, globals }) {
    host.out.write(
      globals.json
        ? `${JSON.stringify({ version: 1, command: "version", result: { version }, warnings: [] })}\n`
        : `${version}\n`,
    );
  },
});
