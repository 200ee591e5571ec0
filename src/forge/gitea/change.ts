import { decode } from "../../core/decode.ts";
import { ConflictError } from "../../core/error.ts";
import type { Changes, Pull, Repository } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import { type Client, encodePath } from "./client.ts";
import { repositoryPath } from "./comment.ts";
import { plain } from "./pull.ts";
import * as wire from "./wire.ts";

export function changes(client: Client, repository: Repository, title: string): Changes {
  const path = `${repositoryPath(repository)}/pulls`;
  const purpose: Purpose = { what: `make a pull request in ${repository.owner}/${repository.name}`, needs: "write:repository" };
  async function between(head: string, base: string, signal: AbortSignal): Promise<Pull | null> {
    const answer = await client.request(`${path}/${encodePath(base)}/${encodePath(head)}`, { signal, allow: [404] }, purpose);
    const found = answer.status === 404 ? null : plain(decode(wire.pull, answer.json(), `pull request of ${title}`));
    return found?.state === "open" ? found : null;
  }
  return {
    between,
    async create(wish, signal) {
      const there = await between(wish.head, wish.base, signal);
      if (there !== null) return there;
      const { title: name, body, head, base } = wish;
      const answer = await client.request(path, { method: "POST", json: { title: name, body, head, base }, signal }, purpose);
      return plain(decode(wire.pull, answer.json(), `pull request of ${title}`));
    },
    async merge(pull, method, message, signal) {
      const merging: Purpose = { what: `merge pull request ${pull.number}`, needs: "write:repository" };
      const json = {
        Do: method,
        head_commit_id: pull.head.sha,
        merge_when_checks_succeed: true,
        ...(message === undefined ? {} : { MergeMessageField: message }),
      };
      const call = { method: "POST", json, signal, allow: [405, 409] } as const;
      const answer = await client.request(`${path}/${pull.number}/merge`, call, merging);
      // 201: it waits for its checks.
      if (answer.status < 300) return answer.status === 201 ? "scheduled" : "merged";
      throw new ConflictError(`cannot ${merging.what}: ${title} answered ${answer.status}: ${answer.text().slice(0, 200)}`);
    },
  };
}
