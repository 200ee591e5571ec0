import type * as v from "valibot";
import { decode } from "../../core/decode.ts";
import { AuthError, ConflictError, InputError, NotFoundError } from "../../core/error.ts";
import { Secret } from "../../core/secret.ts";
import type { AgentTarget, ForgeConfig, ForgeRunner, Registration, RunnerOrder, Runners, RunnerScope } from "../contract.ts";
import { statusOf, type Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** https://docs.github.com/en/rest/actions/self-hosted-runners */
export function runners(client: Client, config: ForgeConfig): Runners {
  const { repository } = config;
  const base = (scope: RunnerScope): string => `${config.apiUrl}/${pathOf(scope, config)}/actions`;

  async function* list(scope: RunnerScope, signal: AbortSignal): AsyncIterable<ForgeRunner> {
    let seen = 0;
    for (let page = 1; ; page++) {
      const answer = await client.absolute(
        `${base(scope)}/runners`,
        { signal, query: { per_page: 100, page } },
        purposeOf(scope, "list the runners"),
      );
      const { total_count, runners: found } = decode(wire.runners, answer.json(), "runners of GitHub");
      seen += found.length;
      yield* found.map(plain);
      if (found.length === 0 || seen >= total_count) return;
    }
  }

  async function groupId(scope: RunnerScope, group: string | undefined, signal: AbortSignal): Promise<number> {
    // 1 is the group called Default, everywhere.
    if (group === undefined || group.toLowerCase() === "default") return 1;
    if (scope.kind === "repository")
      throw new InputError("runner groups belong to organisations and enterprises", { hint: "give --scope organization" });
    const call = { signal, query: { per_page: 100 } };
    const answer = await client.absolute(`${base(scope)}/runner-groups`, call, purposeOf(scope, "list the runner groups"));
    const { runner_groups } = decode(wire.runnerGroups, answer.json(), "runner groups of GitHub");
    const found = runner_groups.find(({ name }) => name === group);
    if (found === undefined)
      throw new NotFoundError(`no runner group \`${group}\``, {
        hint: `there are ${runner_groups.map(({ name }) => name).join(", ")}`,
      });
    return found.id;
  }

  async function justInTime(order: RunnerOrder, signal: AbortSignal): Promise<Registration> {
    const purpose = purposeOf(order.scope, "register a runner");
    const json = {
      name: order.name,
      runner_group_id: await groupId(order.scope, order.group, signal),
      labels: order.labels,
      work_folder: "_work",
    };
    try {
      const answer = await client.absolute(
        `${base(order.scope)}/runners/generate-jitconfig`,
        { signal, method: "POST", json },
        purpose,
      );
      const made = decode(wire.jitConfig, answer.json(), "runner configuration of GitHub");
      const secret = new Secret(made.encoded_jit_config, "GitHub's configuration of the runner");
      return { kind: "jit", secret, url: webOf(order.scope, config), runnerId: String(made.runner.id), facts: {} };
    } catch (error) {
      if (statusOf(error) !== 409) throw error;
      throw new ConflictError(`a runner called \`${order.name}\` exists already`, {
        cause: error,
        hint: "give another --name, or --reuse it",
      });
    }
  }

  async function byToken(order: RunnerOrder, signal: AbortSignal): Promise<Registration> {
    const answer = await client.absolute(
      `${base(order.scope)}/runners/registration-token`,
      { signal, method: "POST" },
      purposeOf(order.scope, "register a runner"),
    );
    const { token } = decode(wire.runnerToken, answer.json(), "registration token of GitHub");
    return {
      kind: "token",
      secret: new Secret(token, "GitHub's registration token"),
      url: webOf(order.scope, config),
      runnerId: null,
      facts: order.group === undefined ? {} : { group: order.group },
    };
  }

  const runPurpose: Purpose = { what: `run jobs of ${repository.owner}/${repository.name} again`, needs: "actions: write" };
  return {
    list,
    async register(order, signal) {
      if (!order.isEphemeral) return byToken(order, signal);
      try {
        return await justInTime(order, signal);
      } catch (error) {
        // Enterprise Server before 3.10 has no such endpoint; a repository that cannot be seen answers the same, and says so on the second call.
        if (error instanceof NotFoundError && statusOf(error) === 404) return byToken(order, signal);
        throw error;
      }
    },
    async remove(scope, id, signal) {
      const call = { signal, method: "DELETE", allow: [404, 422] } as const;
      const answer = await client.absolute(
        `${base(scope)}/runners/${encodeURIComponent(id)}`,
        call,
        purposeOf(scope, "remove a runner"),
      );
      return answer.status === 422 ? "busy" : "gone";
    },
    async isPublic(signal) {
      const answer = await client.request(
        "",
        { signal },
        { what: `look at ${repository.owner}/${repository.name}`, needs: "metadata: read" },
      );
      const found = decode(wire.repositoryKind, answer.json(), "repository of GitHub");
      return found.visibility === undefined
        ? found.private === undefined
          ? null
          : !found.private
        : found.visibility === "public";
    },
    async rerun(run, signal, all = false) {
      const state = await client.request(`/actions/runs/${encodeURIComponent(run)}`, { signal, allow: [404] }, runPurpose);
      if (state.status === 404) return "spent";
      if (decode(wire.workflowRun, state.json(), "run of GitHub").status !== "completed") return "running";
      const call = { signal, method: "POST", allow: [403, 409] } as const;
      const answer = await client.request(
        `/actions/runs/${encodeURIComponent(run)}/${all ? "rerun" : "rerun-failed-jobs"}`,
        call,
        runPurpose,
      );
      if (answer.status === 403 && !/cannot be retried|rerun|re-run|too old/i.test(answer.text()))
        throw new AuthError(`cannot ${runPurpose.what}: GitHub answers 403`, { hint: `the token needs \`${runPurpose.needs}\`` });
      return answer.status < 300 ? "asked" : answer.status === 409 ? "running" : "spent";
    },
    async cancel(run, signal) {
      await client.request(
        `/actions/runs/${encodeURIComponent(run)}/cancel`,
        { signal, method: "POST", allow: [404, 409] },
        runPurpose,
      );
    },
    async archive(target, signal) {
      const answer = await client.request(
        "/actions/runners/downloads",
        { signal, allow: [404] },
        purposeOf({ kind: "repository" }, "find the runner's program"),
      );
      if (answer.status === 404) return null;
      const found = decode(wire.runnerDownloads, answer.json(), "downloads of GitHub").find(
        (each) => each.os === systems[target.os] && each.architecture === target.architecture,
      );
      return found === undefined
        ? null
        : { url: found.download_url, fileName: found.filename, sha256: found.sha256_checksum ?? null };
    },
  };
}

const systems: Readonly<Record<AgentTarget["os"], string>> = { linux: "linux", macos: "osx", windows: "win" };

function pathOf(scope: RunnerScope, { repository }: ForgeConfig): string {
  switch (scope.kind) {
    case "organization":
      return `orgs/${encodeURIComponent(scope.name)}`;
    case "enterprise":
      return `enterprises/${encodeURIComponent(scope.name)}`;
    default:
      return `repos/${encodeURIComponent(repository.owner)}/${encodeURIComponent(repository.name)}`;
  }
}

function webOf(scope: RunnerScope, config: ForgeConfig): string {
  switch (scope.kind) {
    case "organization":
      return `${config.serverUrl}/${scope.name}`;
    case "enterprise":
      return `${config.serverUrl}/enterprises/${scope.name}`;
    default:
      return config.repository.url;
  }
}

/** `GITHUB_TOKEN` never has the right to administrate. */
function purposeOf(scope: RunnerScope, action: string): Purpose {
  switch (scope.kind) {
    case "organization":
      return {
        what: `${action} of ${scope.name}`,
        needs: "admin:org, or the organisation permission self-hosted runners: write",
      };
    case "enterprise":
      return { what: `${action} of ${scope.name}`, needs: "manage_runners:enterprise" };
    default:
      return {
        what: `${action} of the repository`,
        needs: "repo as an administrator, or administration: write; the job's own GITHUB_TOKEN cannot",
      };
  }
}

function plain(from: v.InferOutput<typeof wire.runner>): ForgeRunner {
  return {
    id: String(from.id),
    name: from.name,
    labels: from.labels.map(({ name }) => name),
    isOnline: from.status === "online",
    isBusy: from.busy,
  };
}
