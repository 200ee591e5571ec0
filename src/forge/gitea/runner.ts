import type * as v from "valibot";
import { decode } from "../../core/decode.ts";
import { InputError, UnsupportedError } from "../../core/error.ts";
import { Secret } from "../../core/secret.ts";
import type { ForgeConfig, ForgeRunner, Runners, RunnerScope } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import { repositoryPath } from "./comment.ts";
import * as wire from "./wire.ts";

/** Runners of Gitea (1.24 and above) and Forgejo; the agent registers itself, and its id appears in the list only. */
export function runners(client: Client, config: ForgeConfig, title: string): Runners {
  const { repository } = config;
  const base = (scope: RunnerScope): string => {
    if (scope.kind === "enterprise") throw new UnsupportedError(`${title} has no enterprises`);
    return scope.kind === "organization" ? `/orgs/${encodeURIComponent(scope.name)}` : repositoryPath(repository);
  };
  const purposeOf = (scope: RunnerScope, action: string): Purpose => ({
    what: `${action} of ${scope.kind === "repository" ? `${repository.owner}/${repository.name}` : scope.name}`,
    needs: `${scope.kind === "repository" ? "write:repository" : "write:organization"}; the job's own token cannot`,
  });
  const runPurpose: Purpose = { what: `run jobs of ${repository.owner}/${repository.name} again`, needs: "write:repository" };
  return {
    async *list(scope, signal) {
      let seen = 0;
      for (let page = 1; ; page++) {
        const call = { signal, query: { limit: 50, page } };
        const answer = await client.request(`${base(scope)}/actions/runners`, call, purposeOf(scope, "list the runners"));
        const { total_count, runners: found } = decode(wire.runners, answer.json(), `runners of ${title}`);
        seen += found?.length ?? 0;
        yield* (found ?? []).map(plain);
        if ((found?.length ?? 0) === 0 || seen >= total_count) return;
      }
    },
    async register({ scope, group }, signal) {
      if (group !== undefined) throw new InputError(`${title} has no runner groups`);
      const path = `${base(scope)}/actions/runners/registration-token`;
      const answer = await client.request(
        path,
        { signal, method: "POST", idempotent: true },
        purposeOf(scope, "register a runner"),
      );
      const { token } = decode(wire.runnerToken, answer.json(), `registration token of ${title}`);
      return {
        kind: "token",
        secret: new Secret(token, `${title}'s registration token`),
        url: config.serverUrl,
        runnerId: null,
        facts: {},
      };
    },
    async remove(scope, id, signal) {
      const path = `${base(scope)}/actions/runners/${encodeURIComponent(id)}`;
      await client.request(path, { signal, method: "DELETE", allow: [404] }, purposeOf(scope, "remove a runner"));
      return "gone";
    },
    async isPublic(signal) {
      const answer = await client.request(
        repositoryPath(repository),
        { signal },
        { what: `look at ${repository.owner}/${repository.name}`, needs: "read:repository" },
      );
      const found = decode(wire.repositoryKind, answer.json(), `repository of ${title}`);
      return !found.private && !found.internal;
    },
    async rerun(run, signal, all = false) {
      const path = `${repositoryPath(repository)}/actions/runs/${encodeURIComponent(run)}/${all ? "rerun" : "rerun-failed-jobs"}`;
      const answer = await client.request(path, { signal, method: "POST", allow: [400, 404] }, runPurpose);
      return answer.status < 300 ? "asked" : answer.status === 400 ? "running" : "spent";
    },
  };
}

function plain(from: v.InferOutput<typeof wire.runner>): ForgeRunner {
  return {
    id: String(from.id),
    name: from.name,
    labels: (from.labels ?? []).map(({ name }) => name),
    isOnline: from.status !== "offline",
    isBusy: from.busy ?? null,
  };
}
