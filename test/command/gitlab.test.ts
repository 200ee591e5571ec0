import { afterAll, describe, expect, test } from "bun:test";
import { colleague, projectBot } from "../fake/gitlab.ts";
import { pixel } from "../support/github-scene.ts";
import { closeGitLab, gitlabScene, gitlabToken, jobToken } from "../support/gitlab-scene.ts";
import { testClock } from "../support/memory-host.ts";
import { run } from "../support/run.ts";

afterAll(closeGitLab);

const clock = () => testClock();
const report = { "report.md": "# Report\n\n![p](p.png)\n", "p.png": pixel(1) };

describe("comment on GitLab", () => {
  test.each([
    ["at the root", {}],
    ["below a path", { subpath: "/gitlab" }],
    ["before 17.1", { isOld: true }],
  ])("%s: one note with its image, unchanged the second time", async (_, options) => {
    const { fake, project, env } = await gitlabScene(options);
    fake.note(project, "merge_requests/5", colleague, "mentioned in commit", true);
    for (let index = 0; index < 130; index++) fake.note(project, "merge_requests/5", colleague, `note ${index}`);
    fake.note(project, "merge_requests/5", colleague, 'theirs\n\n[cml-sticky]: <#v1> "key=comment run=1"\n');
    const first = await run(["comment", "update", "report.md"], { env, files: report, clock: clock() });
    expect(first.stderr).toBe("");
    expect(first.stdout).toMatch(new RegExp(`^${fake.serverUrl}/team/ml/churn/-/merge_requests/5#note_\\d+\\n$`));
    const ours = () => (project.notes.get("merge_requests/5") ?? []).filter(({ author }) => author === projectBot);
    expect(ours()).toHaveLength(1);
    const url = /!\[p\]\((http[^)]+)\)/.exec(ours()[0]?.body ?? "")?.[1] ?? "";
    const shown = await fetch(url);
    expect([shown.status, shown.headers.get("content-type")]).toEqual([200, "image/png"]);
    const writes = fake.writes().length;
    const again = await run(["comment", "update", "report.md"], { env, files: report, clock: clock() });
    expect(again.stdout).toBe(first.stdout);
    expect(fake.writes()).toHaveLength(writes);
    await run(["comment", "update", "report.md"], { env, files: { ...report, "report.md": "new" }, clock: clock() });
    expect(ours().map(({ body }) => body.split("\n")[0])).toEqual(["new"]);
  });

  test("comments on a commit can be updated", async () => {
    const { project, head, env } = await gitlabScene();
    for (const text of ["one", "two"]) {
      const result = await run(["comment", "update", "--target=commit", "report.md"], {
        env,
        files: { "report.md": text },
        clock: clock(),
      });
      expect(result.code).toBe(0);
    }
    expect(project.notes.get(`commits/${head}`)?.map(({ body }) => body.split("\n")[0])).toEqual(["two"]);
  });

  test("`publish --md` prints an absolute address", async () => {
    const { fake, env } = await gitlabScene({ subpath: "/gitlab" });
    const result = await run(["publish", "--md", "--gitlab-uploads", "p.png"], { env, files: report, clock: clock() });
    expect(result.stdout).toMatch(
      new RegExp(`^!\\[p\\]\\(${fake.serverUrl}/-/project/42/uploads/[0-9a-f]{32}/[0-9a-f]{12}-p\\.png\\)\\n$`),
    );
  });

  test.each([
    [{}, "only the job's token"],
    [{ REPO_TOKEN: jobToken }, "the job's token mapped by hand"],
  ])("%p: 4, and the variable that turns it on", async (more) => {
    const { fake, env } = await gitlabScene();
    const { GITLAB_TOKEN: _, ...bare } = env;
    const result = await run(["comment", "create", "report.md"], { env: { ...bare, ...more }, files: report, clock: clock() });
    expect(result.code).toBe(4);
    expect(result.stderr).toContain("`GITLAB_TOKEN`");
    expect(fake.log).toHaveLength(0);
  });

  test("a token that only reads: 4, the scope to add, GitLab's words, no token", async () => {
    const { fake, env } = await gitlabScene();
    fake.members.set(gitlabToken, { ...projectBot, scope: "read_api" });
    const result = await run(["comment", "create", "report.md"], { env, files: { "report.md": "x" }, clock: clock() });
    expect(result.code).toBe(4);
    for (const part of ["`api`", "higher privileges", "`GITLAB_TOKEN`"]) expect(result.stderr).toContain(part);
    expect(result.stderr).not.toContain(gitlabToken);
  });
});
