import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { githubScene, slug, token } from "../support/github-scene.ts";
import { person } from "../fake/github.ts";
import { run as program } from "../support/churn.ts";
import { temporaryFolder } from "../support/folder.ts";
import type { Clock } from "../../src/host/host.ts";
import { run as runWith, type RunResult } from "../support/run.ts";
import type { TestHostOptions } from "../support/memory-host.ts";

/** The whole test run is one process, whose memory and load are no measure of a chart. */
const patient = { CML_CHART_MEMORY: "16GB", CML_CHART_TIMEOUT: "2m" };

function run(argv: readonly string[], options: TestHostOptions): Promise<RunResult> {
  return runWith(argv, { ...options, env: { ...patient, ...options.env } });
}

const history = (values: readonly number[]): string =>
  `step,loss\n${values.map((value, step) => `${step},${value}`).join("\n")}\n`;

const before = {
  "metrics.json": '{"accuracy": 0.9, "loss": 0.40}',
  "params.yaml": "lr: 0.001\n",
  "loss.csv": history([1, 0.6, 0.4]),
};
const after = {
  "metrics.json": '{"accuracy": 0.8, "loss": 0.39}',
  "params.yaml": "lr: 0.01\n",
  "loss.csv": history([1, 0.7, 0.39]),
};

/** A repository with a commit on `main` and one on `feature`, which is checked out. */
async function repository(files: Record<string, string> = after, base: Record<string, string> = before): Promise<string> {
  const folder = await temporaryFolder();
  const git = (...args: string[]) => program(["git", ...args], folder);
  await git("init", "-q", "-b", "main");
  for (const [path, text] of Object.entries(base)) await Bun.write(join(folder, path), text);
  await git("add", "-A");
  await git("commit", "-q", "-m", "base");
  await git("switch", "-q", "-c", "feature");
  for (const [path, text] of Object.entries(files)) await Bun.write(join(folder, path), text);
  await git("add", "-A");
  await git("commit", "-q", "--allow-empty", "-m", "head");
  return folder;
}

/** Real time, but what waits for others waits only a moment: charts are drawn against this clock. */
const clock = (): Clock => ({
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20))),
});
const text = (folder: string, path: string) => Bun.file(join(folder, path)).text();

