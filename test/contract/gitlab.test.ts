import { Gitlab } from "@gitbeaker/rest";
import { afterAll, describe, expect, test } from "bun:test";
import { Secret } from "../../src/core/secret.ts";
import type { Forge } from "../../src/forge/contract.ts";
import { open } from "../../src/forge/gitlab/index.ts";
import { colleague } from "../fake/gitlab.ts";
import { closeGitLab, gitlabJudge, gitlabScene, gitlabToken } from "../support/gitlab-scene.ts";
import { unless } from "../support/skip.ts";
import { forgeContract, quickHost } from "./forge.ts";

afterAll(closeGitLab);

const judged = await gitlabJudge();

for (const subpath of ["", "/gitlab"]) {
  forgeContract("gitlab", async () => {
    const { fake, project, head } = await gitlabScene({ subpath });
    const host = await quickHost();
    fake.members.set("glpat-ReaderOfTheProject01234567", { ...colleague, scope: "read_api" });
    const tokens = {
      unknown: "glpat-UnknownToken0123456789abcd",
      weak: "glpat-ReaderOfTheProject01234567",
      none: undefined,
    } as const;
    const at = (value: string | undefined): Forge => {
      // Records go by `git push`, which the fake does not serve; Gitea's suite proves them.
      const { records: _, ...forge } = open(
        {
          serverUrl: fake.serverUrl,
          apiUrl: fake.apiUrl,
          repository: { owner: "team/ml", name: "churn", url: `${fake.serverUrl}/team/ml/churn` },
          token: value === undefined ? undefined : new Secret(value, "GITLAB_TOKEN"),
        },
        host,
      );
      return forge;
    };
    return {
      forge: at(gitlabToken),
      host,
      pull: 5,
      headSha: head,
      with: (kind) => at(tokens[kind]),
      foreign: async (body) => void fake.note(project, "merge_requests/5", colleague, body),
      fail(fault) {
        if (fault === "cut") fake.next({ cut: "before" });
        else {
          const headers = fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
          fake.next({ answer: { status: fault.status, body: { message: "later" }, headers }, times: fault.times ?? 1 });
        }
      },
      async look(url) {
        const answer = await fetch(url);
        return {
          status: answer.status,
          type: answer.headers.get("content-type") ?? "",
          bytes: new Uint8Array(await answer.arrayBuffer()),
        };
      },
    };
  });
}

describe("the GitLab fake, driven by @gitbeaker/rest", () => {
  test("notes, discussions, uploads, merge requests, files", async () => {
    const { fake, project, head, base } = await gitlabScene();
    const api = new Gitlab({ host: fake.serverUrl, token: gitlabToken });
    for (let index = 0; index < 25; index++) fake.note(project, "merge_requests/5", colleague, `note ${index}`);
    const made = await api.MergeRequestNotes.create(project.id, 5, "hello");
    const all = await api.MergeRequestNotes.all("team/ml/churn", 5, { sort: "asc", orderBy: "created_at", perPage: 10 });
    expect(all).toHaveLength(26);
    expect(all.at(-1)).toMatchObject({ id: made.id, body: "hello" });
    expect(await api.MergeRequestNotes.edit(project.id, 5, made.id, { body: "changed" })).toMatchObject({ body: "changed" });
    await api.MergeRequestNotes.remove(project.id, 5, made.id);
    const thread = await api.CommitDiscussions.create(project.id, head, "on a commit");
    expect((await api.CommitDiscussions.all(project.id, head)).map(({ id }) => id)).toEqual([thread.id]);
    const file = { content: new Blob([new Uint8Array(4)], { type: "image/png" }), filename: "a.png" };
    expect((await api.ProjectMarkdownUploads.create(project.id, file)).url).toMatch(/^\/uploads\/[0-9a-f]{32}\/a\.png$/);
    expect(await api.MergeRequests.show(project.id, 5)).toMatchObject({ iid: 5, sha: head });
    expect(await api.Commits.allMergeRequests(project.id, head)).toHaveLength(1);
    expect(await api.Repositories.mergeBase(project.id, ["main", "feature"])).toMatchObject({ id: base });
    expect((await api.Users.showCurrentUser()).username).toBe("project_42_bot_0a1b");
  });

  unless("reason" in judged ? judged.reason : undefined)("GitLab's own description finds planted mistakes", () => {
    const judge = "judge" in judged ? judged.judge : () => [];
    const exchange = (method: string, path: string, body: unknown) =>
      judge({
        method,
        path: `/api/v4/projects/1${path}`,
        body,
        contentType: "application/json",
        headers: {},
        status: 201,
        answer: undefined,
      });
    expect(exchange("POST", "/merge_requests/5/notes", { body: "x" })).toEqual([]);
    expect(exchange("POST", "/merge_requests/5/notes", { text: "x" })).not.toEqual([]);
    expect(exchange("POST", "/merge_requests/5/note", { body: "x" })).not.toEqual([]);
    expect(exchange("POST", "/repository/commits/abc/discussions", {})).not.toEqual([]);
  });
});
