import { Octokit } from "@octokit/rest";
import { afterAll, describe, expect, test } from "bun:test";
import { objections } from "../fake/github-oracle.ts";
import { person } from "../fake/github.ts";
import { closeGitHub, githubScene, slug, token } from "../support/github-scene.ts";

afterAll(closeGitHub);

/** The fake is right by somebody else's word: GitHub's own client works against it, and GitHub's description finds planted mistakes. */
describe("the GitHub fake, driven by @octokit/rest", () => {
  const at = { owner: "acme", repo: "churn" };

  test("comments, with paging", async () => {
    const { fake } = await githubScene();
    const octokit = new Octokit({ auth: token, baseUrl: fake.apiUrl });
    for (let index = 0; index < 65; index++) fake.comment(slug, "issue/3", person, `comment ${index}`);
    const made = await octokit.rest.issues.createComment({ ...at, issue_number: 3, body: "hello" });
    expect(made.status).toBe(201);
    const all = await octokit.paginate(octokit.rest.issues.listComments, { ...at, issue_number: 3, per_page: 30 });
    expect(all).toHaveLength(66);
    expect(all.at(-1)).toMatchObject({ id: made.data.id, body: "hello", user: { login: "github-actions[bot]", type: "Bot" } });
    await octokit.rest.issues.updateComment({ ...at, comment_id: made.data.id, body: "changed" });
    expect((await octokit.rest.issues.getComment({ ...at, comment_id: made.data.id })).data.body).toBe("changed");
    await octokit.rest.issues.deleteComment({ ...at, comment_id: made.data.id });
    const gone = await octokit.rest.issues.getComment({ ...at, comment_id: made.data.id }).catch((error: unknown) => error);
    expect(gone).toMatchObject({ status: 404 });
    const long = await octokit.rest.issues
      .createComment({ ...at, issue_number: 3, body: "ä".repeat(131_073) })
      .catch((error: unknown) => error);
    expect(long).toMatchObject({ status: 422 });
    expect((await octokit.rest.issues.createComment({ ...at, issue_number: 3, body: "ä".repeat(131_072) })).status).toBe(201);
  });

  test("Git data: real object ids, refs that only move forward", async () => {
    const { fake } = await githubScene();
    const octokit = new Octokit({ auth: token, baseUrl: fake.apiUrl });
    const blob = await octokit.rest.git.createBlob({ ...at, content: "hello\n", encoding: "utf-8" });
    expect(blob.data.sha).toBe("ce013625030ba8dba906f756967f9e9ca394464a");
    const tree = await octokit.rest.git.createTree({
      ...at,
      tree: [{ path: "a.txt", mode: "100644", type: "blob", sha: blob.data.sha }],
    });
    expect(tree.data.sha).toBe("2e81171448eb9f2ee3821e3d447aa6b2fe3ddba1");
    const first = await octokit.rest.git.createCommit({ ...at, message: "one", tree: tree.data.sha, parents: [] });
    const second = await octokit.rest.git.createCommit({ ...at, message: "two", tree: tree.data.sha, parents: [first.data.sha] });
    const other = await octokit.rest.git.createCommit({ ...at, message: "other", tree: tree.data.sha, parents: [] });
    const ref = "cml/assets/pr-9";
    await octokit.rest.git.createRef({ ...at, ref: `refs/${ref}`, sha: first.data.sha });
    const refused = async (action: Promise<unknown>): Promise<unknown> =>
      action.then(
        () => "accepted",
        (error: unknown) => error,
      );
    expect(await refused(octokit.rest.git.createRef({ ...at, ref: `refs/${ref}`, sha: first.data.sha }))).toMatchObject({
      status: 422,
    });
    expect(await refused(octokit.rest.git.updateRef({ ...at, ref, sha: other.data.sha }))).toMatchObject({ status: 422 });
    await octokit.rest.git.updateRef({ ...at, ref, sha: second.data.sha });
    expect(await refused(octokit.rest.git.updateRef({ ...at, ref, sha: first.data.sha }))).toMatchObject({ status: 422 });
    expect((await octokit.rest.git.getRef({ ...at, ref })).data.object.sha).toBe(second.data.sha);
    const file = await octokit.rest.repos.getContent({ ...at, path: "a.txt", ref: second.data.sha });
    expect(file.data).toMatchObject({ type: "file", name: "a.txt" });
    await octokit.rest.git.deleteRef({ ...at, ref });
    expect(await refused(octokit.rest.git.getRef({ ...at, ref }))).toMatchObject({ status: 404 });
  });

  test("pull requests, checks, comparison and who it is", async () => {
    const { fake, head, base } = await githubScene();
    fake.accounts.set("ghp_APersonsToken0123456789abcdefghijklm", person);
    const octokit = new Octokit({ auth: token, baseUrl: fake.apiUrl });
    expect((await octokit.rest.pulls.get({ ...at, pull_number: 3 })).data.head.sha).toBe(head);
    expect((await octokit.rest.repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha: head })).data).toHaveLength(1);
    expect(
      (await octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: `main...${head}` })).data.merge_base_commit.sha,
    ).toBe(base);
    const check = await octokit.rest.checks.create({
      ...at,
      name: "cml",
      head_sha: head,
      status: "completed",
      conclusion: "success",
      output: { title: "t", summary: "s" },
    });
    expect((await octokit.rest.checks.listForRef({ ...at, ref: head })).data.check_runs.map(({ id }) => id)).toEqual([
      check.data.id,
    ]);
    const human = new Octokit({ auth: "ghp_APersonsToken0123456789abcdefghijklm", baseUrl: fake.apiUrl });
    expect((await human.rest.users.getAuthenticated()).data.login).toBe("octocat");
    expect(await octokit.rest.users.getAuthenticated().catch((error: unknown) => error)).toMatchObject({ status: 403 });
    const viewer: unknown = await octokit.graphql("query { viewer { login } }");
    expect(viewer).toEqual({ viewer: { login: "github-actions[bot]" } });
  });

  test("the description finds planted mistakes", () => {
    const planted = (method: string, path: string, request: unknown, status = 201, query = "") =>
      objections({ method, path, query: new URLSearchParams(query), request, status, answer: undefined });
    const repository = "/repos/o/r";
    expect(planted("POST", `${repository}/issues/1/comments`, { body: "x" })).toEqual([]);
    expect(planted("POST", `${repository}/issues/1/comments`, { bodi: "x" })).not.toEqual([]);
    expect(planted("POST", `${repository}/issues/1/comments`, { body: 1 })).not.toEqual([]);
    expect(planted("POST", `${repository}/issue/1/comments`, { body: "x" })).not.toEqual([]);
    expect(planted("GET", `${repository}/issues/1/comments`, undefined, 200, "limit=5")).not.toEqual([]);
    expect(planted("POST", `${repository}/git/trees`, { tree: [{ path: "a", mode: "644", type: "blob" }] })).not.toEqual([]);
    const wrong = {
      method: "GET",
      path: "/repos/o/r/git/ref/a/b",
      query: new URLSearchParams(),
      request: undefined,
      status: 200,
      answer: { ref: 1 },
    };
    expect(objections(wrong)).not.toEqual([]);
  });
});
