import type { Env } from "./env.ts";
import { fromGitHub } from "./ci-github.ts";
import { fromGitLab } from "./ci-gitlab.ts";
import { fromAzure, fromBitbucket, fromCircle, fromJenkins } from "./ci-minimal.ts";

export type CiId = "github" | "gitea" | "forgejo" | "gitlab" | "bitbucket" | "azure" | "jenkins" | "circleci" | "none";

/**
 * Which CI this is and what it tells us, read once. Every field is absent where the CI does not say; blank variables count as absent.
 * Addresses have no trailing slash, refs are short names (`main`), shas are as given.
 */
export interface Ci {
  readonly id: CiId;
  readonly title: string;
  /** Repository that the run and its pull request belong to, `owner/name`; owners of GitLab may hold slashes. */
  readonly repository?: string | undefined;
  /** Number of the repository, where the API takes it as well as the name. */
  readonly repositoryId?: string | undefined;
  /** Web address of the repository. */
  readonly repositoryUrl?: string | undefined;
  /** Web address of the forge. Azure, Jenkins and CircleCI are not the forge themselves and leave it out. */
  readonly serverUrl?: string | undefined;
  readonly apiUrl?: string | undefined;
  readonly eventName?: string | undefined;
  /** The event as the forge sent it; untrusted. */
  readonly event?: unknown;
  /** Commit that the run was started for: for pull requests on GitHub a merge commit, or the base for `pull_request_target`. */
  readonly sha?: string | undefined;
  /** Full ref of the run, `refs/heads/main`, `refs/pull/1/merge`. */
  readonly ref?: string | undefined;
  /** Head commit of the pull request, or the commit that was pushed. */
  readonly headSha?: string | undefined;
  readonly headRef?: string | undefined;
  /** `owner/name` of the repository that the pull request comes from. */
  readonly headRepository?: string | undefined;
  /** Target branch of the pull request. */
  readonly baseRef?: string | undefined;
  /** Target's commit as the event has it; may be stale. */
  readonly baseSha?: string | undefined;
  /** Commit before a push; absent for a new branch. */
  readonly before?: string | undefined;
  readonly pullNumber?: number | undefined;
  /** The pull request comes from another repository. */
  readonly isFork: boolean;
  readonly defaultBranch?: string | undefined;
  readonly runUrl?: string | undefined;
  readonly runId?: string | undefined;
  readonly runAttempt?: number | undefined;
  /** Name of the workflow or pipeline; on GitHub the file's path where it has no name. */
  readonly workflow?: string | undefined;
  readonly job?: string | undefined;
  readonly actor?: string | undefined;
  /** File to which Markdown for the job summary is appended. */
  readonly summaryFile?: string | undefined;
  /** File to which `name=value` outputs of the step are appended. */
  readonly outputFile?: string | undefined;
}

/** Text of a file, or null. */
export type ReadText = (path: string) => string | null;

/** Gitea and Forgejo set `GITHUB_ACTIONS` as well, hence they are asked for first. */
export function readCi(env: Env, readText: ReadText): Ci {
  if (env.get("FORGEJO_ACTIONS") !== undefined) return fromGitHub("forgejo", "Forgejo Actions", env, readText);
  if (env.get("GITEA_ACTIONS") !== undefined) return fromGitHub("gitea", "Gitea Actions", env, readText);
  if (env.get("GITHUB_ACTIONS") !== undefined) return fromGitHub("github", "GitHub Actions", env, readText);
  if (env.get("GITLAB_CI") !== undefined) return fromGitLab(env);
  if (env.get("BITBUCKET_BUILD_NUMBER") !== undefined) return fromBitbucket(env);
  if (env.get("TF_BUILD") !== undefined) return fromAzure(env);
  if (env.get("JENKINS_URL") !== undefined) return fromJenkins(env);
  if (env.get("CIRCLECI") !== undefined) return fromCircle(env);
  return { id: "none", title: "no CI", isFork: false };
}
