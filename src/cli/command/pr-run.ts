import { ConfigError } from "../../core/error.ts";
import type { MergeMethod } from "../../forge/contract.ts";
import { inferForge, needToken } from "../../forge/infer.ts";
import { need } from "../../forge/need.ts";
import { pushBranch } from "../../forge/push-branch.ts";
import { openForge } from "../../forge/registry.ts";
import { resolveTarget } from "../../forge/target.ts";
import type { Host } from "../../host/host.ts";
import type { App } from "../kit/command.ts";

export interface PullRequestOptions {
  readonly md: boolean;
  readonly skipCi: boolean;
  readonly merge: boolean;
  readonly rebase: boolean;
  readonly squash: boolean;
  readonly branch: string | undefined;
  readonly targetBranch: string | undefined;
  readonly title: string | undefined;
  readonly body: string | undefined;
  readonly message: string | undefined;
  readonly remote: string;
  readonly userEmail: string;
  readonly userName: string;
}

export async function runPullRequest(
  options: PullRequestOptions,
  paths: readonly string[],
  { host, globals }: App,
): Promise<void> {
  const located = await inferForge(host, globals);
  const forge = await openForge(located, host);
  const changes = need(forge, "changes");
  const method = methodOf(options);
  if (globals.dryRun) {
    host.log.info(`would make a pull request of ${paths.join(" ")} in ${forge.repository.url}`);
    return;
  }
  needToken(located);
  const base = options.targetBranch ?? (await currentBranch(host));
  const head = await resolveTarget("commit", { forge, host, signal: host.signal });
  const skips = options.skipCi || (options.message === undefined && method === null);
  const pushed = await pushBranch(located.config, host, {
    paths,
    remote: options.remote,
    branch: options.branch,
    target: options.targetBranch,
    base,
    parent: head.kind === "commit" ? head.sha : "",
    message: (short) => `${options.message ?? `CML PR for ${short}`}${skips ? " [skip ci]" : ""}`,
    name: options.userName,
    email: options.userEmail,
  });
  if (pushed === null) {
    host.log.info("no file has changed: there is nothing to make a pull request of");
    return;
  }
  const pull = await changes.create(
    {
      // GitLab looks for the words in the title of a merge request as well.
      title: `${options.title ?? `CML PR for ${base} ${pushed.short}`}${skips && forge.id === "gitlab" ? " [skip ci]" : ""}`,
      body: options.body ?? `Automated commits for ${forge.repository.url}/commit/${pushed.short} created by CML.`,
      head: pushed.branch,
      base,
    },
    host.signal,
  );
  if (method !== null) {
    const outcome = await changes.merge(pull, method, undefined, host.signal);
    host.log.info(outcome === "merged" ? "merged" : "it will be merged once its checks allow");
  }
  if (globals.json)
    host.out.write(
      `${JSON.stringify({ version: 1, command: "pr create", result: { url: pull.url, number: pull.number, branch: pushed.branch }, warnings: [] })}\n`,
    );
  else host.out.write(options.md ? `[CML's Pull Request](${pull.url})\n` : `${pull.url}\n`);
}

function methodOf({ merge, rebase, squash }: PullRequestOptions): MergeMethod | null {
  if (merge) return "merge";
  if (rebase) return "rebase";
  return squash ? "squash" : null;
}

/** Branch that the run is about, in a pull request its source. */
async function currentBranch(host: Host): Promise<string> {
  if (host.ci.headRef !== undefined) return host.ci.headRef;
  const args = ["-c", "safe.directory=*", "branch", "--show-current"];
  const result = await host.exec.run("git", args, { cwd: host.cwd, signal: host.signal });
  const name = new TextDecoder().decode(result.stdout).trim();
  if (name !== "") return name;
  throw new ConfigError("cannot tell which branch this is", { hint: "name the one to merge into: --target-branch main" });
}
