import type { InferOutput } from "valibot";
import { decode } from "../../core/decode.ts";
import type { Pull, Pulls, Repository } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** https://docs.gitlab.com/api/merge_requests/ and https://docs.gitlab.com/api/commits/#list-merge-requests-associated-with-a-commit */
export function pulls(client: Client, repository: Repository): Pulls {
  const purpose: Purpose = {
    what: `look for merge requests of ${repository.owner}/${repository.name}`,
    needs: "read_api",
  };
  async function list(path: string, query: Record<string, string>, signal: AbortSignal): Promise<Pull[]> {
    const found: Pull[] = [];
    for await (const page of client.pages(path, { signal, query, allow: [404] }, purpose)) {
      // The commit is unknown here (not pushed), which means "none".
      if (page.status === 404) return [];
      found.push(...decode(wire.mergeRequests, page.json(), "merge requests of GitLab").map((one) => plain(one, repository)));
    }
    return found.filter((pull) => pull.state === "open");
  }
  return {
    async find(number, signal) {
      const answer = await client.request(`/merge_requests/${number}`, { signal, allow: [404] }, purpose);
      return answer.status === 404
        ? null
        : plain(decode(wire.mergeRequest, answer.json(), "merge request of GitLab"), repository);
    },
    async ofCommit(sha, branch, signal) {
      const open = await list(`/repository/commits/${encodeURIComponent(sha)}/merge_requests`, {}, signal);
      if (open.length > 0 || branch === undefined) return bestFirst(open, sha);
      const query = { state: "opened", source_branch: branch.replace(/^[^:]*:/, "") };
      const byBranch = await list("/merge_requests", query, signal);
      return bestFirst(
        byBranch.filter((pull) => pull.head.sha === sha),
        sha,
      );
    },
  };
}

export function plain(from: InferOutput<typeof wire.mergeRequest>, repository: Repository): Pull {
  const here = `${repository.owner}/${repository.name}`;
  const isOurs = from.source_project_id === from.target_project_id;
  return {
    number: from.iid,
    url: from.web_url,
    state: from.state === "merged" ? "merged" : from.state === "opened" ? "open" : "closed",
    // The source project is told by its number only.
    head: { sha: from.sha ?? "", ref: from.source_branch, repository: isOurs ? here : String(from.source_project_id ?? "") },
    base: { sha: from.diff_refs?.base_sha ?? "", ref: from.target_branch, repository: here },
  };
}

function bestFirst(found: readonly Pull[], sha: string): Pull[] {
  const rank = (pull: Pull) => (pull.head.sha === sha ? 0 : 1);
  return found.toSorted((a, b) => rank(a) - rank(b) || b.number - a.number);
}
