import type { Forge, ForgeConfig, OpenForge } from "./contract.ts";
import type { Row } from "../core/table.ts";
import type { CiId } from "../host/ci.ts";
import type { SecretName } from "../host/env.ts";
import type { Host } from "../host/host.ts";

/** What a forge is, as data: help, inference and "unknown driver" need no driver code. */
export interface ForgeRow extends Row {
  readonly title: string;
  readonly aliases?: readonly string[];
  /** Public hosts; `*.` stands for any label in front, `.*` for any domain behind. */
  readonly hosts: readonly string[];
  /** Ids of `host/ci.ts` whose jobs run on this forge. */
  readonly ci: readonly CiId[];
  /** Variables searched for a token after `CML_TOKEN` and `REPO_TOKEN`, best first. */
  readonly tokens: readonly SecretName[];
  /** API base of a server when the CI's own variable does not say it. */
  readonly apiUrl: (serverUrl: string) => string;
  /** What to write where a token is missing, when it is more than setting a variable. */
  readonly tokenAdvice?: string;
  /** Owners may hold slashes: everything between the server and the name. */
  readonly hasGroups?: true;
  readonly capabilities: Readonly<Record<Capability, boolean>>;
  readonly docs: string;
  readonly load: () => Promise<{ readonly open: OpenForge }>;
}

/** Parts of a `Forge` that a driver may lack; declared here, present or absent there. */
export type Capability = "checks" | "images" | "changes" | "runners";

/** Documented at https://docs.github.com/en/enterprise-server@latest/rest/using-the-rest-api/getting-started-with-the-rest-api */
function githubApi(serverUrl: string): string {
  const url = new URL(serverUrl);
  if (url.hostname === "github.com") return "https://api.github.com";
  if (url.hostname.endsWith(".ghe.com")) return `https://api.${url.hostname}`;
  return `${serverUrl}/api/v3`;
}

export const forges = {
  github: {
    title: "GitHub",
    hosts: ["github.com", "*.ghe.com"],
    ci: ["github"],
    tokens: ["GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"],
    apiUrl: githubApi,
    capabilities: { checks: true, images: true, runners: true, changes: true },
    docs: "https://docs.github.com/rest",
    load: () => import("./github/index.ts"),
  },
  gitlab: {
    title: "GitLab",
    hosts: ["gitlab.com", "gitlab.*"],
    ci: ["gitlab"],
    // `CI_JOB_TOKEN` is not among them: it reads, and may not comment.
    tokens: ["GITLAB_TOKEN"],
    tokenAdvice:
      "set the CI/CD variable `GITLAB_TOKEN` (masked) to a project access token with the scope `api`; `CI_JOB_TOKEN` may not comment",
    hasGroups: true,
    apiUrl: (serverUrl) => `${serverUrl}/api/v4`,
    capabilities: { checks: false, images: true, runners: true, changes: true },
    docs: "https://docs.gitlab.com/api/rest/",
    load: () => import("./gitlab/index.ts"),
  },
  bitbucket: {
    title: "Bitbucket",
    hosts: ["bitbucket.org"],
    ci: ["bitbucket"],
    tokens: ["BITBUCKET_TOKEN"],
    tokenAdvice:
      "set the secured variable `BITBUCKET_TOKEN` to a repository access token with `pullrequest:write` and `repository:write`, or to `email:token`",
    apiUrl: () => "https://api.bitbucket.org/2.0",
    capabilities: { checks: false, images: true, runners: false, changes: false },
    docs: "https://developer.atlassian.com/cloud/bitbucket/rest/intro/",
    load: () => import("./bitbucket/index.ts"),
  },
  azure: {
    title: "Azure DevOps",
    aliases: ["azure-devops"],
    hosts: ["dev.azure.com", "*.visualstudio.com"],
    // Azure Pipelines builds repositories of other forges, too: the address decides.
    ci: [],
    tokens: ["SYSTEM_ACCESSTOKEN"],
    tokenAdvice:
      "map the job's token in the pipeline: `env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }`, and let the build service contribute to pull requests",
    apiUrl: (serverUrl) => `${serverUrl}/_apis`,
    capabilities: { checks: false, images: true, runners: false, changes: false },
    docs: "https://learn.microsoft.com/rest/api/azure/devops/git/",
    load: () => import("./azure/index.ts"),
  },
  gitea: {
    title: "Gitea",
    hosts: ["gitea.com", "gitea.*"],
    ci: ["gitea"],
    tokens: ["GITEA_TOKEN", "GITHUB_TOKEN"],
    apiUrl: (serverUrl) => `${serverUrl}/api/v1`,
    capabilities: { checks: false, images: true, runners: true, changes: true },
    docs: "https://docs.gitea.com/api/",
    load: () => import("./gitea/index.ts"),
  },
  forgejo: {
    title: "Forgejo",
    aliases: ["codeberg"],
    hosts: ["codeberg.org", "forgejo.*"],
    ci: ["forgejo"],
    tokens: ["FORGEJO_TOKEN", "GITEA_TOKEN", "GITHUB_TOKEN"],
    apiUrl: (serverUrl) => `${serverUrl}/api/v1`,
    capabilities: { checks: false, images: true, runners: true, changes: true },
    docs: "https://forgejo.org/docs/latest/user/api-usage/",
    load: () => import("./forgejo/index.ts"),
  },
} as const satisfies Readonly<Record<string, ForgeRow>>;

export type ForgeId = keyof typeof forges;

/** A repository, the forge it is on, and how that is reached. */
export interface Located {
  readonly id: ForgeId;
  readonly row: ForgeRow;
  readonly config: ForgeConfig;
}

export async function openForge(located: Located, host: Host): Promise<Forge> {
  const { open } = await located.row.load();
  return open(located.config, host);
}
