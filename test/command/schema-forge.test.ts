import { afterAll, expect, test } from "bun:test";
import Ajv2020 from "ajv/dist/2020.js";
import { join } from "node:path";
import { run as sh } from "../support/churn.ts";
import { temporaryFolder } from "../support/folder.ts";
import { closeGitHub, githubScene, pixel } from "../support/github-scene.ts";
import { testClock } from "../support/memory-host.ts";
import { run } from "../support/run.ts";

afterAll(closeGitHub);

const ajv = new Ajv2020({ strict: false });

test.each([
  ["comment", ["comment", "create", "report.md"]],
  ["comment", ["comment", "update", "report.md"]],
  ["comment", ["send-comment", "report.md"]],
  ["publish", ["publish", "p.png"]],
  ["check", ["check", "create", "report.md"]],
  ["pr", ["pr", "create", "--target-branch=main", "p.png"]],
  ["repo", ["repo", "prepare", "--dry-run"]],
  ["workflow", ["workflow", "rerun", "--id=118"]],
])("docs/schema/%s.json describes `cml %p --json`", async (name, argv) => {
  const { env, repository } = await githubScene();
  repository.runs.set("118", { status: "completed", asked: [] });
  const cwd = await temporaryFolder();
  const origin = `${await temporaryFolder()}/origin.git`;
  await sh(["git", "init", "-q", "--bare", origin], cwd);
  await sh(["git", "init", "-q", "-b", "main"], cwd);
  await sh(["git", "remote", "add", "origin", origin], cwd);
  await sh(["git", "commit", "-q", "--allow-empty", "-m", "one"], cwd);
  await sh(["git", "push", "-q", "origin", "main"], cwd);
  const answer = await run([...argv, "--json"], {
    cwd,
    env,
    files: { "report.md": "# R\n", "p.png": pixel(1) },
    clock: testClock(),
  });
  expect(answer.code).toBe(0);
  const validate = ajv.compile(await Bun.file(join(import.meta.dir, "..", "..", "docs", "schema", `${name}.json`)).json());
  validate(JSON.parse(answer.stdout));
  expect(validate.errors ?? []).toEqual([]);
});
