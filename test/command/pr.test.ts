import { afterAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { run as sh } from "../support/churn.ts";
import { temporaryFolder } from "../support/folder.ts";
import { closeGitHub, githubScene, slug } from "../support/github-scene.ts";
import { testClock } from "../support/memory-host.ts";
import { run } from "../support/run.ts";

afterAll(closeGitHub);

interface Clone {
  readonly cwd: string;
  readonly origin: string;
  readonly head: string;
}

/** A clone of a repository with one commit, with changed, new, deleted and ignored files. */
async function clone(): Promise<Clone> {
  const origin = `${await temporaryFolder()}/origin.git`;
  const cwd = await temporaryFolder();
  await sh(["git", "init", "-q", "--bare", origin], cwd);
  await sh(["git", "init", "-q", "-b", "main"], cwd);
  await sh(["git", "remote", "add", "origin", origin], cwd);
  for (const name of ["a.csv", "b.csv", "old.csv", "code.py"]) await Bun.write(`${cwd}/${name}`, `${name}\n`);
  await Bun.write(`${cwd}/.gitignore`, "*.log\n");
  await sh(["git", "add", "-A"], cwd);
  await sh(["git", "commit", "-qm", "one"], cwd);
  await sh(["git", "push", "-q", "origin", "main"], cwd);
  await Bun.write(`${cwd}/a.csv`, "changed\n");
  await Bun.write(`${cwd}/results/new file.csv`, "new\n");
  await Bun.write(`${cwd}/train.log`, "log\n");
  await Bun.write(`${cwd}/code.py`, "changed\n");
  await rm(`${cwd}/old.csv`);
  return { cwd, origin, head: (await sh(["git", "rev-parse", "HEAD"], cwd)).trim() };
}

/** The job's variables, for a push to main. */
function env(scene: Readonly<Record<string, string>>, head: string): Record<string, string> {
  const { GITHUB_EVENT_PATH: _, GITHUB_HEAD_REF: __, GITHUB_BASE_REF: ___, ...rest } = scene;
  return { ...rest, GITHUB_EVENT_NAME: "push", GITHUB_REF: "refs/heads/main", GITHUB_SHA: head };
}

const clock = () => testClock();

describe("pr create", () => {
  test("commits what matches on a branch of its own and leaves the working tree as it is", async () => {
    const { fake, repository, env: scene } = await githubScene();
    const { cwd, origin, head } = await clone();
    const before = await sh(["git", "status", "--porcelain"], cwd);
    const result = await run(["pr", "create", "*.csv"], { cwd, env: env(scene, head), clock: clock() });
    expect(result).toMatchObject({ code: 0, stdout: `${fake.url}/${slug}/pull/101\n` });
    const branch = `main-cml-pr-${head.slice(0, 8)}`;
    expect(repository.pulls.get(101)).toMatchObject({
      title: `CML PR for main ${head.slice(0, 8)}`,
      head: { ref: branch },
      base: { ref: "main" },
    });
    const files = await sh(["git", "diff", "--name-status", `${head}..${branch}`], origin);
    expect(files.split("\n").toSorted().join("\n").trim()).toBe("A\tresults/new file.csv\nD\told.csv\nM\ta.csv");
    expect(await sh(["git", "log", "-1", "--format=%s%n%P", branch], origin)).toBe(
      `CML PR for ${head.slice(0, 8)} [skip ci]\n${head}\n`,
    );
    expect(await sh(["git", "status", "--porcelain"], cwd)).toBe(before);
    expect(await Bun.file(`${cwd}/.git/config`).text()).not.toContain("Authorization");
  });

  test("again: the same commit, the same pull request; new content is pushed to it", async () => {
    const { fake, repository, env: scene } = await githubScene();
    const { cwd, origin, head } = await clone();
    const branch = `main-cml-pr-${head.slice(0, 8)}`;
    const once = async () => run(["pr", "*.csv"], { cwd, env: env(scene, head), clock: clock() });
    const first = await once();
    const sha = await sh(["git", "rev-parse", branch], origin);
    expect(await once()).toMatchObject({ code: 0, stdout: first.stdout });
    expect(await sh(["git", "rev-parse", branch], origin)).toBe(sha);
    await Bun.write(`${cwd}/a.csv`, "changed again\n");
    expect((await once()).stdout).toBe(first.stdout);
    expect(await sh(["git", "show", `${branch}:a.csv`], origin)).toBe("changed again\n");
    expect(repository.pulls.size).toBe(2);
    expect(fake.writes()).toHaveLength(1);
  });

  test("nothing changed: nothing is made, exit 0", async () => {
    const { fake, env: scene } = await githubScene();
    const { cwd, head } = await clone();
    const result = await run(["pr", "create", "*.txt", "*.log"], { cwd, env: env(scene, head), clock: clock() });
    expect(result).toMatchObject({ code: 0, stdout: "" });
    expect(result.stderr).toContain("no file has changed");
    expect(fake.writes()).toEqual([]);
  });

  test.each([
    [["--md"], /^\[CML's Pull Request\]\(http\S+\/pull\/101\)\n$/],
    [["--json"], /"branch":"main-cml-pr-/],
  ])("bare `cml pr %p GLOB` and its forms", async (flags, form) => {
    const { env: scene } = await githubScene();
    const { cwd, head } = await clone();
    const result = await run(["pr", ...flags, "*.csv"], { cwd, env: env(scene, head), clock: clock() });
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(form);
    const old = await run([...flags, "*.csv"], { cwd, env: env(scene, head), name: "cml-pr", clock: clock() });
    expect(old.stdout).toBe(result.stdout);
  });

  test("names of its own, and no [skip ci] beside a message of one's own", async () => {
    const { repository, env: scene } = await githubScene();
    const { cwd, origin, head } = await clone();
    const flags = [
      "--branch=results",
      "--target-branch=main",
      "--title=T",
      "--body=B",
      "--message=M",
      "--user-name=N",
      "--user-email=n@x.y",
    ];
    expect((await run(["pr", "create", ...flags, "a.csv"], { cwd, env: env(scene, head), clock: clock() })).code).toBe(0);
    expect(repository.pulls.get(101)).toMatchObject({ title: "T", head: { ref: "results" } });
    expect(await sh(["git", "log", "-1", "--format=%s|%an|%ae", "results"], origin)).toBe("M|N|n@x.y\n");
    const other = await run(["pr", "create", "--branch=main", "--target-branch=main", "a.csv"], {
      cwd,
      env: env(scene, head),
      clock: clock(),
    });
    expect(other.code).toBe(1);
    expect(other.stderr).toContain("holds commits of others");
    const none = await run(["pr", "create", "--target-branch=gone", "a.csv"], { cwd, env: env(scene, head), clock: clock() });
    expect(none).toMatchObject({ code: 1 });
  });

  test.each([
    ["--merge", true, "open", "merge"],
    ["--auto-merge", false, "closed", "merge"],
    ["--squash", true, "open", "squash"],
    ["--rebase", false, "closed", "rebase"],
  ])("%s, where waiting is allowed: %p", async (flag, hasAutoMerge, state, mergedBy) => {
    const { repository, env: scene } = await githubScene();
    repository.hasAutoMerge = hasAutoMerge;
    const { cwd, origin, head } = await clone();
    expect((await run(["pr", "create", flag, "*.csv"], { cwd, env: env(scene, head), clock: clock() })).code).toBe(0);
    expect(repository.pulls.get(101)).toMatchObject({ state, mergedBy });
    expect(await sh(["git", "log", "-1", "--format=%s", `main-cml-pr-${head.slice(0, 8)}`], origin)).not.toContain("skip ci");
  });

  test("a repository whose jobs may make no pull requests: 4, and where to allow it", async () => {
    const { repository, env: scene } = await githubScene();
    repository.mayNotCreatePulls = true;
    const { cwd, head } = await clone();
    const result = await run(["pr", "create", "*.csv"], { cwd, env: env(scene, head), clock: clock() });
    expect(result.code).toBe(4);
    expect(result.stderr).toContain("Allow GitHub Actions to create and approve pull requests");
  });

  test.each([
    [["pr"], 2],
    [["pr", "create"], 2],
    [["pr", "create", "--merge", "--squash", "x"], 2],
  ])("%p is a wrong command line", async (argv, code) => {
    const { env: scene } = await githubScene();
    expect((await run(argv, { env: scene, clock: clock() })).code).toBe(code);
  });
});
