/** The compiled program beside real DVC on the demo repository, both run afresh: nothing recorded takes part. */
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installed, realDvc } from "../support/python.ts";
import { runBinary } from "../support/run.ts";
import { unless } from "../support/skip.ts";

const dvc = await installed(realDvc);
const withDvc = unless("reason" in dvc ? dvc.reason : undefined);
const program = "path" in dvc ? dvc.path : "";

let work = "";
let repo = "";

const env = {
  PATH: process.env["PATH"] ?? "",
  HOME: process.env["HOME"] ?? "",
  LC_ALL: "C.UTF-8",
  PYTHONHASHSEED: "0",
  DVC_NO_ANALYTICS: "1",
};

function run(command: string[], cwd: string): string {
  const child = Bun.spawnSync(command, { cwd, env, stdout: "pipe", stderr: "pipe" });
  if (child.exitCode !== 0) throw new Error(`${command.join(" ")}: exit ${child.exitCode}: ${child.stderr.toString()}`);
  return child.stdout.toString();
}

beforeAll(async () => {
  if ("reason" in dvc) return;
  work = await mkdtemp(join(tmpdir(), "cml-dvc-"));
  run(["sh", join(import.meta.dir, "..", "..", "scripts", "demo-repository.sh"), work, "main"], work);
  repo = join(work, "repo");
  // DVC finds files of old revisions only by an absolute address.
  run([program, "config", "--local", "remote.storage.url", join(work, "remote")], repo);
  run([program, "fetch", "--all-branches"], repo);
  run([program, "checkout", "-q"], repo);
}, 120_000);

afterAll(async () => {
  if (work !== "") await rm(work, { recursive: true, force: true });
});

async function ours(args: string[]): Promise<string> {
  const answer = await runBinary(args, { cwd: repo, env });
  expect(answer.stderr).toBe("");
  expect(answer.code).toBe(0);
  return answer.stdout;
}

const theirs = (args: string[]): string => run([program, ...args], repo);

/** DVC writes NaN and Infinity bare, which `JSON.parse` refuses; as text they still compare. */
const parsed = (text: string): unknown => JSON.parse(text.replaceAll(/(?<=[[:,\s])(NaN|-?Infinity)\b/g, '"$1"'));

/** DVC prints files in hash order. */
const sorted = (text: string): string[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => line.trimEnd())
    .sort();

const revisions = [
  ["main", "exp-a"],
  ["main", "exp-b"],
  ["exp-a", "exp-b"],
  ["main", "wide-lr"],
  ["main~1", "main"],
];

describe("beside real DVC", () => {
  for (const [from = "", to = ""] of revisions) {
    for (const command of [
      ["metrics", "diff"],
      ["metrics", "diff", "--all"],
      ["params", "diff"],
      ["params", "diff", "--all"],
    ]) {
      withDvc(`${command.join(" ")} ${from} ${to} --json answers the same values`, async () => {
        const args = [...command, from, to, "--json"];
        expect(parsed(await ours(args))).toEqual(parsed(theirs(args)));
      });
      withDvc(`${command.join(" ")} ${from} ${to} --md prints the same lines`, async () => {
        const args = [...command, from, to, "--md"];
        expect(sorted(await ours(args))).toEqual(sorted(theirs(args)));
      });
    }
    withDvc(`data diff ${from} ${to} --json names the same files`, async () => {
      expect(ordered(parsed(await ours(["data", "diff", from, to, "--json"])))).toEqual(
        ordered(parsed(theirs(["diff", from, to, "--json"]))),
      );
    });
    withDvc(`plots diff ${from} ${to} --json answers the same plots`, async () => {
      const mine = parsed(await ours(["plots", "diff", from, to, "--json", "-o", join(work, "ours")]));
      const real = parsed(theirs(["plots", "diff", from, to, "--json", "-o", join(work, "theirs")]));
      expect(plotNames(mine)).toEqual(plotNames(real));
    });
  }
});

/** `dvc diff` lists files in hash order within added, deleted, modified and renamed. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, ordered(inner)]));
}

/** `NAME type revisions` of each plot. A file declared twice is one plot with us (docs/dvc-differences.md), so the second name is left out. */
function plotNames(answer: unknown): string[] {
  if (typeof answer !== "object" || answer === null || !("data" in answer)) return [];
  return Object.entries(answer.data ?? {})
    .filter(([name]) => !name.includes("calibration.csv"))
    .flatMap(([name, items]) =>
      (Array.isArray(items) ? items : []).map(
        (item: { type?: unknown; revisions?: unknown }) => `${name} ${String(item.type)} ${String(item.revisions)}`,
      ),
    )
    .sort();
}
