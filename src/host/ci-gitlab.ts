import type { Ci } from "./ci.ts";
import { commit, positive, withoutSlash } from "./ci-text.ts";
import type { Env } from "./env.ts";

/** GitLab CI: https://docs.gitlab.com/ci/variables/predefined_variables/. */
export function fromGitLab(env: Env): Ci {
  const target = env.get("CI_MERGE_REQUEST_PROJECT_PATH") ?? env.get("CI_PROJECT_PATH");
  const source = env.get("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH") ?? env.get("CI_PROJECT_PATH");
  const iid = env.get("CI_MERGE_REQUEST_IID");
  const branch = env.get("CI_COMMIT_BRANCH");
  const tag = env.get("CI_COMMIT_TAG");
  return {
    id: "gitlab",
    title: "GitLab CI",
    repository: target,
    repositoryId: env.get("CI_MERGE_REQUEST_PROJECT_ID") ?? env.get("CI_PROJECT_ID"),
    repositoryUrl: withoutSlash(env.get("CI_MERGE_REQUEST_PROJECT_URL") ?? env.get("CI_PROJECT_URL")),
    serverUrl: withoutSlash(env.get("CI_SERVER_URL")),
    apiUrl: withoutSlash(env.get("CI_API_V4_URL")),
    eventName: env.get("CI_PIPELINE_SOURCE"),
    sha: env.get("CI_COMMIT_SHA"),
    ref: tag !== undefined ? `refs/tags/${tag}` : branch !== undefined ? `refs/heads/${branch}` : undefined,
    headSha: env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") ?? env.get("CI_COMMIT_SHA"),
    headRef: env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME") ?? branch ?? env.get("CI_COMMIT_REF_NAME"),
    headRepository: source,
    baseRef: env.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
    baseSha: commit(env.get("CI_MERGE_REQUEST_DIFF_BASE_SHA")),
    before: commit(env.get("CI_COMMIT_BEFORE_SHA")),
    pullNumber: positive(iid) ?? onlyOpenRequest(env.get("CI_OPEN_MERGE_REQUESTS"), target),
    isFork: iid !== undefined && source !== target,
    defaultBranch: env.get("CI_DEFAULT_BRANCH"),
    runUrl: env.get("CI_JOB_URL"),
    runId: env.get("CI_JOB_ID"),
    workflow: env.get("CI_PIPELINE_NAME"),
    job: env.get("CI_JOB_NAME"),
    actor: env.get("GITLAB_USER_LOGIN"),
  };
}

/** `group/project!5`, where a branch pipeline has exactly one open merge request in this project. */
function onlyOpenRequest(list: string | undefined, project: string | undefined): number | undefined {
  const open = (list ?? "").split(",").filter((item) => item.split("!")[0] === project);
  return open.length === 1 ? positive(open[0]?.split("!")[1]) : undefined;
}
