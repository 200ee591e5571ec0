import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { compete, type Program } from "./measure.ts";
import type { Place } from "./place.ts";
import { mb, ms, times, type Row } from "./row.ts";

/** A line chart as a training job makes it: two series of 100 points. `seed` shifts it, so that fifty of them differ. */
export function lineChart(seed: number): object {
  const values = ["main", "exp-a"].flatMap((rev, series) =>
    Array.from({ length: 100 }, (_, step) => ({
      rev,
      step,
      loss: Math.exp(-step / (30 + series * 5 + seed)) + 0.02 * Math.sin(step * (seed + 1)),
    })),
  );
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: `loss ${seed}`,
    width: 300,
    height: 300,
    data: { values },
    mark: { type: "line" },
    encoding: {
      x: { field: "step", type: "quantitative" },
      y: { field: "loss", type: "quantitative", scale: { zero: false } },
      color: { field: "rev", type: "nominal" },
    },
  };
}

/** One line chart to PNG at scale 2, whole process, against vl2png and vl-convert; then fifty in one process. */
export async function chart(place: Place): Promise<Row[]> {
  const folder = join(place.work, "chart");
  await mkdir(folder, { recursive: true });
  const spec = join(folder, "line.vl.json");
  await Bun.write(spec, JSON.stringify(lineChart(0)));
  const out = (name: string): string => join(folder, `${name}.png`);
  const programs: Program[] = [{ name: "cml", command: [place.cml, "render", spec, "-o", out("cml"), "--scale", "2"] }];
  if ("path" in place.vl2png) programs.push({ name: "vl2png", command: [place.vl2png.path, spec, out("vl2png"), "-s", "2"] });
  if ("path" in place.vlConvert)
    programs.push({ name: "vl-convert", command: [place.vlConvert.path, "-c", oneShot, spec, out("vl-convert")] });
  const costs = new Map((await compete(programs, 9)).map((cost, index) => [programs[index]?.name ?? "", cost]));
  const ours = costs.get("cml");
  if (ours === undefined) return [];
  const row = (name: string, wall: number, memory: number | null, reason: string): Row => {
    const rival = costs.get(name);
    const ratio = rival === undefined ? null : ours.wallMs / rival.wallMs;
    const peak = rival === undefined || memory === null ? null : ours.peakMb / rival.peakMb;
    return {
      what: `one line chart to PNG at scale 2, against ${name}`,
      ours: `${ms(ours.wallMs)}, ${mb(ours.peakMb)}`,
      rival: rival === undefined ? reason : `${name}: ${ms(rival.wallMs)}, ${mb(rival.peakMb)}`,
      ratio: ratio === null ? "–" : `${times(ratio)}${peak === null ? "" : `, memory ${times(peak)}`}`,
      reach: `≤ ${wall}×${memory === null ? "" : `, memory ≤ ${memory.toFixed(1)}×`}`,
      holds: ratio === null ? null : ratio <= wall && (peak === null || memory === null || peak <= memory),
    };
  };
  return [
    row("vl2png", 0.5, 1, "reason" in place.vl2png ? place.vl2png.reason : ""),
    row("vl-convert", 0.3, null, "reason" in place.vlConvert ? place.vlConvert.reason : ""),
    await fifty(place, folder),
  ];
}

/** vl-convert has no program of its own on PyPI: the shortest process that draws one chart with it. */
const oneShot =
  "import sys, vl_convert; open(sys.argv[2], 'wb').write(vl_convert.vegalite_to_png(open(sys.argv[1]).read(), scale=2))";

async function fifty(place: Place, folder: string): Promise<Row> {
  const specs: string[] = [];
  for (let index = 0; index < 50; index += 1) {
    const spec = join(folder, `many-${index}.vl.json`);
    await Bun.write(spec, JSON.stringify(lineChart(index)));
    specs.push(spec);
  }
  const [cost] = await compete(
    [{ name: "cml, 50 charts", command: [place.cml, "render", ...specs, "--scale", "2"], cwd: folder }],
    5,
  );
  const each = (cost?.wallMs ?? Number.NaN) / 50;
  return {
    what: "50 such charts in one process, each",
    ours: `${ms(each)}, ${mb(cost?.peakMb ?? 0)}`,
    rival: "–",
    ratio: "–",
    reach: "≤ 40 ms",
    holds: each <= 40,
  };
}
