import { decode } from "../../core/decode.ts";
import { NotFoundError, UnsupportedError } from "../../core/error.ts";
import { Secret } from "../../core/secret.ts";
import type { ForgeConfig, ForgeRunner, Registration, RunnerOrder, Runners, RunnerScope } from "../contract.ts";
import { type Purpose, statusOf } from "../failure.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** A runner's name is its description. https://docs.gitlab.com/api/runners/ */
export function runners(client: Client, config: ForgeConfig): Runners {
  const { repository } = config;
  const slug = `${repository.owner}/${repository.name}`;
  const purpose = (action: string): Purpose => ({
    what: `${action} of ${slug}`,
    needs: "api (or create_runner and manage_runner) as a maintainer",
  });

  async function detail(id: number, signal: AbortSignal): Promise<ForgeRunner | null> {
    const answer = await client.outside(`/runners/${id}`, { signal, allow: [404] }, purpose("look at a runner"));
    if (answer.status === 404) return null;
    const found = decode(wire.runner, answer.json(), "runner of GitLab");
    const isOnline = found.status === "online" || found.online === true;
    return {
      id: String(id),
      name: found.description ?? "",
      labels: found.tag_list ?? [],
      isOnline,
      isBusy: isOnline ? await isBusy(id, signal) : false,
    };
  }

  async function isBusy(id: number, signal: AbortSignal): Promise<boolean> {
    const call = { signal, query: { status: "running", per_page: 1 } };
    const answer = await client.outside(`/runners/${id}/jobs`, call, purpose("look at the jobs of a runner"));
    return decode(wire.jobs, answer.json(), "jobs of GitLab").length > 0;
  }

  async function projectFacts(signal: AbortSignal) {
    const answer = await client.request("", { signal }, purpose("look at the project"));
    return decode(wire.project, answer.json(), "project of GitLab");
  }

  async function placeOf(scope: RunnerScope, signal: AbortSignal): Promise<Record<string, unknown>> {
    if (scope.kind === "enterprise") return { runner_type: "instance_type" };
    if (scope.kind === "repository") return { runner_type: "project_type", project_id: (await projectFacts(signal)).id };
    const answer = await client.outside(
      `/groups/${encodeURIComponent(scope.name)}`,
      { signal, query: { with_projects: "false" } },
      purpose("look at the group"),
    );
    return { runner_type: "group_type", group_id: decode(wire.group, answer.json(), "group of GitLab").id };
  }

  function made(answer: { json(): unknown }): Registration {
    const { id, token } = decode(wire.newRunner, answer.json(), "new runner of GitLab");
    return {
      kind: "runner",
      secret: new Secret(token, "GitLab's token of the runner"),
      url: config.serverUrl,
      runnerId: String(id),
      facts: {},
    };
  }

  /** Servers before 16.0 know only this; the registration token goes with the request's body. */
  async function legacy(order: RunnerOrder, signal: AbortSignal): Promise<Registration> {
    const { runners_token } = await projectFacts(signal);
    if (typeof runners_token !== "string")
      throw new NotFoundError("this GitLab neither creates runners nor shows a registration token", {
        hint: "the token's owner must be a maintainer",
      });
    const json = { token: runners_token, description: order.name, tag_list: order.labels, run_untagged: true, locked: true };
    return made(await client.outside("/runners", { signal, method: "POST", json }, purpose("register a runner")));
  }

  return {
    async *list(scope, signal) {
      if (scope.kind === "repository") {
        for await (const page of client.pages(
          "/runners",
          { signal, query: { type: "project_type" } },
          purpose("list the runners"),
        ))
          for (const { id } of decode(wire.runnerIds, page.json(), "runners of GitLab")) {
            const found = await detail(id, signal);
            if (found !== null) yield found;
          }
        return;
      }
      throw new UnsupportedError(`runners of ${scope.kind}s are not listed on GitLab; use the project's`);
    },
    async register(order, signal) {
      const json = {
        ...(await placeOf(order.scope, signal)),
        description: order.name,
        tag_list: order.labels,
        run_untagged: true,
        locked: order.scope.kind === "repository",
        access_level: "not_protected",
      };
      try {
        return made(await client.outside("/user/runners", { signal, method: "POST", json }, purpose("register a runner")));
      } catch (error) {
        if (statusOf(error) !== 404 || order.scope.kind !== "repository") throw error;
        return legacy(order, signal);
      }
    },
    async remove(_scope, id, signal) {
      await client.outside(
        `/runners/${encodeURIComponent(id)}`,
        { signal, method: "DELETE", allow: [404] },
        purpose("remove a runner"),
      );
      return "gone";
    },
    async isPublic(signal) {
      const { visibility } = await projectFacts(signal);
      return visibility === undefined ? null : visibility === "public";
    },
    async rerun(run, signal, all = false) {
      if (all)
        throw new UnsupportedError("GitLab does not support running all jobs of a pipeline again: it retries those that failed");
      // A lost job is named by itself: the agent does not know its pipeline.
      const path = run.startsWith("job:")
        ? `/jobs/${encodeURIComponent(run.slice(4))}/retry`
        : `/pipelines/${encodeURIComponent(run)}/retry`;
      const answer = await client.request(path, { signal, method: "POST", allow: [403, 404] }, purpose("retry a pipeline"));
      if (answer.status === 403 && run.startsWith("job:") && /not retryable/i.test(answer.text())) return "running";
      return answer.status < 300 ? "asked" : "spent";
    },
    async cancel(run, signal) {
      await client.request(
        `/pipelines/${encodeURIComponent(run)}/cancel`,
        { signal, method: "POST", allow: [404] },
        purpose("cancel a pipeline"),
      );
    },
  };
}
