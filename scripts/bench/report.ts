import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { compete, firstByte, median, type Cost, type Program } from "./measure.ts";
import { demo, type Place } from "./place.ts";
import { mb, ms, type Row } from "./row.ts";

const runs = 5;

/** `cml report` of the demo repository: its first line on a terminal, and the whole of it against DVC and vl2png doing the same work. */
export async function report(place: Place): Promise<Row[]> {
  const repo = demo(join(place.work, "report"), place);
  const ours: Program = { name: "cml report", command: [place.cml, "report", "--base", "main"], cwd: repo };
  const firsts: number[] = [];
  for (let run = 0; run < runs; run += 1) firsts.push(await firstByte(ours));
  const first = median(firsts);
  const rival = await theirs(place, repo);
  const [cost, ...parts] = await compete([ours, ...rival.programs], runs);
  if (cost === undefined) return [];
  const sum = parts.reduce((total, part) => total + part.wallMs, 0);
  const ratio = rival.reason === null ? sum / cost.wallMs : null;
  return [
    {
      what: "`cml report`, first line of content in a terminal",
      ours: ms(first),
      rival: "–",
      ratio: "–",
      reach: "≤ 0.3 s",
      holds: first <= 300,
    },
    {
      what: "`cml report`, whole, HTML page included",
      ours: `${ms(cost.wallMs)}, ${mb(cost.peakMb)}`,
      rival: rival.reason ?? `${words(parts, rival.charts)}: ${ms(sum)}`,
      ratio: ratio === null ? "–" : `${ratio.toFixed(1)}× faster`,
      reach: "≥ 5× faster",
      holds: ratio === null ? null : ratio >= 5,
    },
  ];
}

interface Rival {
  readonly programs: Program[];
  readonly charts: number;
  readonly reason: string | null;
}

/** DVC's three diffs, then one vl2png a chart of what `dvc plots diff` answers. */
async function theirs(place: Place, repo: string): Promise<Rival> {
  if ("reason" in place.dvc) return { programs: [], charts: 0, reason: place.dvc.reason };
  if ("reason" in place.vl2png) return { programs: [], charts: 0, reason: place.vl2png.reason };
  const folder = join(place.work, "report-rival");
  await mkdir(folder, { recursive: true });
  const env = { DVC_NO_ANALYTICS: "1" };
  const dvc = place.dvc.path;
  const vl2png = place.vl2png.path;
  const diff = (kind: string, ...more: string[]): Program => ({
    name: `dvc ${kind} diff`,
    command: [dvc, kind, "diff", "main", "exp-a", ...more],
    cwd: repo,
    env,
  });
  const plots = diff("plots", "--json", "-o", join(folder, "out"));
  const answer = Bun.spawnSync([...plots.command], { cwd: repo, env: { ...process.env, ...env } });
  const specs = charts(JSON.parse(answer.stdout.toString().replaceAll(/\b(NaN|-?Infinity)\b/g, "null")));
  const drawings: Program[] = [];
  for (const [index, spec] of specs.entries()) {
    const path = join(folder, `${index}.vl.json`);
    await Bun.write(path, spec);
    drawings.push({ name: `vl2png ${index}`, command: [vl2png, path, join(folder, `${index}.png`)] });
  }
  return { programs: [diff("metrics"), diff("params"), plots, ...drawings], charts: specs.length, reason: null };
}

/** Vega-Lite documents within the answer of `dvc plots diff --json`: `{data: {NAME: [{type: "vega", content}]}}`. */
function charts(answer: unknown): string[] {
  const data = isRecord(answer) && isRecord(answer["data"]) ? answer["data"] : {};
  return Object.values(data)
    .flatMap((items): unknown[] => (Array.isArray(items) ? items : []))
    .flatMap((item) => (isRecord(item) && item["type"] === "vega" ? [item["content"]] : []))
    .map((content) => (typeof content === "string" ? content : JSON.stringify(content)));
}

function words(parts: readonly Cost[], charts: number): string {
  const dvc = parts.slice(0, 3).reduce((total, part) => total + part.wallMs, 0);
  return `3 × dvc (${ms(dvc)}) + ${charts} × vl2png`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
