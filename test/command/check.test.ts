import { afterAll, describe, expect, test } from "bun:test";
import { closeGitHub, githubScene, pixel, token } from "../support/github-scene.ts";
import { testClock } from "../support/memory-host.ts";
import { run } from "../support/run.ts";

afterAll(closeGitHub);

const clock = () => testClock();
const files = { "report.md": "# Report\n\n![p](p.png)\n", "p.png": pixel(1) };

describe("check create", () => {
  test("a check of the pull request's head, not of the merge commit, with its image", async () => {
    const { env, head, repository } = await githubScene();
    const result = await run(["check", "create", "report.md"], { env, files, clock: clock() });
    expect(result.stdout).toMatch(/^http\S+\/runs\/\d+\n$/);
    expect(repository.checks).toHaveLength(1);
    expect(repository.checks[0]).toMatchObject({
      sha: head,
      fields: { name: "CML Report", status: "completed", conclusion: "success" },
    });
    expect(JSON.stringify(repository.checks[0]?.fields)).toMatch(/!\[p\]\(http[^)]+\?raw=true\)/);
  });

  test("again: the same one, with what the flags say", async () => {
    const { env, repository } = await githubScene();
    await run(["check", "create", "--status=in_progress", "report.md"], { env, files, clock: clock() });
    expect(repository.checks[0]?.fields["conclusion"]).toBeUndefined();
    await run(["check", "update", "--conclusion=failure", "report.md"], { env, files, clock: clock() });
    expect(repository.checks.map(({ fields }) => [fields["status"], fields["conclusion"]])).toEqual([["completed", "failure"]]);
  });

  test("old names: `send-github-check`, `cml-send-github-check`, `--head-sha`, `CML_SEND_GITHUB_CHECK_TITLE`", async () => {
    const { env, base, repository } = await githubScene();
    await run(["send-github-check", `--head-sha=${base}`, "report.md"], { env, files, clock: clock() });
    await run(["report.md"], { env: { ...env, CML_CHECK_TITLE: "T" }, files, name: "cml-send-github-check", clock: clock() });
    expect(repository.checks.map(({ sha, fields }) => [sha === base, fields["name"]])).toEqual([
      [true, "CML Report"],
      [false, "T"],
    ]);
  });

  test("a text over 65,535 characters fits; a person's token is refused with the reason; Gitea has no checks", async () => {
    const { env, fake, repository } = await githubScene();
    const long = { "report.md": "paragraph of text\n\n".repeat(8000) };
    expect(await run(["check", "create", "report.md"], { env, files: long, clock: clock() })).toMatchObject({ code: 0 });
    expect(repository.checks).toHaveLength(1);
    const { person } = await import("../fake/github.ts");
    fake.accounts.set(token, person);
    const refused = await run(["check", "create", "--title=x", "report.md"], { env, files, clock: clock() });
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain("You must authenticate via a GitHub App");
    const gitea = await run(["check", "create", "report.md"], { env: { ...env, GITEA_ACTIONS: "true" }, files, clock: clock() });
    expect(gitea.code).toBe(6);
  });
});
