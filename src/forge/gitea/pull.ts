import type { InferOutput } from "valibot";
import { decode } from "../../core/decode.ts";
import type { Pull, Pulls, Repository } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import { repositoryPath } from "./comment.ts";
import * as wire from "./wire.ts";

export function pulls(client: Client, repository: Repository, title: string): Pulls {
  const path = `${repositoryPath(repository)}/pulls`;
  const purpose: Purpose = {
    what: `look for pull requests of ${repository.owner}/${repository.name}`,
    needs: "read:repository",
  };
  return {
    async find(number, signal) {
      const answer = await client.request(`${path}/${number}`, { signal, allow: [404] }, purpose);
      return answer.status === 404 ? null : plain(decode(wire.pull, answer.json(), `pull request of ${title}`));
    },
    // `commits/{sha}/pull` knows merged pull requests only, by their merge commit; hence the list of open ones.
    async ofCommit(sha, _branch, signal) {
      const found: Pull[] = [];
      for await (const page of client.pages(path, { signal, query: { state: "open" } }, purpose)) {
        const listed = decode(wire.pulls, page.json(), `pull requests of ${title}`).map(plain);
        found.push(...listed.filter((pull) => pull.head.sha === sha));
      }
      return found.toSorted((a, b) => b.number - a.number);
    },
  };
}

export function plain(from: InferOutput<typeof wire.pull>): Pull {
  const side = (of: InferOutput<typeof wire.pull>["head"]) => ({
    sha: of.sha,
    ref: of.ref,
    repository: of.repo?.full_name ?? "",
  });
  return {
    number: from.number,
    url: from.html_url,
    state: from.merged ? "merged" : from.state === "open" ? "open" : "closed",
    head: side(from.head),
    base: side(from.base),
  };
}
