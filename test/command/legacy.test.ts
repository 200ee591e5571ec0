import { afterAll, expect, test } from "bun:test";
import { closeGitHub, githubScene, slug } from "../support/github-scene.ts";
import { testClock } from "../support/memory-host.ts";
import { run } from "../support/run.ts";

afterAll(closeGitHub);

const clock = () => testClock();

/** One row a variable of the predecessor: it feeds the option of the command that its prefix stood for. */
test.each([
  ["CML_COMMENT_TARGET", "issue/7", ["comment", "create", "report.md"]],
  ["CML_SEND_COMMENT_TARGET", "issue/7", ["comment", "create", "report.md"]],
  ["CML_COMMENT_TARGET", "issue/7", ["send-comment", "report.md"]],
  ["CML_SEND_COMMENT_TARGET", "issue/7", ["send-comment", "report.md"]],
])("%s=%s reaches `cml %p`", async (name, value, argv) => {
  const { fake, env, repository } = await githubScene();
  repository.comments.set("issue/7", []);
  const result = await run(argv, { env: { ...env, [name]: value }, files: { "report.md": "x\n" }, clock: clock() });
  expect(result.code).toBe(0);
  expect(fake.comments(slug, "issue/7")).toHaveLength(1);
});

test.each([
  ["CML_CHECK_TITLE", ["check", "create", "report.md"]],
  ["CML_SEND_GITHUB_CHECK_TITLE", ["check", "create", "report.md"]],
  ["CML_CHECK_TITLE", ["send-github-check", "report.md"]],
  ["CML_SEND_GITHUB_CHECK_TITLE", ["send-github-check", "report.md"]],
])("%s reaches `cml %p`", async (name, argv) => {
  const { env, repository } = await githubScene();
  await run(argv, { env: { ...env, [name]: "Named" }, files: { "report.md": "x\n" }, clock: clock() });
  expect(repository.checks.map(({ fields }) => fields["name"])).toEqual(["Named"]);
});

test.each([
  ["CML_ASSET_MD", ["publish", "p.csv"]],
  ["CML_PUBLISH_MD", ["publish", "p.csv"]],
  ["CML_PUBLISH_MD", ["asset", "publish", "p.csv"]],
])("%s reaches `cml %p`", async (name, argv) => {
  const { env } = await githubScene();
  const result = await run(argv, { env: { ...env, [name]: "true" }, files: { "p.csv": "a\n" }, clock: clock() });
  expect(result.stdout).toStartWith("[p.csv](http");
});

test.each([
  ["CML_WORKFLOW_ID", ["workflow", "rerun"]],
  ["CML_RERUN_WORKFLOW_ID", ["workflow", "rerun"]],
  ["CML_WORKFLOW_ID", ["rerun-workflow"]],
])("%s reaches `cml %p`", async (name, argv) => {
  const { env, repository } = await githubScene();
  repository.runs.set("55", { status: "completed", asked: [] });
  await run(argv, { env: { ...env, [name]: "55" }, clock: clock() });
  expect(repository.runs.get("55")?.asked).toHaveLength(1);
});

test.each(["CML_DRIVER", "CML_COMMENT_DRIVER"])("%s names the forge", async (name) => {
  const { env } = await githubScene();
  const result = await run(["comment", "create", "report.md"], {
    env: { ...env, [name]: "sourceforge" },
    files: { "report.md": "x\n" },
    clock: clock(),
  });
  expect(result.code).toBe(3);
  expect(result.stderr).toContain("sourceforge");
});

test("CML_REPO names the repository, as an address or as owner and name", async () => {
  const { fake, env } = await githubScene();
  for (const value of [`${fake.url}/${slug}`, slug]) {
    const { GITHUB_REPOSITORY: _, ...bare } = env;
    const result = await run(["comment", "create", "--target=pr/3", "report.md"], {
      env: { ...bare, CML_REPO: value },
      files: { "report.md": "x\n" },
      clock: clock(),
    });
    expect(result.code).toBe(0);
  }
  expect(fake.comments(slug, "issue/3")).toHaveLength(2);
});