describe("on a laptop", () => {
  test("prints the report, then the path of the page; `.cml` ignores itself", async () => {
    const cwd = await repository();
    const result = await run(["report"], { cwd });
    expect(result.code).toBe(0);
    expect(result.stdout).toStartWith("1 worse, 1 better. accuracy fell 10.0 points; higher is better.\n");
    const lines = result.stdout.trimEnd().split("\n");
    expect(lines.at(-1)).toBe(join(cwd, ".cml/report.html"));
    expect(await text(cwd, ".cml/.gitignore")).toBe("*\n");
    expect(await text(cwd, ".cml/report.html")).toContain("<!doctype html>");
    expect(await program(["git", "status", "--short"], cwd)).toBe("");
  });

  test("an exit code of 8 says that a gate failed; `--advisory` and `warn:` do not", async () => {
    const cwd = await repository();
    const failed = await run(["report", "--gate", "accuracy >= 0.85"], { cwd });
    expect(failed).toMatchObject({ code: 8 });
    expect(failed.stdout).toStartWith("Do not merge as is: the gate failed.");
    expect(failed.stderr).toContain("error: the gate failed: `accuracy >= 0.85`, it is 0.8\n");
    expect((await run(["report", "--gate", "accuracy >= 0.85", "--advisory"], { cwd })).code).toBe(0);
    expect((await run(["report", "--gate", "warn: accuracy >= 0.85"], { cwd })).code).toBe(0);
    expect((await run(["report", "--gate", "recall >= 0.85"], { cwd })).code).toBe(8);
  });

  test("`--json` is one document", async () => {
    const cwd = await repository();
    const { stdout, code } = await run(["report", "--json", "--gate", "loss <= 1"], { cwd });
    const value: unknown = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(value).toMatchObject({
      version: 1,
      command: "report",
      warnings: [],
      result: {
        verdict: "mixed",
        base: { name: "main" },
        gates: [{ gate: "loss <= 1", outcome: "passed" }],
        params: [{ file: "params.yaml", name: "lr", old: 0.001, new: 0.01 }],
        targets: [{ url: join(cwd, ".cml/report.html") }],
      },
    });
  });

  test("prose comes first byte for byte, and places sections", async () => {
    const cwd = await repository();
    const prose = "# My  report \r\n\r\n* a\n<!-- cml:params -->\n\n```\n<!-- cml:metrics -->\n```\nend";
    await Bun.write(join(cwd, "report.md"), prose);
    const { stdout, code } = await run(["report", "report.md", "--to", "md:out/full.md"], { cwd });
    expect({ stdout, code }).toEqual({ stdout: "out/full.md\n", code: 0 });
    const body = await text(cwd, "out/full.md");
    const [first = "", rest = ""] = prose.split("<!-- cml:params -->");
    expect(body).toStartWith(`${first}| param | main | this |\n`);
    expect(body).toContain(`| \`lr\` | 0.001 | 0.01 |${rest}\n\n> [!WARNING]`);
    expect(body.match(/\| param \|/g)).toHaveLength(1);
  });

  test("settings of the team come from `cml.yaml`; an unknown one is named", async () => {
    const cwd = await repository({
      ...after,
      "cml.yaml": "gates: [accuracy >= 0.85]\ndirections: {loss: higher}\ntitle: Churn\n",
    });
    const result = await run(["report"], { cwd });
    expect(result.code).toBe(8);
    expect(result.stdout).toStartWith("Churn\n\nDo not merge as is: the gate failed.");
    await Bun.write(join(cwd, "cml.yaml"), "gate: [x > 1]\n");
    const wrong = await run(["report"], { cwd });
    expect(wrong).toMatchObject({ code: 3, stdout: "" });
    expect(wrong.stderr).toContain("cml.yaml: unknown setting `gate`");
  });

  test("an accepted metric is an exception until its date", async () => {
    const accept = (until: string) =>
      `gates: [accuracy >= 0.85]\naccept: [{metric: accuracy, until: ${until}, reason: new labels}]\n`;
    const cwd = await repository({ ...after, "cml.yaml": accept("2999-01-01") });
    const result = await run(["report"], { cwd, width: 200 });
    expect(result.code).toBe(0);
    expect(result.stdout).toContain("exception for accuracy until 2999-01-01: new labels");
    await Bun.write(join(cwd, "cml.yaml"), accept("2001-01-01"));
    expect((await run(["report"], { cwd })).code).toBe(8);
  });

  test("`--compare` adds a column", async () => {
    const cwd = await repository();
    await program(["git", "tag", "v1", "main"], cwd);
    const { stdout } = await run(["report", "--compare", "v1"], { cwd });
    expect(stdout).toMatch(/metric +main [0-9a-f]{7} +v1 +this [0-9a-f]{7} +change/);
  });

  test("`--min-change` decides what counts", async () => {
    const cwd = await repository();
    const { stdout } = await run(["report", "--min-change", "50%"], { cwd });
    expect(stdout).toStartWith("0 worse, 0 better.");
  });
});

