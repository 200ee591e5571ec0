import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Program {
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that count as success; 0 when left out. */
  readonly codes?: readonly number[];
}

export interface Cost {
  readonly wallMs: number;
  /** Peak of the process itself, 0 where GNU time is not installed. */
  readonly peakMb: number;
}

const minimal = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", LANG: "C.UTF-8", NO_COLOR: "1" };

/** Medians of `runs` runs of each program, taken in turns so that a busy moment of the machine hits all of them; one run each before that is not counted. */
export async function compete(programs: readonly Program[], runs: number): Promise<Cost[]> {
  const walls: number[][] = programs.map(() => []);
  for (let run = -1; run < runs; run += 1) {
    for (const [index, program] of programs.entries()) {
      const wall = once(program);
      if (run >= 0) walls[index]?.push(wall);
    }
  }
  const peaks: number[] = [];
  for (const program of programs) peaks.push(await peak(program));
  return programs.map((_, index) => ({ wallMs: median(walls[index] ?? []), peakMb: peaks[index] ?? 0 }));
}

/** Wall time of one run in milliseconds; throws with the program's own words when it fails. */
export function once(program: Program): number {
  const from = performance.now();
  const run = Bun.spawnSync([...program.command], options(program));
  const wall = performance.now() - from;
  if (!(program.codes ?? [0]).includes(run.exitCode)) {
    throw new Error(`${program.name}: exit ${run.exitCode}: ${run.stderr.toString().trim().split("\n").slice(-3).join(" | ")}`);
  }
  return wall;
}

function options(program: Program): {
  cwd?: string;
  env: Record<string, string>;
  stdout: "ignore";
  stderr: "pipe";
  stdin: "ignore";
} {
  return {
    ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
    env: { ...minimal, ...program.env },
    stdout: "ignore",
    stderr: "pipe",
    stdin: "ignore",
  };
}

/** Peak resident memory in MB by GNU time: what Bun itself reports of a child includes the parent's share from before `exec`. */
async function peak(program: Program): Promise<number> {
  const time = "/usr/bin/time";
  if (!(await Bun.file(time).exists())) return 0;
  const folder = await mkdtemp(join(tmpdir(), "cml-bench-"));
  try {
    const file = join(folder, "peak");
    const peaks: number[] = [];
    for (let run = 0; run < 3; run += 1) {
      Bun.spawnSync([time, "-f", "%M", "-o", file, ...program.command], options(program));
      peaks.push(Number((await readFile(file, "utf8")).trim().split("\n").at(-1)) / 1024);
    }
    return median(peaks);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds from start until the first byte on the program's terminal. */
export async function firstByte(program: Program): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const from = performance.now();
  const child = Bun.spawn([...program.command], {
    ...options(program),
    terminal: { cols: 120, rows: 40, data: () => resolve(performance.now() - from) },
  });
  const result = await Promise.race([promise, child.exited.then(() => Number.NaN)]);
  await child.exited;
  return result;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
