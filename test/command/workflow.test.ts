import { afterAll, describe, expect, test } from "bun:test";
import { closeGitHub, githubScene, slug } from "../support/github-scene.ts";
import { gitlabScene } from "../support/gitlab-scene.ts";
import { testClock } from "../support/memory-host.ts";
import { run } from "../support/run.ts";

afterAll(closeGitHub);

const clock = () => testClock();

describe("workflow rerun", () => {
  test.each([
    [["workflow", "rerun", "--id=118"], "rerun-failed-jobs"],
    [["workflow", "rerun", "--id=118", "--all"], "rerun"],
    [["rerun-workflow", "--id", "118"], "rerun-failed-jobs"],
  ])("%p asks for %s", async (argv, asked) => {
    const { fake, env, repository } = await githubScene();
    repository.runs.set("118", { status: "completed", asked: [] });
    const result = await run(argv, { env, clock: clock() });
    expect(result).toMatchObject({ code: 0, stdout: `${fake.url}/${slug}/actions/runs/118\n` });
    expect(repository.runs.get("118")?.asked).toEqual([asked]);
  });

  test("the current run is not over, an unknown one is not there", async () => {
    const { env, repository } = await githubScene();
    repository.runs.set("1001", { status: "in_progress", asked: [] });
    const current = await run(["workflow", "rerun"], { env, clock: clock() });
    expect(current.code).toBe(1);
    expect(current.stderr).toContain("run 1001 is not over");
    expect((await run(["workflow", "rerun", "--id=7"], { env, clock: clock() })).code).toBe(1);
    expect((await run(["workflow", "rerun", "--id=x"], { env, clock: clock() })).code).toBe(2);
  });

  test("GitLab retries what failed, and has no other way", async () => {
    const { env } = await gitlabScene();
    expect((await run(["workflow", "rerun", "--id=5", "--all"], { env, clock: clock() })).code).toBe(6);
  });
});