describe("without a comparison", () => {
  test("no metrics: what was looked for, what was seen, one line, exit 0", async () => {
    const cwd = await repository({ "notes.txt": "x" }, { "a.txt": "x" });
    await Bun.write(join(cwd, "runs/a/events.out.tfevents.1"), "");
    const { stdout, code } = await run(["report"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toStartWith("No metrics found.");
    expect(stdout).toContain("Looked for: dvc.yaml, ");
    expect(stdout).toContain("cml report --metrics path/to/metrics.json");
  });

  test("one commit, and none: values only, and why", async () => {
    const cwd = await temporaryFolder();
    await program(["git", "init", "-q", "-b", "main"], cwd);
    await Bun.write(join(cwd, "metrics.json"), '{"a": 1.5}');
    const none = await run(["report"], { cwd });
    expect(none).toMatchObject({ code: 0 });
    expect(none.stdout).toStartWith("No baseline: values only. The repository has no commits.");
    await program(["git", "add", "-A"], cwd);
    await program(["git", "commit", "-q", "-m", "one"], cwd);
    const one = await run(["report"], { cwd });
    expect(one.stdout).toStartWith("No baseline: values only. The repository has one commit.");
    expect(one.stdout).toContain("1.500");
  });

  test("outside of Git: the values where there are some, else an error", async () => {
    const cwd = await temporaryFolder();
    expect(await run(["report"], { cwd })).toMatchObject({ code: 1, stdout: "" });
    await Bun.write(join(cwd, "metrics.json"), '{"a": 1.5}');
    const result = await run(["report"], { cwd });
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).toContain("This folder is not in a Git repository.");
    const named = await run(["report", "--base", "main"], { cwd });
    expect(named.code).toBe(1);
    expect(named.stderr).toContain("error: not inside a Git repository");
  });

  test("an unknown revision, a missing and a Latin-1 FILE are errors before anything is written", async () => {
    const cwd = await repository();
    const unknown = await run(["report", "--base", "nope"], { cwd });
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
    expect(unknown.stderr).toContain("error: unknown revision: `nope`");
    const missing = await run(["report", "nope.md"], { cwd });
    expect(missing.stderr).toContain("error: no such file: `nope.md`");
    await Bun.write(join(cwd, "latin.md"), new Uint8Array([0x68, 0xe9, 0x6c]));
    const latin = await run(["report", "latin.md"], { cwd });
    expect(latin.stderr).toContain("error: latin.md is not UTF-8");
    expect(missing.code + latin.code).toBe(2);
  });

  test("a shallow clone is deepened by what the comparison needs", async () => {
    const cwd = await repository();
    const clone = join(await temporaryFolder(), "clone");
    await program(["git", "clone", "-q", "--depth=1", "-b", "feature", `file://${cwd}`, clone], cwd);
    const { stdout, code } = await run(["report"], { cwd: clone });
    expect(code).toBe(0);
    expect(stdout).toStartWith("1 worse, 1 better. accuracy fell 10.0 points; higher is better.\n");
    const without = await run(["report", "--no-fetch", "--base", "main~5"], { cwd: clone });
    expect(without.code).toBe(1);
    expect(without.stderr).toContain("unknown revision: `main~5`");
  });

  test("a merge ref is compared with its first parent", async () => {
    const cwd = await repository();
    await program(["git", "switch", "-q", "main"], cwd);
    await Bun.write(join(cwd, "unrelated.txt"), "x");
    await program(["git", "add", "-A"], cwd);
    await program(["git", "commit", "-q", "-m", "meanwhile on main"], cwd);
    const main = (await program(["git", "rev-parse", "HEAD"], cwd)).trim();
    const head = (await program(["git", "rev-parse", "feature"], cwd)).trim();
    await program(["git", "merge", "-q", "--no-ff", "-m", "merge ref", "feature"], cwd);
    await program(["git", "checkout", "-q", "--detach"], cwd);
    const { env } = await githubScene();
    const file = env["GITHUB_EVENT_PATH"] ?? "";
    const event: { pull_request: { head: { sha: string } } } = await Bun.file(file).json();
    event.pull_request.head.sha = head;
    await Bun.write(file, JSON.stringify(event));
    const { stdout, code } = await run(["report", "--json", "--to", "html:r.html"], { cwd, env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ result: { base: { name: "main", sha: main }, head: { sha: head } } });
  });

  test("a shallow clone without a remote says how to get the history", async () => {
    const cwd = await repository();
    const clone = join(await temporaryFolder(), "clone");
    await program(["git", "clone", "-q", "--depth=1", `file://${cwd}`, clone], cwd);
    await program(["git", "remote", "remove", "origin"], clone);
    const { stdout, code } = await run(["report"], { cwd: clone });
    expect(code).toBe(0);
    expect(stdout).toStartWith("No baseline: values only.");
    expect(stdout).toContain("fetch-depth: 0");
  });
});

describe("files that are not what they should be", () => {
  test("are named with their line; the rest of the report appears", async () => {
    const broken = { "eval/metrics.json": '{"a": 1,\n "b": }', "params.yaml": "lr: [1\n" };
    const cwd = await repository({ ...after, ...broken });
    const { stdout, code } = await run(["report"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain("accuracy fell 10.0 points");
    expect(stdout).toContain("eval/metrics.json:2");
    expect(stdout).toContain("params.yaml:");
  });

  test("a hostile metric name, NaN, 1e308 and a change of kind are rows like any other", async () => {
    const cwd = await repository(
      { "metrics.json": '{"a|b\\n</script>": 2, "loss": NaN, "huge": 1e308, "kind": "text", "@octocat": 1}' },
      { "metrics.json": '{"a|b\\n</script>": 1, "loss": 0.5, "huge": -1e308, "kind": 1.5, "@octocat": 2}' },
    );
    const { stdout, code } = await run(["report", "--to", "md:r.md,html:r.html,json:r.json"], { cwd });
    expect({ stdout, code }).toEqual({ stdout: "r.md\nr.html\nr.json\n", code: 0 });
    const body = await text(cwd, "r.md");
    expect(body).toContain("`loss` became NaN");
    expect(body).toContain("| changed kind |");
    expect(body).not.toMatch(/[^`]@octocat/);
    expect(await text(cwd, "r.html")).not.toContain("<td></script>");
    expect(JSON.parse(await text(cwd, "r.json"))).toHaveProperty("result.verdict", "worse");
  });

  test("an image outside of the repository, a missing and a huge one stay as they are", async () => {
    const cwd = await repository();
    await Bun.write(join(cwd, "..", "outside.png"), "x");
    await Bun.write(join(cwd, "big.png"), new Uint8Array(50 * 1024 * 1024));
    await Bun.write(join(cwd, "report.md"), "![a](../outside.png) ![b](../../etc/passwd) ![c](gone.png) ![d](big.png)\n");
    const { env, fake } = await githubScene();
    const result = await run(["report", "report.md", "--to", "pr"], { cwd, env, clock: clock() });
    expect(result.code).toBe(0);
    for (const name of ["../outside.png", "../../etc/passwd", "gone.png", "big.png"])
      expect(result.stderr).toContain(`image \`${name}\` is left as it is`);
    expect(fake.comments(slug, "issue/3")[0]?.body).toStartWith(
      "![a](../outside.png) ![b](../../etc/passwd) ![c](gone.png) ![d](big.png)\n",
    );
  });
});

describe("on GitHub", () => {
  test("posts the summary, the page and one comment with published pictures; tells the CI's outputs", async () => {
    const cwd = await repository();
    const { fake, env, summary } = await githubScene();
    const output = join(await temporaryFolder(), "output");
    const result = await run(["report", "--gate", "accuracy >= 0.5"], {
      cwd,
      env: { ...env, GITHUB_OUTPUT: output },
      clock: clock(),
    });
    expect(result).toMatchObject({ code: 0, stderr: "" });
    const [comment] = fake.comments(slug, "issue/3");
    const url = `${fake.url}/${slug}/pull/3#issuecomment-1000`;
    expect(result.stdout).toBe(`${summary}\n${join(cwd, ".cml/report.html")}\n${url}\n`);
    expect(comment?.body).toStartWith(
      "> [!WARNING]\n> **The gate passed; 1 worse, 1 better.** `accuracy` fell 10.0 points; higher is better.\n",
    );
    expect(comment?.body).toMatch(
      /!\[[^\]]*\]\(http:\/\/127\.0\.0\.1:\d+\/acme\/churn\/blob\/[0-9a-f]{40}\/images\/[^)]+\.png\?raw=true\)/,
    );
    const written = await Bun.file(summary).text();
    expect(written).toContain("**The gate passed; 1 worse, 1 better.**");
    expect(written).toMatch(/blob\/[0-9a-f]{40}\/images\//);
    const outputs = await Bun.file(output).text();
    expect(outputs).toContain(`url=${url}\n`);
    expect(outputs).toContain("verdict=mixed\n");
    expect(outputs).toContain('worse=["accuracy"]\n');
  });

  test("a second run changes the one comment; the same again writes nothing", async () => {
    const cwd = await repository();
    const { fake, env } = await githubScene();
    for (let index = 0; index < 35; index++) fake.comment(slug, "issue/3", person, `foreign ${index}`);
    await run(["report"], { cwd, env, clock: clock() });
    await Bun.write(join(cwd, "metrics.json"), '{"accuracy": 0.95, "loss": 0.39}');
    await run(["report"], { cwd, env, clock: clock() });
    const comments = fake.comments(slug, "issue/3");
    expect(comments).toHaveLength(36);
    expect(comments.at(-1)?.body).toStartWith("> [!TIP]\n> **0 worse, 2 better.**");
    const writes = fake.writes().length;
    await run(["report"], { cwd, env, clock: clock() });
    expect(fake.writes()).toHaveLength(writes);
  });

  test("posts first, then fails on the gate", async () => {
    const cwd = await repository();
    const { fake, env } = await githubScene();
    const result = await run(["report", "--gate", "accuracy >= 0.85", "--to", "pr"], { cwd, env, clock: clock() });
    expect(result.code).toBe(8);
    expect(fake.comments(slug, "issue/3")[0]?.body).toStartWith("> [!CAUTION]");
  });

  test("without a token: summary, page and log, exit 0, one line with what to set; `--strict`: 4", async () => {
    const cwd = await repository();
    const { fake, env, summary } = await githubScene();
    const { REPO_TOKEN: _, ...without } = env;
    const result = await run(["report"], { cwd, env: without, clock: clock() });
    expect(result.code).toBe(0);
    expect(result.stdout).toContain("1 worse, 1 better.");
    expect(result.stdout).toEndWith(`${summary}\n${join(cwd, ".cml/report.html")}\n`);
    expect(result.stderr).toMatch(/^warning: the report is in no comment: no token for GitHub .*REPO_TOKEN/);
    expect(await Bun.file(summary).text()).toContain("1 worse, 1 better.");
    expect(fake.writes()).toHaveLength(0);
    expect((await run(["report", "--strict"], { cwd, env: without, clock: clock() })).code).toBe(4);
    expect((await run(["report", "--to", "pr"], { cwd, env: without, clock: clock() })).code).toBe(4);
  });

  test("a wrong token is exit 4, and the summary is there", async () => {
    const cwd = await repository();
    const { env, summary } = await githubScene();
    const result = await run(["report"], { cwd, env: { ...env, REPO_TOKEN: "ghs_wrong" }, clock: clock() });
    expect(result.code).toBe(4);
    expect(result.stderr).not.toContain("ghs_wrong");
    expect(await Bun.file(summary).text()).toContain("1 worse");
  });

  test("a token that may only read: the log, exit 0, one line with the permission; `--strict` and `--to pr`: 4", async () => {
    const cwd = await repository();
    const { fake, env } = await githubScene();
    const { bot } = await import("../fake/github.ts");
    fake.accounts.set(token, { ...bot, may: { contents: "read", issues: "read", pull_requests: "read", checks: "read" } });
    const result = await run(["report"], { cwd, env, clock: clock() });
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/the report is not in a comment: .*403|the report is not in a comment/);
    expect(result.stderr).toContain("write");
    expect(result.stdout).toContain("1 worse, 1 better.");
    expect((await run(["report", "--strict"], { cwd, env, clock: clock() })).code).toBe(4);
    expect((await run(["report", "--to", "pr"], { cwd, env, clock: clock() })).code).toBe(4);
  });

  test("`--dry-run` writes nothing on the forge and says what it would", async () => {
    const cwd = await repository();
    const { fake, env } = await githubScene();
    const result = await run(["report", "--dry-run"], { cwd, env, clock: clock() });
    expect(result.code).toBe(0);
    expect(result.stderr).toContain("dry run: a comment would be written on #3");
    expect(fake.writes()).toHaveLength(0);
  });

  test("`--when worse` posts nothing about an improvement", async () => {
    const cwd = await repository({ "metrics.json": '{"accuracy": 0.95, "loss": 0.39}' });
    const { fake, env } = await githubScene();
    const result = await run(["report", "--when", "worse"], { cwd, env, clock: clock() });
    expect(result.code).toBe(0);
    expect(fake.writes()).toHaveLength(0);
  });

  test("`--to check,stdout,junit:…`: one line each in order; stdout is the body as it would be posted", async () => {
    const cwd = await repository();
    const { fake, env, repository: stored } = await githubScene();
    const result = await run(["report", "--to", "junit:j.xml,check,pr,stdout", "--gate", "loss <= 1"], {
      cwd,
      env,
      clock: clock(),
    });
    expect(result.code).toBe(0);
    const body = fake.comments(slug, "issue/3")[0]?.body ?? "";
    expect(result.stdout).toEndWith(body.endsWith("\n") ? body : `${body}\n`);
    expect(result.stdout.split("\n")[0]).toBe("j.xml");
    expect(stored.checks.length).toBe(1);
    expect(await text(cwd, "j.xml")).toContain('tests="1" failures="0"');
  });

  test("a fork cannot lower the bar: rules come from the base unless `--trust-head`", async () => {
    const cwd = await repository(
      { ...after, "cml.yaml": "advisory: true\n" },
      { ...before, "cml.yaml": "gates: [accuracy >= 0.85]\n" },
    );
    const { env, fake } = await githubScene();
    const event: { pull_request: { head: { repo: { full_name: string } } } } = await Bun.file(
      env["GITHUB_EVENT_PATH"] ?? "",
    ).json();
    event.pull_request.head.repo.full_name = "stranger/churn";
    await Bun.write(env["GITHUB_EVENT_PATH"] ?? "", JSON.stringify(event));
    expect((await run(["report"], { cwd, env, clock: clock() })).code).toBe(8);
    expect(fake.comments(slug, "issue/3")[0]?.body).toContain("does not count");
    expect((await run(["report", "--trust-head"], { cwd, env, clock: clock() })).code).toBe(0);
  });

  test("the report says first when a change weakens its own rules", async () => {
    const cwd = await repository(
      { ...after, "cml.yaml": "gates: [accuracy >= 0.1]\n" },
      { ...before, "cml.yaml": "gates: [accuracy >= 0.85]\n" },
    );
    const { stdout } = await run(["report"], { cwd });
    expect(stdout).toStartWith("This change weakens its own rules: a gate is gone or changed (accuracy >= 0.85)");
  });
});

describe("metrics that are not in Git", () => {
  const ignored = { ".gitignore": "metrics.json\n", "params.yaml": "lr: 1\n" };

  /** The environment of a run on the default branch. */
  async function pushed(env: Readonly<Record<string, string>>, sha: string): Promise<Record<string, string>> {
    const event = join(await temporaryFolder(), "push.json");
    await Bun.write(
      event,
      JSON.stringify({ ref: "refs/heads/main", after: sha, repository: { full_name: slug, default_branch: "main" } }),
    );
    return {
      ...env,
      GITHUB_EVENT_NAME: "push",
      GITHUB_EVENT_PATH: event,
      GITHUB_REF: "refs/heads/main",
      GITHUB_SHA: sha,
      GITHUB_HEAD_REF: "",
      GITHUB_BASE_REF: "",
    };
  }

  test("a run on the default branch stores them in a hidden ref, a pull request is compared with the nearest ancestor's", async () => {
    const cwd = await repository({ "params.yaml": "lr: 2\n" }, ignored);
    const { env, repository: stored, fake } = await githubScene();
    const main = (await program(["git", "rev-parse", "main"], cwd)).trim();
    await program(["git", "switch", "-q", "main"], cwd);
    await Bun.write(join(cwd, "metrics.json"), '{"accuracy": 0.9}');
    const first = await run(["report"], { cwd, env: await pushed(env, main), clock: clock() });
    expect(first.code).toBe(0);
    expect(stored.git.refs.has("refs/cml/records")).toBe(true);
    await program(["git", "commit", "-q", "--allow-empty", "-m", "without a run"], cwd);
    await program(["git", "switch", "-q", "feature"], cwd);
    await program(["git", "rebase", "-q", "main"], cwd);
    await Bun.write(join(cwd, "metrics.json"), '{"accuracy": 0.8}');
    const second = await run(["report"], { cwd, env, clock: clock() });
    expect(second).toMatchObject({ code: 0, stderr: "" });
    const body = fake.comments(slug, "issue/3")[0]?.body ?? "";
    expect(body).toContain("| **accuracy** | 0.9000 | **0.8000** | -0.1000 (-11 %) | ▼ worse |");
    expect(body).toContain(`metrics.json is not in Git: compared with the run of ${main.slice(0, 7)}, less than a minute old`);
  });

  test("without a record the report says how to get one", async () => {
    const cwd = await repository({ "params.yaml": "lr: 2\n" }, ignored);
    await Bun.write(join(cwd, "metrics.json"), '{"accuracy": 0.8}');
    const { stdout, code } = await run(["report"], { cwd, width: 300 });
    expect(code).toBe(0);
    expect(stdout).toContain(
      "metrics.json is not in Git and has no baseline: a run of cml report on the default branch stores one",
    );
  });
});

test("without the history in the clone the base's files come through the forge's API", async () => {
  const cwd = await repository();
  const clone = join(await temporaryFolder(), "clone");
  await program(["git", "clone", "-q", "--depth=1", `file://${cwd}`, clone], cwd);
  await program(["git", "remote", "remove", "origin"], clone);
  const { fake, env } = await githubScene();
  const result = await run(["report"], { cwd: clone, env, clock: clock() });
  expect([result.code, result.stderr]).toEqual([
    0,
    "info: the history is not in this clone: the base's files come from GitHub\n",
  ]);
  const body = fake.comments(slug, "issue/3")[0]?.body ?? "";
  expect(body).toContain("| **accuracy** | 0.9000 | **0.8000** | -0.1000 (-11 %) | ▼ worse |");
});

describe("one comment", () => {
  test("a key of its own is a comment of its own; `--mode` says what becomes of the earlier one", async () => {
    const cwd = await repository();
    const { fake, env } = await githubScene();
    const post = (...more: string[]) => run(["report", "--to", "pr", ...more], { cwd, env, clock: clock() });
    const count = () => fake.comments(slug, "issue/3").length;
    await post("--key", "a");
    await post("--key", "b");
    await post("--key", "a");
    expect(count()).toBe(2);
    await post("--key", "a", "--mode", "new");
    expect(count()).toBe(3);
    await post("--key", "b", "--mode", "append", "--title", "Again");
    expect(count()).toBe(3);
    expect(fake.comments(slug, "issue/3")[1]?.body).toContain("\n---\n\n### Again\n");
    const gone = await post("--key", "a", "--mode", "delete");
    expect(gone).toMatchObject({ code: 0, stdout: "" });
    expect(count()).toBe(1);
  });

  test("what is too long goes to a linked full report, whole blocks at a time", async () => {
    const cwd = await repository();
    const { fake, env } = await githubScene();
    const table = `| a | b |\n| --- | --- |\n${"| 1 | 2 |\n".repeat(500)}`;
    await Bun.write(
      join(cwd, "long.md"),
      `# First\n\n${Array.from({ length: 80 }, (_, index) => `## Part ${index}\n\n${table}`).join("\n")}`,
    );
    const result = await run(["report", "long.md"], { cwd, env, clock: clock() });
    expect(result.code).toBe(0);
    const body = fake.comments(slug, "issue/3")[0]?.body ?? "";
    expect(new TextEncoder().encode(body).length).toBeLessThan(262_144);
    expect(body).toMatch(/\[full report\]\(http:[^)]*report\.md\)/);
    expect(
      body
        .split("## Part ")
        .slice(1, -1)
        .every((part) => part.match(/\| 1 \| 2 \|/g)?.length === 500),
    ).toBe(true);
  });

  test("prose may come from stdin; its local images are published, every other byte stays", async () => {
    const cwd = await repository();
    const { pixel } = await import("../support/github-scene.ts");
    await Bun.write(join(cwd, "a.png"), pixel(7));
    const { fake, env } = await githubScene();
    const prose = '\ufeffUmlaut \u00e4 \t<img  src="a.png" >\r\n\r\n![x](a.png "title")\n';
    const result = await run(["report", "-", "--to", "pr"], { cwd, env, stdin: prose, clock: clock() });
    expect(result.code).toBe(0);
    const body = fake.comments(slug, "issue/3")[0]?.body ?? "";
    const address = /src="(http[^"]+)"/.exec(body)?.[1] ?? "nothing";
    expect(body).toStartWith(prose.replace('src="a.png"', `src="${address}"`).replace("](a.png", `](${address}`));
  });
});

test("files for GitLab: open metrics and findings", async () => {
  const cwd = await repository();
  const result = await run(["report", "--gate", "accuracy >= 0.85", "--to", "gitlab-metrics:m.txt,codequality:q.json"], { cwd });
  expect(result).toMatchObject({ code: 8, stdout: "m.txt\nq.json\n" });
  expect(await text(cwd, "m.txt")).toBe(
    'accuracy{file="metrics.json",key="accuracy"} 0.8\nloss{file="metrics.json",key="loss"} 0.39\n# EOF\n',
  );
  const findings: unknown = JSON.parse(await text(cwd, "q.json"));
  expect(findings).toMatchObject([
    {
      description: "gate accuracy >= 0.85: it is 0.8",
      severity: "critical",
      location: { path: "metrics.json", lines: { begin: 1 } },
    },
  ]);
});
