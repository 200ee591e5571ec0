import type { Ci } from "./ci.ts";
import { positive, shortRef, withoutSlash } from "./ci-text.ts";
import type { Env } from "./env.ts";

/** Bitbucket Pipelines: https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/. */
export function fromBitbucket(env: Env): Ci {
  const url = withoutSlash(env.get("BITBUCKET_GIT_HTTP_ORIGIN"))?.replace(/^http:/, "https:");
  const build = env.get("BITBUCKET_BUILD_NUMBER");
  return {
    id: "bitbucket",
    title: "Bitbucket Pipelines",
    repository: env.get("BITBUCKET_REPO_FULL_NAME"),
    repositoryUrl: url,
    serverUrl: "https://bitbucket.org",
    apiUrl: "https://api.bitbucket.org/2.0",
    sha: env.get("BITBUCKET_COMMIT"),
    headSha: env.get("BITBUCKET_COMMIT"),
    headRef: env.get("BITBUCKET_BRANCH"),
    baseRef: env.get("BITBUCKET_PR_DESTINATION_BRANCH"),
    pullNumber: positive(env.get("BITBUCKET_PR_ID")),
    isFork: false,
    runUrl: url === undefined || build === undefined ? undefined : `${url}/pipelines/results/${build}`,
    runId: build,
    workflow: env.get("BITBUCKET_PIPELINE_UUID"),
    job: env.get("BITBUCKET_STEP_UUID"),
  };
}

/** Azure Pipelines: https://learn.microsoft.com/azure/devops/pipelines/build/variables. The checkout is the merge; the head is said apart. */
export function fromAzure(env: Env): Ci {
  const collection = withoutSlash(env.get("SYSTEM_COLLECTIONURI"));
  const project = env.get("SYSTEM_TEAMPROJECT");
  const id = env.get("BUILD_BUILDID");
  return {
    id: "azure",
    title: "Azure Pipelines",
    // Of its own repositories the address ends in `_git/name`.
    repository:
      env.get("BUILD_REPOSITORY_PROVIDER") === "TfsGit"
        ? `_git/${env.get("BUILD_REPOSITORY_NAME") ?? ""}`
        : env.get("BUILD_REPOSITORY_NAME"),
    repositoryUrl: withoutSlash(env.get("BUILD_REPOSITORY_URI")),
    sha: env.get("BUILD_SOURCEVERSION"),
    ref: env.get("BUILD_SOURCEBRANCH"),
    headSha: env.get("SYSTEM_PULLREQUEST_SOURCECOMMITID") ?? env.get("BUILD_SOURCEVERSION"),
    headRef: shortRef(env.get("SYSTEM_PULLREQUEST_SOURCEBRANCH") ?? env.get("BUILD_SOURCEBRANCH")),
    baseRef: shortRef(env.get("SYSTEM_PULLREQUEST_TARGETBRANCH")),
    pullNumber: positive(env.get("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER") ?? env.get("SYSTEM_PULLREQUEST_PULLREQUESTID")),
    isFork: env.get("SYSTEM_PULLREQUEST_ISFORK")?.toLowerCase() === "true",
    runUrl:
      collection === undefined || project === undefined || id === undefined
        ? undefined
        : `${collection}/${encodeURIComponent(project)}/_build/results?buildId=${id}`,
    runId: id,
    workflow: env.get("BUILD_DEFINITIONNAME"),
    job: env.get("SYSTEM_JOBNAME"),
  };
}

/** Jenkins with its Git and branch-source plug-ins: https://www.jenkins.io/doc/book/pipeline/multibranch/. */
export function fromJenkins(env: Env): Ci {
  return {
    id: "jenkins",
    title: "Jenkins",
    repositoryUrl: withoutSlash(env.get("GIT_URL")),
    sha: env.get("GIT_COMMIT"),
    headSha: env.get("GIT_COMMIT"),
    headRef: env.get("CHANGE_BRANCH") ?? env.get("BRANCH_NAME"),
    baseRef: env.get("CHANGE_TARGET"),
    pullNumber: positive(env.get("CHANGE_ID")),
    isFork: env.get("CHANGE_FORK") !== undefined,
    runUrl: withoutSlash(env.get("BUILD_URL")),
    runId: env.get("BUILD_NUMBER"),
    workflow: env.get("JOB_NAME"),
    job: env.get("JOB_NAME"),
  };
}

/** CircleCI: https://circleci.com/docs/variables/. */
export function fromCircle(env: Env): Ci {
  const owner = env.get("CIRCLE_PROJECT_USERNAME");
  const name = env.get("CIRCLE_PROJECT_REPONAME");
  return {
    id: "circleci",
    title: "CircleCI",
    repository: owner === undefined || name === undefined ? undefined : `${owner}/${name}`,
    repositoryUrl: withoutSlash(env.get("CIRCLE_REPOSITORY_URL")),
    sha: env.get("CIRCLE_SHA1"),
    headSha: env.get("CIRCLE_SHA1"),
    headRef: env.get("CIRCLE_BRANCH"),
    pullNumber: positive(env.get("CIRCLE_PR_NUMBER") ?? /\/(\d+)\/?$/.exec(env.get("CIRCLE_PULL_REQUEST") ?? "")?.[1]),
    isFork: env.get("CIRCLE_PR_NUMBER") !== undefined,
    runUrl: withoutSlash(env.get("CIRCLE_BUILD_URL")),
    runId: env.get("CIRCLE_BUILD_NUM"),
    job: env.get("CIRCLE_JOB"),
  };
}
