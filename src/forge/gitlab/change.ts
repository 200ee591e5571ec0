import { decode } from "../../core/decode.ts";
import { ConflictError, UnsupportedError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { Changes, Pull, Repository } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import { plain } from "./pull.ts";
import * as wire from "./wire.ts";

/** How often a merge is asked for while GitLab finds out whether it may be. */
const rounds = 12;
const roundMs = 5_000;

/** https://docs.gitlab.com/api/merge_requests/ */
export function changes(client: Client, repository: Repository, host: Host): Changes {
  const purpose: Purpose = { what: `make a merge request in ${repository.owner}/${repository.name}`, needs: "api" };
  async function between(head: string, base: string, signal: AbortSignal): Promise<Pull | null> {
    const query = { state: "opened", source_branch: head, target_branch: base };
    const answer = await client.request("/merge_requests", { signal, query }, purpose);
    const [found] = decode(wire.mergeRequests, answer.json(), "merge requests of GitLab");
    return found === undefined ? null : plain(found, repository);
  }
  return {
    between,
    async create(wish, signal) {
      const there = await between(wish.head, wish.base, signal);
      if (there !== null) return there;
      const json = { source_branch: wish.head, target_branch: wish.base, title: wish.title, description: wish.body };
      const answer = await client.request("/merge_requests", { method: "POST", json, signal }, purpose);
      return plain(decode(wire.mergeRequest, answer.json(), "merge request of GitLab"), repository);
    },
    async merge(pull, method, message, signal) {
      if (method === "rebase") throw new UnsupportedError("GitLab does not support merging by rebase from here");
      const merging: Purpose = { what: `merge merge request ${pull.number}`, needs: "api" };
      const json = {
        sha: pull.head.sha,
        squash: method === "squash",
        should_remove_source_branch: true,
        // The second is what servers before 17.11 know it by.
        auto_merge: true,
        merge_when_pipeline_succeeds: true,
        ...(message === undefined ? {} : { merge_commit_message: message }),
      };
      for (let round = 0; ; round++) {
        const call = { method: "PUT", json, signal, allow: [405, 406, 409, 422] } as const;
        const answer = await client.request(`/merge_requests/${pull.number}/merge`, call, merging);
        if (answer.status < 300)
          return decode(wire.mergeRequest, answer.json(), "merge request of GitLab").state === "merged" ? "merged" : "scheduled";
        // 405 while mergeability is being checked and before the pipeline is there.
        if (answer.status !== 405 || round >= rounds)
          throw new ConflictError(`cannot ${merging.what}: GitLab answered ${answer.status}: ${answer.text().slice(0, 200)}`);
        await host.clock.sleep(roundMs, signal);
      }
    },
  };
}
