import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import examples from "@octokit/webhooks-examples/api.github.com/index.json" with { type: "json" };
import { readCi } from "../../../src/host/ci.ts";
import type { Ci } from "../../../src/host/ci.ts";
import { createEnv } from "../../../src/host/env.ts";
import { member } from "../../fake/server.ts";

type Environment = Readonly<Record<string, string>>;

function ci(env: Environment, event?: unknown): Ci {
  return readCi(
    createEnv((name) => env[name]),
    (path) => (path === "/event.json" && event !== undefined ? JSON.stringify(event) : null),
  );
}

/** What a job gets besides the event. `GITHUB_SHA` is a merge commit, the base or the default branch: never the head of a pull request. */
const github: Environment = {
  GITHUB_ACTIONS: "true",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_API_URL: "https://api.github.com",
  GITHUB_REPOSITORY: "Codertocat/Hello-World",
  GITHUB_EVENT_PATH: "/event.json",
  GITHUB_SHA: "5".repeat(40),
  GITHUB_RUN_ID: "77",
  GITHUB_RUN_ATTEMPT: "2",
  GITHUB_WORKFLOW: "train",
  GITHUB_JOB: "report",
};

function example(name: string, index = 0): unknown {
  const list: readonly { readonly name: string; readonly examples: readonly unknown[] }[] = examples;
  return list.find((one) => one.name === name)?.examples[index];
}

const head = "ec26c3e57ca3a959ca5aad62de7213c562f8c821";
const base = "f95f852bd8fca8fcc58a9a2d6c842781e32a215e";
const fork = {
  pull_request: {
    number: 9,
    head: { sha: head, ref: "main", repo: { full_name: "eve/fork" } },
    base: { sha: base, ref: "main", repo: { full_name: "o/r" } },
  },
};
const onPull = { issue: { number: 12, pull_request: { url: "x" } }, repository: { default_branch: "main" } };
const push = { before: base, after: head, ref: "refs/heads/main", repository: { default_branch: "main" } };

describe("readCi() on GitHub, by event", () => {
  const table: readonly (readonly [string, string, unknown, Partial<Ci>, Environment?])[] = [
    [
      "a pull request",
      "pull_request",
      example("pull_request"),
      { pullNumber: 2, headSha: head, headRef: "changes", baseSha: base, baseRef: "master", isFork: false },
    ],
    [
      "a pull request with the base's rights",
      "pull_request_target",
      example("pull_request"),
      { pullNumber: 2, headSha: head, isFork: false },
    ],
    ["a review", "pull_request_review", example("pull_request_review"), { pullNumber: 2, headSha: head }],
    [
      "a pull request of a fork",
      "pull_request",
      fork,
      { pullNumber: 9, headSha: head, headRepository: "eve/fork", isFork: true },
    ],
    [
      "a pull request whose fork is gone",
      "pull_request",
      { pull_request: { ...fork.pull_request, head: { sha: head, ref: "x", repo: null } } },
      { pullNumber: 9, headSha: head, isFork: false },
    ],
    [
      "a run after a run",
      "workflow_run",
      example("workflow_run", 2),
      { headSha: "3484a3fb816e0859fd6e1cea078d76385ff50625", headRef: "master" },
    ],
    [
      "a run after a run without pull requests",
      "workflow_run",
      example("workflow_run"),
      { headSha: "5779607b49aab1200488439f02372c57b4f75444", pullNumber: undefined },
    ],
    [
      "a merge queue",
      "merge_group",
      example("merge_group"),
      { pullNumber: 104, headSha: "2ffea6db159f6b6c47a24e778fb9ef40cf6b1c7d", baseRef: "main" },
    ],
    ["a check run", "check_run", example("check_run"), { headSha: head, pullNumber: 2 }],
    ["a check suite", "check_suite", example("check_suite"), { headSha: head, pullNumber: 2 }],
    ["a comment on an issue", "issue_comment", example("issue_comment"), { pullNumber: undefined }],
    ["a comment on a pull request", "issue_comment", onPull, { pullNumber: 12, headSha: undefined }],
    ["a push", "push", push, { headSha: head, before: base, defaultBranch: "main", pullNumber: undefined }],
    [
      "a push of a new branch",
      "push",
      example("push", 4),
      { before: undefined, headSha: "6113728f27ae82c7b1a177c8d03f9e96e0adf246" },
    ],
    ["a deployment", "deployment", example("deployment"), { headSha: base }],
    ["a schedule", "schedule", {}, { headSha: "5".repeat(40), pullNumber: undefined }],
    [
      "an event file that is missing",
      "pull_request",
      undefined,
      { pullNumber: 8, headRef: "feature", baseRef: "main" },
      { GITHUB_REF: "refs/pull/8/merge", GITHUB_HEAD_REF: "feature", GITHUB_BASE_REF: "main" },
    ],
    [
      "a branch that is called like a pull request",
      "push",
      push,
      { pullNumber: undefined },
      { GITHUB_REF: "refs/heads/refs/pull/8/merge" },
    ],
  ];
  test.each(table)("%s", (_, name, event, expected, more = {}) => {
    const seen = ci({ ...github, GITHUB_EVENT_NAME: name, ...more }, event);
    expect({ ...seen, event: null }).toMatchObject(expected);
    for (const [key, value] of Object.entries(expected)) expect([key, member(seen, key)]).toEqual([key, value]);
    expect(seen).toMatchObject({
      id: "github",
      repository: "Codertocat/Hello-World",
      runAttempt: 2,
      runUrl: "https://github.com/Codertocat/Hello-World/actions/runs/77",
    });
  });
});

