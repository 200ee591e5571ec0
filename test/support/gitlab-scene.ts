import { afterAll } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type GitLabFake,
  type GitLabFakeOptions,
  gitlabFake,
  type JudgedExchange,
  type Project,
  projectBot,
} from "../fake/gitlab.ts";
import { member, textOf } from "../fake/server.ts";

/** Never to be printed anywhere. */
export const gitlabToken = "glpat-SecretOfTheProject01234567";
export const jobToken = "glcbt-64_SecretOfTheJob012345678";

export interface GitLabScene {
  readonly fake: GitLabFake;
  readonly project: Project;
  readonly head: string;
  readonly base: string;
  /** What a merge request pipeline gets from GitLab, with a project access token. */
  readonly env: Readonly<Record<string, string>>;
}

const open: GitLabFake[] = [];

/**
 * Closes the fakes, which throw when a request or an answer was not what the vendor describes. For `afterAll` of each test file: a hook of this
 * module would run for the first file of a process alone.
 */
export async function closeGitLab(): Promise<void> {
  for (const fake of open.splice(0)) await fake.close();
}

afterAll(closeGitLab);

type Judge = (exchange: JudgedExchange) => readonly string[];

/** The judge of GitLab's own description, or why it is not here: the description may not be copied. */
export async function gitlabJudge(): Promise<{ readonly judge: Judge } | { readonly reason: string }> {
  const shared = process.env["CML_SHARED"];
  const slice = shared === undefined ? undefined : join(shared, "fixtures/forge/gitlab-slice.json");
  if (slice === undefined || !existsSync(slice)) return { reason: "CML_SHARED does not hold GitLab's description" };
  const { check, errors, load } = await import("../fixture/forge/validate.mjs");
  const handle = load(slice);
  return {
    judge({ method, path, body, contentType, headers, status, answer }) {
      const request = { method, path, headers, ...(body === undefined ? {} : { body, contentType }) };
      const found: unknown = errors(check(handle, request, { status, ...(answer === undefined ? {} : { body: answer }) }));
      return (Array.isArray(found) ? found : []).map(
        (one: unknown) => `${textOf(one, "code")} ${textOf(one, "at")}: ${String(member(one, "message"))}`,
      );
    },
  };
}

/** A project in a group with merge request 5; the fake is closed (and its verdict asked for) after the tests of the file. */
export async function gitlabScene(options: GitLabFakeOptions = {}): Promise<GitLabScene> {
  const judged = await gitlabJudge();
  const fake = await gitlabFake({ ...("judge" in judged ? { judge: judged.judge } : {}), ...options });
  open.push(fake);
  fake.members.set(gitlabToken, projectBot);
  fake.members.set(jobToken, { username: "jdoe", id: 7, scope: "job" });
  const project = fake.project("team/ml/churn");
  const { git } = project;
  const tree = git.tree(null, [
    { path: "metrics.json", mode: "100644", sha: git.blob(new TextEncoder().encode('{"acc": 0.9}\n')) },
  ]);
  const base = git.commit({ message: "base", tree, parents: [] });
  const head = git.commit({ message: "head", tree, parents: [base] });
  git.refs.set("refs/heads/main", base);
  git.refs.set("refs/heads/feature", head);
  project.requests.set(5, { iid: 5, state: "opened", sha: head, sourceBranch: "feature", targetBranch: "main", baseSha: base });
  return { fake, project, head, base, env: environment(fake, project, { head, base }) };
}

function environment(fake: GitLabFake, project: Project, { head, base }: { head: string; base: string }): Record<string, string> {
  const url = `${fake.serverUrl}/${project.path}`;
  return {
    CI: "true",
    GITLAB_CI: "true",
    CI_SERVER_URL: fake.serverUrl,
    CI_SERVER_VERSION: "18.2.0",
    CI_API_V4_URL: fake.apiUrl,
    CI_PROJECT_ID: String(project.id),
    CI_PROJECT_PATH: project.path,
    CI_PROJECT_URL: url,
    CI_PIPELINE_SOURCE: "merge_request_event",
    CI_MERGE_REQUEST_IID: "5",
    CI_MERGE_REQUEST_PROJECT_ID: String(project.id),
    CI_MERGE_REQUEST_PROJECT_PATH: project.path,
    CI_MERGE_REQUEST_PROJECT_URL: url,
    CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: project.path,
    CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: "feature",
    CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
    CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
    CI_COMMIT_SHA: head,
    CI_COMMIT_REF_NAME: "feature",
    CI_DEFAULT_BRANCH: "main",
    CI_JOB_ID: "2001",
    CI_JOB_NAME: "report",
    CI_JOB_URL: `${url}/-/jobs/2001`,
    CI_JOB_TOKEN: jobToken,
    GITLAB_TOKEN: gitlabToken,
  };
}
