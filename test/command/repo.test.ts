import { afterAll, describe, expect, test } from "bun:test";
import { run as sh } from "../support/churn.ts";
import { temporaryFolder } from "../support/folder.ts";
import { closeGitHub, githubScene, token } from "../support/github-scene.ts";
import { run } from "../support/run.ts";

afterAll(closeGitHub);

/** A shallow clone of one branch, as CIs make it. */
async function shallow(): Promise<string> {
  const source = await temporaryFolder();
  await sh(["git", "init", "-q", "-b", "main"], source);
  for (const text of ["one", "two", "three", "four", "five"]) {
    await Bun.write(`${source}/a.txt`, text);
    await sh(["git", "add", "-A"], source);
    await sh(["git", "commit", "-qm", text], source);
  }
  await sh(["git", "tag", "v1"], source);
  await sh(["git", "branch", "other", "HEAD~1"], source);
  const clone = `${await temporaryFolder()}/clone`;
  await sh(["git", "clone", "-q", "--depth=1", "--single-branch", "--no-tags", `file://${source}`, clone], source);
  return clone;
}

describe("repo prepare", () => {
  test("history, branches, tags, somebody to commit as, and a way to push that holds no token", async () => {
    const { env, fake } = await githubScene();
    const cwd = await shallow();
    await sh(["git", "config", `http.${fake.url}/.extraheader`, "AUTHORIZATION: basic b2xk"], cwd);
    const result = await run(["repo", "prepare"], { cwd, env });
    expect(result).toMatchObject({ code: 0, stdout: `${fake.url}/acme/churn\n`, stderr: "" });
    expect(await sh(["git", "rev-list", "--count", "HEAD"], cwd)).toBe("5\n");
    expect(await sh(["git", "branch", "-r", "--list", "origin/other"], cwd)).toContain("origin/other");
    expect(await sh(["git", "tag"], cwd)).toBe("v1\n");
    expect(await sh(["git", "config", "user.email"], cwd)).toBe("cml@users.noreply.github.com\n");
    const config = await Bun.file(`${cwd}/.git/config`).text();
    expect(config).not.toContain(token);
    expect(config).not.toContain("AUTHORIZATION");
    const asked = Bun.spawn(["git", "credential", "fill"], {
      cwd,
      stdin: new Blob([`url=${fake.url}/acme/churn.git\n\n`]),
      env: { ...process.env, REPO_TOKEN: token, GIT_TERMINAL_PROMPT: "0" },
    });
    expect(await new Response(asked.stdout).text()).toContain(`password=${token}`);
    expect((await run(["repo", "prepare"], { cwd, env })).code).toBe(0);
  });

  test("`ci` of old: depth, names, and what is set already stays", async () => {
    const { env } = await githubScene();
    const cwd = await shallow();
    await sh(["git", "config", "user.name", "Me"], cwd);
    const result = await run(["ci", "--fetch-depth=2"], { cwd, env: { ...env, CML_CI_USER_EMAIL: "me@x.y" } });
    expect(result.code).toBe(0);
    // Two of main and two of the branch beside it.
    expect(await sh(["git", "rev-list", "--count", "HEAD"], cwd)).toBe("3\n");
    expect(await sh(["git", "config", "user.name"], cwd)).toBe("Me\n");
    expect(await sh(["git", "config", "user.email"], cwd)).toBe("me@x.y\n");
  });

  test("outside CI and without a forge it still completes the clone", async () => {
    const cwd = await shallow();
    expect(await run(["repo", "prepare"], { cwd })).toMatchObject({ code: 0, stdout: "" });
    expect(await sh(["git", "rev-parse", "--is-shallow-repository"], cwd)).toBe("false\n");
  });
});

test.each(["tensorboard connect", "tensorboard-dev"])("`%s` says that it is gone", async (words) => {
  const result = await run([...words.split(" "), "--logdir=logs", "--name=x", "--md"]);
  expect(result.code).toBe(6);
  expect(result.stderr).toContain("shut down");
});
