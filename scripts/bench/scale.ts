import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { compete } from "./measure.ts";
import type { Place } from "./place.ts";
import { mb, ms, times, type Row } from "./row.ts";

/** A report on many files and a long history, at half and at full size: twice the work may take at most 2.4 times the time. */
export async function scale(place: Place): Promise<Row[]> {
  const half = await repository(join(place.work, "scale-half"), { metrics: 250, plots: 100, commits: 500 });
  const full = await repository(join(place.work, "scale-full"), { metrics: 500, plots: 200, commits: 1000 });
  const command = [place.cml, "report", "--base", "main"];
  const [small, large] = await compete(
    [
      { name: "half", command, cwd: half },
      { name: "full", command, cwd: full },
    ],
    3,
  );
  if (small === undefined || large === undefined) return [];
  const growth = large.wallMs / small.wallMs;
  return [
    {
      what: "`cml report`, 500 metrics files, 200 plots, 1,000 commits",
      ours: `${ms(large.wallMs)}, ${mb(large.peakMb)}`,
      rival: `half of all: ${ms(small.wallMs)}, ${mb(small.peakMb)}`,
      ratio: times(growth),
      reach: "linear (≤ 2.4×), ≤ 300 MB",
      holds: growth <= 2.4 && large.peakMb <= 300,
    },
  ];
}

interface Size {
  readonly metrics: number;
  readonly plots: number;
  readonly commits: number;
}

/** A DVC project without data in any cache, and a branch `head` on which every metric and plot differs. */
async function repository(folder: string, size: Size): Promise<string> {
  await mkdir(join(folder, "metrics"), { recursive: true });
  await mkdir(join(folder, "plots"), { recursive: true });
  const git = (...args: string[]): void => {
    const run = Bun.spawnSync(["git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", ...args], {
      cwd: folder,
      stderr: "pipe",
    });
    if (run.exitCode !== 0) throw new Error(`git ${args[0] ?? ""}: ${run.stderr.toString()}`);
  };
  git("init", "-q", "-b", "main");
  await history(folder, size.commits);
  git("checkout", "-q", "-f", "main");
  await mkdir(join(folder, ".dvc"), { recursive: true });
  await Bun.write(join(folder, ".dvc", "config"), "");
  await Bun.write(join(folder, "dvc.yaml"), declaration(size));
  await content(folder, size, 0);
  git("add", "-A");
  git("commit", "-qm", "base");
  git("switch", "-q", "-c", "head");
  await content(folder, size, 1);
  git("add", "-A");
  git("commit", "-qm", "head");
  return folder;
}

function declaration(size: Size): string {
  const metrics = Array.from({ length: size.metrics }, (_, index) => `  - metrics/m${index}.json\n`);
  const plots = Array.from({ length: size.plots }, (_, index) => `  - plots/p${index}.csv:\n      x: step\n      y: loss\n`);
  return `metrics:\n${metrics.join("")}plots:\n${plots.join("")}`;
}

async function content(folder: string, size: Size, side: number): Promise<void> {
  for (let index = 0; index < size.metrics; index += 1) {
    const metrics = {
      accuracy: 0.8 + index / 10_000 + side / 100,
      loss: 0.4 - side / 50,
      eval: { recall: 0.7 + side / 90, seen: 1000 + index },
    };
    await Bun.write(join(folder, "metrics", `m${index}.json`), JSON.stringify(metrics));
  }
  for (let index = 0; index < size.plots; index += 1) {
    const rows = Array.from(
      { length: 50 },
      (_, step) => `${step},${(Math.exp(-step / (10 + index + side * 5)) + 0.01 * side).toFixed(5)}`,
    );
    await Bun.write(join(folder, "plots", `p${index}.csv`), `step,loss\n${rows.join("\n")}\n`);
  }
}

/** Commits of a file `log.txt` by one `git fast-import`: a thousand calls of `git commit` would take a minute. */
async function history(folder: string, commits: number): Promise<void> {
  const lines = Array.from({ length: commits }, (_, index) => {
    const text = `${index}\n`;
    const when = `bench <bench@localhost> ${1_700_000_000 + index * 60} +0000`;
    return `commit refs/heads/main\ncommitter ${when}\ndata 6\ncommit\nM 644 inline log.txt\ndata ${text.length}\n${text}\n`;
  });
  const child = Bun.spawn(["git", "fast-import", "--quiet"], { cwd: folder, stdin: new Blob([lines.join("")]), stderr: "pipe" });
  const [error, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0) throw new Error(`git fast-import: ${error}`);
}
