/** Every block of docs/dvc-differences.md as it stands there, and what a broken repository answers. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { binary } from "../support/binary.ts";
import { type Churn, restoreChurn, run as runProgram } from "../support/churn.ts";
import { bareEnvironment, runBinary } from "../support/run.ts";

const page = readFileSync(join(import.meta.dir, "..", "..", "docs", "dvc-differences.md"), "utf8");
const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g)].map(([, commands = "", answer]) => ({
  commands,
  answer,
}));

let churn: Churn;
let tools = "";
beforeAll(async () => {
  churn = await restoreChurn();
  tools = join(churn.folder, "tools");
  await mkdir(tools);
  await symlink(await binary(), join(tools, "cml"));
}, 120_000);
afterAll(() => rm(churn.folder, { recursive: true, force: true }));

async function shell(commands: string): Promise<{ code: number; stdout: string }> {
  const environment = await bareEnvironment();
  const child = Bun.spawn(["sh", "-c", commands], {
    cwd: churn.repo,
    env: { ...environment, PATH: `${tools}:${environment["PATH"] ?? ""}` },
    stdout: "pipe",
    stderr: "ignore",
  });
  return { stdout: await new Response(child.stdout).text(), code: await child.exited };
}

describe("docs/dvc-differences.md", () => {
  test("has blocks to run", () => expect(blocks.length).toBeGreaterThan(6));
  for (const { commands, answer } of blocks) {
    test(commands.trim().split("\n").at(0) ?? "", async () => {
      const { stdout, code } = await shell(commands);
      expect(code).toBe(0);
      if (answer === undefined) expect(stdout).not.toBe("");
      else expect(stdout.trimEnd()).toBe(answer.trimEnd());
    });
  }
});

/** Changes a file of the work tree, runs commands, puts it back. */
async function withFile<T>(path: string, text: string, use: () => Promise<T>): Promise<T> {
  await writeFile(join(churn.repo, path), text);
  try {
    return await use();
  } finally {
    await runProgram(["git", "checkout", "-q", "--", path], churn.repo);
  }
}

const ours = (...args: string[]) => runBinary(args, { cwd: churn.repo });

