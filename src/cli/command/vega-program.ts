import type { Command } from "../kit/command.ts";
import type { Options, Values } from "../kit/option.ts";
import { chartLimits } from "../chart-limit.ts";

/** Flags of vega-cli's and vega-lite's programs, as they print them. */
const common = {
  // `-h` is the XML header in these programs, and they ignore nothing of ours.
  help: { kind: "flag", help: "Show this help" },
  version: { kind: "flag", help: "Show the version" },
  base: { kind: "text", alias: ["b"], help: "Folder of the data files; default: the folder of the specification" },
  loglevel: { kind: "text", alias: ["l"], help: "Messages on stderr: error, warn (default), info or debug" },
  config: { kind: "file", alias: ["c"], help: "Vega config object, a JSON file" },
  format: { kind: "file", alias: ["f"], help: "Number format locale, a JSON file" },
  "time-format": { kind: "file", alias: ["t"], help: "Date and time format locale, a JSON file" },
  scale: { kind: "number", alias: ["s"], fallback: 1, help: "Output resolution scale factor" },
  seed: { kind: "number", help: "Seed for random number generation" },
  ...chartLimits,
} as const satisfies Options;

const png = { ...common, ppi: { kind: "number", help: "Resolution in pixels per inch" } } as const satisfies Options;
const svg = {
  ...common,
  header: { kind: "flag", alias: ["h"], help: "Include XML header and SVG doctype" },
} as const satisfies Options;

export type ProgramValues = Values<typeof common> & { readonly ppi?: number | undefined; readonly header?: boolean };
export type ProgramName = "vl2png" | "vl2svg" | "vg2png" | "vg2svg";

/** One of the four programs: specification and output by place, both optional, `stdin` and `stdout` without them. */
export function vegaProgram(name: ProgramName): Command {
  const language = name.startsWith("vl") ? "Vega-Lite" : "Vega";
  const format = name.endsWith("png") ? "png" : "svg";
  return {
    name,
    summary: `Draw a ${language} specification as ${format.toUpperCase()}, with the flags of npm's ${name}`,
    options: format === "png" ? png : svg,
    operands: [
      { name: "SPEC", help: "Specification; without it standard input" },
      { name: "OUTPUT", help: "File to write; without it standard output" },
    ],
    examples: [
      {
        line: `cml ${name} loss.${name.slice(0, 2)}.json loss.${format}`,
        says: `As \`${name}\` of npm`,
        scene: "charts",
      },
    ],
    async run(values: ProgramValues, operands, app) {
      const { runProgram } = await import("./vega-program-run.ts");
      return runProgram(name, values, operands, app);
    },
  };
}
