import type { Ci, CiId, ReadText } from "./ci.ts";
import { at, commit, numberAt, positive, shortRef, textAt, withoutSlash } from "./ci-text.ts";
import type { Env } from "./env.ts";

/** GitHub Actions and its likes: variables plus the event file. See https://docs.github.com/actions/reference/workflows-and-actions/variables. */
export function fromGitHub(id: CiId, title: string, env: Env, readText: ReadText): Ci {
  const event = readEvent(env.get("GITHUB_EVENT_PATH"), readText);
  const serverUrl = withoutSlash(env.get("GITHUB_SERVER_URL"));
  const repository = env.get("GITHUB_REPOSITORY");
  const repositoryUrl = serverUrl !== undefined && repository !== undefined ? `${serverUrl}/${repository}` : undefined;
  const runId = env.get("GITHUB_RUN_ID");
  const runAttempt = positive(env.get("GITHUB_RUN_ATTEMPT"));
  const ref = env.get("GITHUB_REF");
  const sha = env.get("GITHUB_SHA");
  const said = pullRequest(env.get("GITHUB_EVENT_NAME"), event);
  // Only `refs/pull/N/…` of this repository names a pull request; a branch may be called anything.
  const pullNumber = said.pullNumber ?? positive(/^refs\/pull\/(\d+)\//.exec(ref ?? "")?.[1]);
  return {
    id,
    title,
    repository,
    repositoryUrl,
    serverUrl,
    apiUrl: withoutSlash(env.get("GITHUB_API_URL")),
    eventName: env.get("GITHUB_EVENT_NAME"),
    event,
    sha,
    ref,
    // Where the event is about a pull request without saying its head, `GITHUB_SHA` is the default branch: better none than a wrong one.
    headSha: "headSha" in said || said.pullNumber === undefined ? (said.headSha ?? sha) : undefined,
    headRef: said.headRef ?? env.get("GITHUB_HEAD_REF") ?? (ref?.startsWith("refs/heads/") === true ? shortRef(ref) : undefined),
    headRepository: said.headRepository,
    baseRef: said.baseRef ?? env.get("GITHUB_BASE_REF"),
    baseSha: said.baseSha,
    before: env.get("GITHUB_EVENT_NAME") === "push" ? commit(textAt(event, "before")) : undefined,
    pullNumber,
    isFork: said.headRepository !== undefined && said.baseRepository !== undefined && said.headRepository !== said.baseRepository,
    defaultBranch: textAt(event, "repository", "default_branch"),
    runUrl: repositoryUrl !== undefined && runId !== undefined ? `${repositoryUrl}/actions/runs/${runId}` : undefined,
    runId,
    runAttempt,
    workflow: env.get("GITHUB_WORKFLOW") ?? env.get("GITHUB_WORKFLOW_REF")?.replace(/@.*$/, ""),
    job: env.get("GITHUB_JOB"),
    actor: env.get("GITHUB_ACTOR"),
    summaryFile: env.get("GITHUB_STEP_SUMMARY"),
    outputFile: env.get("GITHUB_OUTPUT"),
  };
}

type Said = Pick<Ci, "pullNumber" | "headSha" | "headRef" | "headRepository" | "baseRef" | "baseSha"> & {
  baseRepository?: string | undefined;
};

/** What each kind of event says of the pull request; see https://docs.github.com/webhooks/webhook-events-and-payloads. */
function pullRequest(eventName: string | undefined, event: unknown): Said {
  const pull = at(event, "pull_request");
  if (typeof pull === "object" && pull !== null) {
    return {
      pullNumber: numberAt(pull, "number"),
      headSha: textAt(pull, "head", "sha"),
      headRef: textAt(pull, "head", "ref"),
      headRepository: textAt(pull, "head", "repo", "full_name"),
      baseRef: textAt(pull, "base", "ref"),
      baseSha: textAt(pull, "base", "sha"),
      baseRepository: textAt(pull, "base", "repo", "full_name"),
    };
  }
  switch (eventName) {
    case "workflow_run":
      return {
        ...onlyPull(at(event, "workflow_run", "pull_requests")),
        headSha: textAt(event, "workflow_run", "head_sha"),
        headRef: textAt(event, "workflow_run", "head_branch"),
        headRepository: textAt(event, "workflow_run", "head_repository", "full_name"),
        baseRepository: textAt(event, "workflow_run", "repository", "full_name"),
      };
    case "check_run":
    case "check_suite":
      return { ...onlyPull(at(event, eventName, "pull_requests")), headSha: textAt(event, eventName, "head_sha") };
    case "issue_comment":
      return at(event, "issue", "pull_request") === undefined ? {} : { pullNumber: numberAt(event, "issue", "number") };
    case "merge_group":
      return {
        headSha: textAt(event, "merge_group", "head_sha"),
        headRef: shortRef(textAt(event, "merge_group", "head_ref")),
        baseRef: shortRef(textAt(event, "merge_group", "base_ref")),
        baseSha: textAt(event, "merge_group", "base_sha"),
        // The queue's own branch is named after the pull request.
        pullNumber: positive(/\/pr-(\d+)-/.exec(textAt(event, "merge_group", "head_ref") ?? "")?.[1]),
      };
    case "push":
      return { headSha: commit(textAt(event, "after")) };
    case "deployment":
    case "deployment_status":
      return { headSha: textAt(event, "deployment", "sha") };
    default:
      return {};
  }
}

/** The pull request of a run, where there is exactly one to choose. */
function onlyPull(pulls: unknown): Said {
  if (!Array.isArray(pulls) || pulls.length !== 1) return {};
  const pull: unknown = pulls[0];
  return { pullNumber: numberAt(pull, "number"), baseRef: textAt(pull, "base", "ref"), baseSha: textAt(pull, "base", "sha") };
}

function readEvent(path: string | undefined, readText: ReadText): unknown {
  const text = path === undefined ? null : readText(path);
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // The variables alone still tell most of it.
    return undefined;
  }
}
