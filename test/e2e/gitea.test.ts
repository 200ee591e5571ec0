import { describe, expect, test } from "bun:test";
import { member, textOf } from "../fake/server.ts";
import { restoreChurn, run } from "../support/churn.ts";
import { temporaryFolder } from "../support/folder.ts";
import { type Gitea, noGitea, startGitea } from "../support/gitea.ts";
import { pixel } from "../support/github-scene.ts";
import { runBinary } from "../support/run.ts";
import { skip } from "../support/skip.ts";

const reason = noGitea();
if (reason !== undefined) skip(reason);
else scenes(await startGitea(), await startGitea("/git"));

interface Job {
  readonly repo: string;
  readonly slug: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The demo repository pushed to Gitea with a pull request, and what Gitea Actions gives a job for it. */
async function job(gitea: Gitea, name: string): Promise<Job> {
  const slug = `cmladmin/${name}`;
  const { repo } = await restoreChurn();
  await gitea.call("POST", "/user/repos", { name, auto_init: true, default_branch: "main" });
  await gitea.call("PUT", `/repos/${slug}/collaborators/alice`, { permission: "write" });
  const remote = `${gitea.url}/${slug}.git`;
  const auth = ["-c", `http.extraHeader=Authorization: token ${gitea.tokens.all}`];
  await run(["git", ...auth, "push", "-qf", remote, "HEAD:refs/heads/main", "refs/heads/exp-a:refs/heads/exp-a"], repo);
  await run(["git", "remote", "set-url", "origin", remote], repo);
  await run(["git", "checkout", "-q", "exp-a"], repo);
  // What was pushed reaches the server's own tables a moment later.
  for (let round = 0; round < 100; round++) {
    const found = await gitea.call("GET", `/repos/${slug}/branches/exp-a`).catch(() => null);
    if (found !== null) break;
    await Bun.sleep(100);
  }
  const pull = await gitea.call("POST", `/repos/${slug}/pulls`, { title: "Experiment", head: "exp-a", base: "main" });
  const number = Number(member(pull, "number"));
  const event = `${await temporaryFolder()}/event.json`;
  await Bun.write(
    event,
    JSON.stringify({ action: "synchronized", number, pull_request: pull, repository: member(member(pull, "base"), "repo") }),
  );
  const env = {
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITEA_ACTIONS: "true",
    GITEA_ACTIONS_RUNNER_VERSION: "v1.0.8",
    GITHUB_SERVER_URL: gitea.url,
    GITHUB_API_URL: gitea.api,
    GITHUB_GRAPHQL_URL: "",
    GITHUB_WORKFLOW: "",
    GITHUB_REPOSITORY: slug,
    GITHUB_EVENT_NAME: "pull_request",
    GITHUB_EVENT_PATH: event,
    GITHUB_REF: `refs/pull/${number}/head`,
    GITHUB_REF_NAME: String(number),
    GITHUB_SHA: textOf(member(pull, "head"), "sha"),
    GITHUB_HEAD_REF: "exp-a",
    GITHUB_BASE_REF: "main",
    GITHUB_RUN_ID: "7",
    GITHUB_RUN_NUMBER: "7",
    GITHUB_JOB: "report",
    GITHUB_STEP_SUMMARY: `${event}.summary.md`,
    GITEA_TOKEN: gitea.tokens.narrow,
  };
  return { repo, slug, env };
}

async function bodies(gitea: Gitea, slug: string): Promise<string[]> {
  const list = await gitea.call("GET", `/repos/${slug}/issues/1/comments`);
  return (Array.isArray(list) ? list : []).map((comment: unknown) => textOf(comment, "body"));
}

async function imagesOf(body: string): Promise<(number | string | null)[][]> {
  const urls = [...body.matchAll(/!\[[^\]]*\]\((http[^)\s]+)/g)].map((match) => match[1] ?? "");
  return Promise.all(
    urls.map(async (url) => {
      const answer = await fetch(url);
      return [answer.status, answer.headers.get("content-type")];
    }),
  );
}

