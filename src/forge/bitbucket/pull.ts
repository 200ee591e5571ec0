import { decode } from "../../core/decode.ts";
import type { Pull, Pulls, Repository } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/ */
export function pulls(client: Client, repository: Repository): Pulls {
  const purpose: Purpose = {
    what: `look for pull requests of ${repository.owner}/${repository.name}`,
    needs: "pullrequest",
  };
  async function list(path: string, query: Record<string, string>, signal: AbortSignal): Promise<Pull[]> {
    const found: Pull[] = [];
    // 404: the app "Pull Request Commit Links" is not installed, or the commit is unknown; 202: it is still at work.
    for await (const value of client.values(path, { signal, query, allow: [404] }, purpose)) {
      found.push(plain(decode(wire.pull, value, "pull request of Bitbucket")));
    }
    return found.filter((pull) => pull.state === "open");
  }
  return {
    async find(number, signal) {
      const answer = await client.request(`/pullrequests/${number}`, { signal, allow: [404] }, purpose);
      return answer.status === 404 ? null : plain(decode(wire.pull, answer.json(), "pull request of Bitbucket"));
    },
    async ofCommit(sha, branch, signal) {
      const byLink = await list(`/commit/${encodeURIComponent(sha)}/pullrequests`, {}, signal);
      if (byLink.length > 0) return byLink.toSorted((a, b) => b.number - a.number);
      const open = await list("/pullrequests", { state: "OPEN" }, signal);
      const wanted = branch?.replace(/^[^:]*:/, "");
      return open
        .filter((pull) => sha.startsWith(pull.head.sha) && pull.head.sha !== "")
        .toSorted((a, b) => Number(b.head.ref === wanted) - Number(a.head.ref === wanted) || b.number - a.number);
    },
  };

  function plain(from: ReturnType<typeof decode<typeof wire.pull>>): Pull {
    const side = (of: typeof from.source) => ({
      sha: of.commit?.hash ?? "",
      ref: of.branch.name,
      repository: of.repository?.full_name ?? "",
    });
    return {
      number: from.id,
      url: from.links.html?.href ?? `${repository.url}/pull-requests/${from.id}`,
      state: from.state === "OPEN" ? "open" : from.state === "MERGED" ? "merged" : "closed",
      head: side(from.source),
      base: side(from.destination),
    };
  }
}
