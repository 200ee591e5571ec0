import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { bot, githubFake } from "../fake/github.ts";

const token = "ghs_SecretOfTheJob0123456789abcdefghij";
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** The sources themselves as a program of the runtime that runs this test. */
function cml(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const entry = new URL("../../bin/cml.ts", import.meta.url).pathname;
  const start = Reflect.has(globalThis, "Deno")
    ? ["run", "--no-check", "--node-modules-dir=manual", "--allow-all", entry]
    : [entry];
  const child = spawn(process.execPath, [...start, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr })));
}

void test("a comment with an image on GitHub, and its update", async () => {
  const fake = await githubFake();
  const folder = mkdtempSync(join(tmpdir(), "cml-portable-"));
  try {
    fake.accounts.set(token, bot);
    const repository = fake.repository("acme/churn");
    const commit = repository.git.commit({ message: "x", tree: repository.git.tree(null, []), parents: [] });
    repository.pulls.set(3, {
      number: 3,
      state: "open",
      head: { sha: commit, ref: "feature", repository: "acme/churn" },
      base: { sha: commit, ref: "main" },
    });
    const env = {
      GITHUB_ACTIONS: "true",
      GITHUB_SERVER_URL: fake.url,
      GITHUB_API_URL: fake.apiUrl,
      GITHUB_REPOSITORY: "acme/churn",
      GITHUB_REF: "refs/pull/3/merge",
      REPO_TOKEN: token,
    };
    writeFileSync(join(folder, "p.png"), Buffer.from(pixel, "base64"));
    writeFileSync(join(folder, "report.md"), "# Report\n\n![p](p.png)\n");
    const first = await cml(["comment", "update", "report.md"], folder, env);
    assert.deepEqual([first.code, first.stderr], [0, ""]);
    writeFileSync(join(folder, "report.md"), "# Changed\n\n![p](p.png)\n");
    const second = await cml(["comment", "update", "report.md"], folder, env);
    assert.deepEqual([second.code, second.stdout], [0, first.stdout]);
    const comments = fake.comments("acme/churn", "issue/3");
    assert.equal(comments.length, 1);
    assert.match(comments[0]?.body ?? "", /^# Changed\n\n!\[p\]\(http[^)]+\?raw=true\)\n/);
    const wrong = await cml(["comment", "update", "report.md"], folder, {
      ...env,
      REPO_TOKEN: "ghp_WrongToken0123456789abcdefghijklmnop",
    });
    assert.equal(wrong.code, 4);
    assert.match(wrong.stderr, /`REPO_TOKEN`/);
  } finally {
    await fake.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
