import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { compile } from "../build/compile.ts";
import { compete } from "./measure.ts";
import type { Place } from "./place.ts";
import { mb, ms, times, type Row } from "./row.ts";

const trivial = [
  ["version"],
  ["--help"],
  ["report", "--help"],
  ["metrics", "diff", "--help"],
  ["plots", "diff", "--help"],
  ["render", "--help"],
  ["comment", "create", "--help"],
];

/** Start of the program against an empty one compiled by the same switches. */
export async function start(place: Place): Promise<Row[]> {
  const folder = join(place.work, "empty");
  await mkdir(folder, { recursive: true });
  await Bun.write(join(folder, "empty.ts"), "export {};\n");
  const empty = join(folder, "empty-program");
  await compile({ outfile: empty, entry: join(folder, "empty.ts") });
  const programs = [
    { name: "empty", command: [empty] },
    ...trivial.map((args) => ({ name: args.join(" "), command: [place.cml, ...args] })),
  ];
  const [none, ...costs] = await compete(programs, 31);
  if (none === undefined) return [];
  return costs.map((cost, index) => {
    const ratio = cost.wallMs / none.wallMs;
    return {
      what: `\`cml ${trivial[index]?.join(" ") ?? ""}\``,
      ours: `${ms(cost.wallMs)}, ${mb(cost.peakMb)}`,
      rival: `empty program: ${ms(none.wallMs)}, ${mb(none.peakMb)}`,
      ratio: times(ratio),
      reach: "≤ 1.5×, ≤ 35 MB",
      holds: ratio <= 1.5 && cost.peakMb <= 35,
    };
  });
}