function scenes(gitea: Gitea, below: Gitea): void {
  describe("on a real Gitea", () => {
    test("comment update: one comment with its images, kept among 35 foreign ones", async () => {
      const { repo, slug, env } = await job(gitea, "comments");
      await Bun.write(
        `${repo}/report.md`,
        "# Report\n\n![one](a.png)\n\n<details><summary>more</summary>\n\n![two](b.png)\n\n</details>\n",
      );
      await Bun.write(`${repo}/a.png`, pixel(1));
      await Bun.write(`${repo}/b.png`, pixel(2));
      const first = await runBinary(["comment", "update", "report.md"], { cwd: repo, env });
      expect(first).toMatchObject({ code: 0, stderr: "" });
      expect(first.stdout).toMatch(new RegExp(`^${gitea.url}/${slug}/pulls/1#issuecomment-\\d+\\n$`));
      const [body = ""] = await bodies(gitea, slug);
      expect(await imagesOf(body)).toEqual([
        [200, "image/png"],
        [200, "image/png"],
      ]);
      for (let index = 0; index < 35; index++)
        await gitea.call("POST", `/repos/${slug}/issues/1/comments`, { body: `comment ${index}` }, gitea.tokens.alice);
      await gitea.call(
        "POST",
        `/repos/${slug}/issues/1/comments`,
        { body: body.replace("# Report", "# Copied") },
        gitea.tokens.alice,
      );
      await Bun.write(`${repo}/report.md`, "# Changed\n\n![one](a.png)\n");
      const second = await runBinary(["comment", "update", "report.md"], { cwd: repo, env });
      expect(second).toMatchObject({ code: 0, stdout: first.stdout });
      const all = await bodies(gitea, slug);
      expect(all).toHaveLength(37);
      expect(all[0]).toStartWith("# Changed");
      expect(all.at(-1)).toStartWith("# Copied");
      expect(await imagesOf(all[0] ?? "")).toEqual([[200, "image/png"]]);
    });

    test("report: one comment whose charts are images, a second run leaves one", async () => {
      const { repo, slug, env } = await job(gitea, "reports");
      const first = await runBinary(["report"], { cwd: repo, env, timeoutMs: 120_000 });
      expect([first.code, first.stderr]).toEqual([0, ""]);
      const [body = "", ...more] = await bodies(gitea, slug);
      expect(more).toEqual([]);
      const images = await imagesOf(body);
      expect(images.length).toBeGreaterThan(0);
      for (const image of images) expect(image).toEqual([200, "image/png"]);
      expect(body).toContain("| metric |");
      expect(first.stdout).toContain(`${gitea.url}/${slug}/pulls/1#issuecomment-`);
      expect(await Bun.file(env["GITHUB_STEP_SUMMARY"] ?? "").text()).toContain("| metric |");
      for (let index = 0; index < 35; index++)
        await gitea.call("POST", `/repos/${slug}/issues/1/comments`, { body: `comment ${index}` }, gitea.tokens.alice);
      const metrics = `${repo}/reports/metrics.json`;
      const text = await Bun.file(metrics).text();
      await Bun.write(metrics, text.replace(/\d\.\d+/, "0.123456"));
      const second = await runBinary(["report"], { cwd: repo, env: { ...env, GITHUB_RUN_ID: "8" }, timeoutMs: 120_000 });
      expect(second.code).toBe(0);
      const all = await bodies(gitea, slug);
      expect(all).toHaveLength(36);
      expect(all[0]).toContain("0.1235");
      expect(all[0]).not.toBe(body);
    });

    test("publish, and the errors that Gitea gives", async () => {
      const { repo, env } = await job(gitea, "publishing");
      await Bun.write(`${repo}/a.png`, pixel(1));
      await Bun.write(`${repo}/report.md`, "text\n");
      const published = await runBinary(["publish", "--md", "a.png"], { cwd: repo, env });
      expect(published.code).toBe(0);
      expect(await imagesOf(published.stdout)).toEqual([[200, "image/png"]]);
      const wrong = await runBinary(["comment", "create", "report.md"], {
        cwd: repo,
        env: { ...env, GITEA_TOKEN: "0123456789012345678901234567890123456789" },
      });
      expect(wrong.code).toBe(4);
      expect(wrong.stderr).toContain("`GITEA_TOKEN`");
      const weak = await runBinary(["comment", "create", "report.md"], {
        cwd: repo,
        env: { ...env, GITEA_TOKEN: gitea.tokens.readOnly },
      });
      expect(weak.code).toBe(4);
      expect(weak.stderr).toContain("write:issue");
      expect((await runBinary(["comment", "create", "--target=pr/99", "report.md"], { cwd: repo, env })).code).toBe(1);
      expect((await runBinary(["comment", "create", "--target=commit", "report.md"], { cwd: repo, env })).code).toBe(6);
      for (const { stderr } of [wrong, weak])
        for (const token of Object.values(gitea.tokens)) expect(stderr).not.toContain(token);
    });

    test("pr create: pushed with the token, one pull request however often", async () => {
      const { repo, slug, env } = await job(gitea, "changes");
      await Bun.write(`${repo}/results.csv`, "a,b\n");
      const first = await runBinary(["pr", "create", "results.csv"], { cwd: repo, env });
      expect([first.code, first.stderr]).toEqual([0, ""]);
      expect(first.stdout).toBe(`${gitea.url}/${slug}/pulls/2\n`);
      const config = await Bun.file(`${repo}/.git/config`).text();
      for (const token of Object.values(gitea.tokens)) expect(config).not.toContain(token);
      expect((await runBinary(["pr", "create", "results.csv"], { cwd: repo, env })).stdout).toBe(first.stdout);
      const pull = await gitea.call("GET", `/repos/${slug}/pulls/2`);
      expect(textOf(member(pull, "base"), "ref")).toBe("exp-a");
      const files = await gitea.call("GET", `/repos/${slug}/pulls/2/files`);
      expect(files).toMatchObject([{ filename: "results.csv", status: "added" }]);
    });

    test("below a path", async () => {
      const { repo, slug, env } = await job(below, "below");
      expect(below.url).toEndWith("/git");
      await Bun.write(`${repo}/a.png`, pixel(1));
      await Bun.write(`${repo}/report.md`, "![a](a.png)\n");
      const result = await runBinary(["comment", "create", "report.md"], { cwd: repo, env });
      expect(result.stdout).toStartWith(`${below.url}/${slug}/pulls/1#`);
      expect(await imagesOf((await bodies(below, slug))[0] ?? "")).toEqual([[200, "image/png"]]);
    });
  });
}