describe("a repository that is broken", () => {
  test("an unreadable dvc.yaml deletes nothing in any command", async () => {
    await withFile("dvc.yaml", "stages:\n  a: [\n", async () => {
      for (const command of [["metrics", "diff"], ["params", "diff"], ["diff"]]) {
        const { code, stdout, stderr } = await ours(...command, "--json");
        expect(code).toBe(1);
        expect(stderr).toContain("dvc.yaml:3");
        expect(stdout).not.toMatch(/"new": null|"deleted": \[\{/);
      }
    });
  });

  test("a broken params.yaml deletes nothing, and names its line", async () => {
    const text = readFileSync(join(churn.repo, "params.yaml"), "utf8");
    await withFile("params.yaml", `${text}broken: [\n`, async () => {
      const { code, stdout, stderr } = await ours("params", "diff", "--json");
      expect(code).toBe(1);
      expect(stderr).toMatch(/params\.yaml:\d+/);
      expect(stdout).toBe("{}\n");
    });
  });

  test("a metrics file that is no JSON is named with its line, the others are compared", async () => {
    await withFile("reports/metrics.json", '{"auc": 1,\n "ap": }', () =>
      withFile("reports/latency.yaml", "p50_ms: 2.75\np99_ms: 7\n", async () => {
        const { code, stdout, stderr } = await ours("metrics", "diff", "--json");
        expect(code).toBe(1);
        expect(stderr).toContain("reports/metrics.json:2");
        expect(JSON.parse(stdout)["reports/latency.yaml"].p50_ms).toEqual({ old: 1.75, new: 2.75, diff: 1 });
      }),
    );
  });

  test("a number on one side and text on the other, NaN, infinities and huge numbers", async () => {
    await withFile(
      "reports/metrics.json",
      '{"auc": "broken", "ap": NaN, "n": 1e308, "passed": -Infinity, "by_class": [1]}',
      async () => {
        const { code, stdout } = await ours("metrics", "diff", "--targets", "reports/metrics.json", "--json");
        expect(code).toBe(0);
        expect(stdout).toContain('"auc": {"old": 0.973468, "new": "broken"}');
        expect(stdout).toContain('"ap": {"old": 0.98725, "new": NaN, "diff": NaN}');
        expect(stdout).toContain('"n": {"old": 211, "new": 1e+308, "diff": 1e+308}');
        expect(stdout).toContain('"passed": {"old": true, "new": -Infinity, "diff": -Infinity}');
      },
    );
  });

  test("a plot whose data is broken is named, the others are there", async () => {
    await withFile("reports/roc.json", "[{", async () => {
      const { stdout, stderr } = await ours("plots", "diff", "HEAD", "--json", "-o", join(churn.folder, "plots-broken"));
      expect(stderr).toContain("reports/roc.json:1");
      const answer = JSON.parse(stdout.replaceAll(/\b(NaN|-?Infinity)\b/g, "null"));
      expect(Object.keys(answer.data)).toContain("reports/prc.json");
      expect(
        answer.errors.some(
          (error: { name?: string; rev?: string }) => error.name === "reports/roc.json" && error.rev === "workspace",
        ),
      ).toBe(true);
    });
  });

  test("an unknown template costs its own plot only", async () => {
    const text = readFileSync(join(churn.repo, "dvc.yaml"), "utf8");
    await withFile("dvc.yaml", text.replace("template: simple", "template: nonesuch"), async () => {
      const { code, stdout } = await ours("plots", "diff", "HEAD", "--json", "-o", join(churn.folder, "plots-template"));
      expect(code).toBe(0);
      expect(stdout).toContain("Template 'nonesuch' not found.");
      expect(Object.keys(JSON.parse(stdout.replaceAll(/\b(NaN|-?Infinity)\b/g, "null")).data).length).toBeGreaterThan(5);
    });
  });

  test("a cached file that is nowhere is an error, not a deletion", async () => {
    const other = await restoreChurn();
    try {
      await rm(other.remote, { recursive: true });
      const { code, stdout, stderr } = await runBinary(["metrics", "diff", "main", "exp-a", "--json"], { cwd: other.repo });
      expect(code).toBe(1);
      expect(stderr).toContain("reports/quality.toml");
      expect(stdout).not.toContain("quality.toml");
      expect(stdout).toContain("reports/latency.yaml");
    } finally {
      await rm(other.folder, { recursive: true, force: true });
    }
  }, 60_000);

  test("unknown revisions and a folder without Git say so", async () => {
    for (const command of [["metrics", "diff"], ["params", "diff"], ["plots", "diff"], ["diff"]]) {
      const { code, stdout, stderr } = await ours(...command, "no-such", "main");
      expect(code).toBe(1);
      expect(stdout).toBe("");
      expect(stderr).toContain("`no-such`");
      const outside = await runBinary(command);
      expect(outside.code).toBe(1);
      expect(outside.stderr).toContain("not inside a Git repository");
    }
  });

  test("no commits: nothing differs", async () => {
    const empty = join(churn.folder, "empty");
    await runProgram(["git", "init", "-q", empty], churn.folder);
    const { code, stdout } = await runBinary(["metrics", "diff", "--json"], { cwd: empty });
    expect([code, stdout]).toEqual([0, "{}\n"]);
  });

  test("DVC's old spellings are accepted", async () => {
    const md = await ours("metrics", "diff", "main", "exp-a", "--md");
    expect((await ours("metrics", "diff", "main", "exp-a", "--show-md")).stdout).toBe(md.stdout);
    const json = await ours("metrics", "diff", "main", "exp-a", "--json");
    expect((await ours("metrics", "diff", "main", "exp-a", "--show-json", "-R")).stdout).toBe(json.stdout);
    const one = await ours("plots", "diff", "main", "--target", "reports/roc.json", "--show-vega");
    expect(one.stdout).toStartWith('{"$schema"');
  });

  test("from a folder below, paths count from there", async () => {
    const { stdout } = await runBinary(["metrics", "diff", "main", "exp-a", "--md"], { cwd: join(churn.repo, "reports") });
    expect(stdout).toContain("| latency.yaml ");
    expect(stdout).toContain("| ../dvclive/metrics.json ");
  });
});
