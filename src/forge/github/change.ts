import { decode } from "../../core/decode.ts";
import { AuthError, ConflictError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { Changes, ForgeConfig, Pull } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import { graphql } from "./identity.ts";
import { plain } from "./pull.ts";
import * as wire from "./wire.ts";

/** https://docs.github.com/en/rest/pulls/pulls and the GraphQL mutation `enablePullRequestAutoMerge`. */
export function changes(client: Client, config: ForgeConfig, host: Host): Changes {
  const { owner, name } = config.repository;
  const purpose: Purpose = { what: `make a pull request in ${owner}/${name}`, needs: "pull-requests: write" };
  async function between(head: string, base: string, signal: AbortSignal): Promise<Pull | null> {
    const query = { state: "open", head: `${owner}:${head}`, base };
    const answer = await client.request("/pulls", { signal, query }, purpose);
    const [found] = decode(wire.pulls, answer.json(), "pull requests of GitHub").map(plain);
    return found ?? null;
  }
  return {
    between,
    async create(wish, signal) {
      const there = await between(wish.head, wish.base, signal);
      if (there !== null) return there;
      const { title, body, head, base } = wish;
      try {
        const answer = await client.request("/pulls", { method: "POST", json: { title, body, head, base }, signal }, purpose);
        return plain(decode(wire.pull, answer.json(), "pull request of GitHub"));
      } catch (error) {
        if (!(error instanceof AuthError) || !/not permitted to create/i.test(error.message)) throw error;
        throw new AuthError(error.message, {
          status: error.status,
          cause: error.cause,
          details: error.details,
          hint: "allow it under Settings, Actions, General: `Allow GitHub Actions to create and approve pull requests`; or give another token",
        });
      }
    },
    async merge(pull, method, message, signal) {
      const merging: Purpose = { what: `merge pull request ${pull.number} of ${owner}/${name}`, needs: "contents: write" };
      if (await schedule(pull, method, signal)) return "scheduled";
      // Nothing to wait for, or the repository does not allow to wait.
      const json = { merge_method: method, sha: pull.head.sha, ...(message === undefined ? {} : { commit_message: message }) };
      const call = { method: "PUT", json, signal, allow: [405, 409] } as const;
      const answer = await client.request(`/pulls/${pull.number}/merge`, call, merging);
      if (answer.status === 200) return "merged";
      throw new ConflictError(`cannot ${merging.what}: ${answer.text().slice(0, 200)}`);
    },
  };

  async function schedule(pull: Pull, method: string, signal: AbortSignal): Promise<boolean> {
    const answer = await client.request(`/pulls/${pull.number}`, { signal }, purpose);
    const { node_id: id } = decode(wire.pullNode, answer.json(), "pull request of GitHub");
    const query =
      "mutation($id: ID!, $method: PullRequestMergeMethod!) { enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: $method}) { clientMutationId } }";
    const call = { method: "POST", json: { query, variables: { id, method: method.toUpperCase() } }, signal } as const;
    const done = await client.absolute(graphql(config, host), call, purpose);
    return decode(wire.mutation, done.json(), "answer of GitHub").errors.length === 0;
  }
}
