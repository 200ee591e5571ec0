import type { InferOutput } from "valibot";
import { decode } from "../../core/decode.ts";
import type { Pull, Pulls, Repository } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** https://docs.github.com/en/rest/pulls/pulls and https://docs.github.com/en/rest/commits/commits#list-pull-requests-associated-with-a-commit */
export function pulls(client: Client, repository: Repository): Pulls {
  const purpose: Purpose = {
    what: `look for pull requests of ${repository.owner}/${repository.name}`,
    needs: "pull-requests: read",
  };
  async function list(path: string, query: Record<string, string>, signal: AbortSignal): Promise<Pull[]> {
    const found: Pull[] = [];
    // 404, 409 and 422: the commit is unknown here (not pushed, an empty repository), which means "none".
    for await (const page of client.pages(path, { signal, query, allow: [404, 409, 422] }, purpose)) {
      if (page.status >= 400) return [];
      found.push(...decode(wire.pulls, page.json(), "pull requests of GitHub").map(plain));
    }
    return found;
  }
  return {
    async find(number, signal) {
      const answer = await client.request(`/pulls/${number}`, { signal, allow: [404] }, purpose);
      return answer.status === 404 ? null : plain(decode(wire.pull, answer.json(), "pull request of GitHub"));
    },
    async ofCommit(sha, branch, signal) {
      const listed = await list(`/commits/${encodeURIComponent(sha)}/pulls`, {}, signal);
      const open = listed.filter((pull) => pull.state === "open");
      if (open.length > 0 || branch === undefined) return bestFirst(open, sha);
      // A commit that lives only in a fork is not found above: https://github.com/actions/runner/issues/3444
      const head = branch.includes(":") ? branch : `${repository.owner}:${branch}`;
      const byBranch = await list("/pulls", { state: "open", head }, signal);
      return bestFirst(
        byBranch.filter((pull) => pull.head.sha === sha),
        sha,
      );
    },
  };
}

function bestFirst(found: readonly Pull[], sha: string): Pull[] {
  const rank = (pull: Pull) => (pull.head.sha === sha ? 0 : 1);
  return found.toSorted((a, b) => rank(a) - rank(b) || b.number - a.number);
}

export function plain(from: InferOutput<typeof wire.pull>): Pull {
  const side = (of: InferOutput<typeof wire.pull>["head"]) => ({
    sha: of.sha,
    ref: of.ref,
    repository: of.repo?.full_name ?? "",
  });
  const merged = typeof from.merged_at === "string";
  return {
    number: from.number,
    url: from.html_url,
    state: merged ? "merged" : from.state === "open" ? "open" : "closed",
    head: side(from.head),
    base: side(from.base),
  };
}
