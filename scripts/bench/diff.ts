import { join } from "node:path";
import { compete } from "./measure.ts";
import { demo, type Place } from "./place.ts";
import { mb, ms, type Row } from "./row.ts";

const kinds = ["metrics", "params", "plots"];

/** `metrics|params|plots diff main exp-a` on the demo repository against DVC. */
export async function diff(place: Place): Promise<Row[]> {
  const repo = demo(join(place.work, "diff"), place);
  const env = { DVC_NO_ANALYTICS: "1" };
  const rows: Row[] = [];
  for (const kind of kinds) {
    const args = [kind, "diff", "main", "exp-a", ...(kind === "plots" ? ["--json", "-o", join(place.work, "diff", "out")] : [])];
    const ours = { name: `cml ${kind} diff`, command: [place.cml, ...args], cwd: repo };
    const theirs = "path" in place.dvc ? [{ name: `dvc ${kind} diff`, command: [place.dvc.path, ...args], cwd: repo, env }] : [];
    const [cost, rival] = await compete([ours, ...theirs], 7);
    if (cost === undefined) continue;
    const ratio = rival === undefined ? null : rival.wallMs / cost.wallMs;
    rows.push({
      what: `\`cml ${kind} diff main exp-a\``,
      ours: `${ms(cost.wallMs)}, ${mb(cost.peakMb)}`,
      rival: rival === undefined ? reason(place) : `dvc 3.67.1: ${ms(rival.wallMs)}, ${mb(rival.peakMb)}`,
      ratio: ratio === null ? "–" : `${ratio.toFixed(1)}× faster`,
      reach: "≥ 10× faster, ≤ 60 MB",
      holds: ratio === null ? null : ratio >= 10 && cost.peakMb <= 60,
    });
  }
  return rows;
}

function reason(place: Place): string {
  return "reason" in place.dvc ? place.dvc.reason : "";
}