describe("readCi() elsewhere", () => {
  test("Gitea sets GitHub's variables as well; its real event", () => {
    const event: unknown = JSON.parse(
      readFileSync(new URL("../../fixture/forge/gitea-pull_request-event.json", import.meta.url), "utf8"),
    );
    const sha = String(member(member(member(event, "pull_request"), "head"), "sha"));
    const env = {
      ...github,
      GITEA_ACTIONS: "true",
      GITHUB_SERVER_URL: "http://127.0.0.1:3000/",
      GITHUB_API_URL: "http://127.0.0.1:3000/api/v1",
      GITHUB_REF: "refs/pull/1/head",
      GITHUB_EVENT_NAME: "pull_request",
      GITHUB_WORKFLOW: "",
    };
    expect(ci(env, event)).toMatchObject({
      id: "gitea",
      serverUrl: "http://127.0.0.1:3000",
      apiUrl: "http://127.0.0.1:3000/api/v1",
      pullNumber: 1,
      headSha: sha,
      isFork: false,
    });
    expect(ci({ ...env, FORGEJO_ACTIONS: "true" }, event).id).toBe("forgejo");
  });

  test("GitHub Enterprise Server and data residency: the runner's own addresses", () => {
    const env = { ...github, GITHUB_SERVER_URL: "https://git.corp.example", GITHUB_API_URL: "https://git.corp.example/api/v3" };
    expect(ci(env)).toMatchObject({
      id: "github",
      serverUrl: "https://git.corp.example",
      apiUrl: "https://git.corp.example/api/v3",
    });
  });

  const gitlab = {
    GITLAB_CI: "true",
    CI_SERVER_URL: "https://git.example/gitlab",
    CI_API_V4_URL: "https://git.example/gitlab/api/v4",
    CI_PROJECT_PATH: "group/sub/demo",
    CI_PROJECT_URL: "https://git.example/gitlab/group/sub/demo",
    CI_COMMIT_SHA: head,
    CI_DEFAULT_BRANCH: "main",
  };
  const merge = {
    CI_MERGE_REQUEST_IID: "5",
    CI_MERGE_REQUEST_PROJECT_PATH: "group/sub/demo",
    CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: "group/sub/demo",
    CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
    CI_COMMIT_BEFORE_SHA: "0".repeat(40),
  };
  test.each<[string, Environment, Partial<Ci>]>([
    [
      "GitLab, a merge request",
      { ...gitlab, ...merge },
      { id: "gitlab", pullNumber: 5, headSha: head, before: undefined, isFork: false, repository: "group/sub/demo" },
    ],
    [
      "GitLab, merged results",
      { ...gitlab, ...merge, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: base },
      { headSha: base, pullNumber: 5 },
    ],
    [
      "GitLab, a fork",
      { ...gitlab, ...merge, CI_PROJECT_PATH: "eve/demo", CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: "eve/demo" },
      { isFork: true, repository: "group/sub/demo" },
    ],
    [
      "GitLab, a branch with an open merge request",
      { ...gitlab, CI_COMMIT_BRANCH: "f", CI_OPEN_MERGE_REQUESTS: "group/sub/demo!8" },
      { pullNumber: 8, headRef: "f" },
    ],
    [
      "GitLab, a branch with two",
      { ...gitlab, CI_COMMIT_BRANCH: "f", CI_OPEN_MERGE_REQUESTS: "group/sub/demo!8,group/sub/demo!9" },
      { pullNumber: undefined },
    ],
    [
      "Bitbucket",
      {
        BITBUCKET_BUILD_NUMBER: "4",
        BITBUCKET_REPO_FULL_NAME: "w/r",
        BITBUCKET_PR_ID: "6",
        BITBUCKET_COMMIT: head,
        BITBUCKET_GIT_HTTP_ORIGIN: "http://bitbucket.org/w/r",
      },
      { id: "bitbucket", pullNumber: 6, repositoryUrl: "https://bitbucket.org/w/r" },
    ],
    [
      "Azure, a GitHub repository",
      {
        TF_BUILD: "True",
        BUILD_REPOSITORY_URI: "https://github.com/o/r",
        BUILD_SOURCEVERSION: base,
        SYSTEM_PULLREQUEST_SOURCECOMMITID: head,
        SYSTEM_PULLREQUEST_PULLREQUESTNUMBER: "3",
        SYSTEM_PULLREQUEST_TARGETBRANCH: "refs/heads/main",
      },
      { id: "azure", pullNumber: 3, headSha: head, baseRef: "main" },
    ],
    [
      "Jenkins",
      {
        JENKINS_URL: "http://j",
        GIT_URL: "https://github.com/o/r.git",
        CHANGE_ID: "3",
        CHANGE_TARGET: "main",
        CHANGE_BRANCH: "f",
      },
      { id: "jenkins", pullNumber: 3, baseRef: "main", headRef: "f" },
    ],
    [
      "CircleCI",
      { CIRCLECI: "true", CIRCLE_PULL_REQUEST: "https://github.com/o/r/pull/3", CIRCLE_SHA1: head, CIRCLE_BRANCH: "f" },
      { id: "circleci", pullNumber: 3, headSha: head },
    ],
    ["a laptop", {}, { id: "none", isFork: false }],
    ["blank variables", { GITHUB_ACTIONS: "", CI: "" }, { id: "none" }],
  ])("%s", (_, env, expected) => {
    const seen = ci(env);
    for (const [key, value] of Object.entries(expected)) expect([key, member(seen, key)]).toEqual([key, value]);
  });
});
