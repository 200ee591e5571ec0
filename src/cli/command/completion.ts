import { command } from "../kit/command.ts";
import { script } from "../completion.ts";

export default command({
  name: "completion",
  summary: "Print a completion script for bash, zsh or fish",
  options: {},
  operands: [{ name: "SHELL", help: "bash, zsh or fish", required: true }],
  examples: [{ line: "cml completion bash > cml.bash", says: "Make a file to be sourced by ~/.bashrc", scene: "any" }],
  async run(_options, operands, { host }) {
    host.out.write(await script(operands[0] ?? ""));
  },
});
