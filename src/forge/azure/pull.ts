import type { InferOutput } from "valibot";
import { decode } from "../../core/decode.ts";
import type { Pull, Pulls, Repository } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** https://learn.microsoft.com/rest/api/azure/devops/git/pull-requests */
export function pulls(client: Client, repository: Repository): Pulls {
  const purpose: Purpose = { what: `look for pull requests of ${repository.name}`, needs: "Code (read)" };
  return {
    async find(number, signal) {
      const answer = await client.request(`/pullrequests/${number}`, { signal, allow: [404] }, purpose);
      return answer.status === 404 ? null : plain(decode(wire.pull, answer.json(), "pull request of Azure DevOps"));
    },
    async ofCommit(sha, _branch, signal) {
      const query = { "searchCriteria.status": "active", $top: 1000 };
      const answer = await client.request("/pullrequests", { signal, query }, purpose);
      const open = decode(wire.pulls, answer.json(), "pull requests of Azure DevOps").value.map(plain);
      return open.filter((pull) => pull.head.sha === sha).toSorted((a, b) => b.number - a.number);
    },
  };

  function plain(from: InferOutput<typeof wire.pull>): Pull {
    const here = `${repository.owner}/${repository.name}`;
    const short = (ref: string): string => ref.replace(/^refs\/heads\//, "");
    return {
      number: from.pullRequestId,
      url: `${repository.url}/pullrequest/${from.pullRequestId}`,
      state: from.status === "active" ? "open" : from.status === "completed" ? "merged" : "closed",
      head: { sha: from.lastMergeSourceCommit?.commitId ?? "", ref: short(from.sourceRefName), repository: here },
      base: { sha: from.lastMergeTargetCommit?.commitId ?? "", ref: short(from.targetRefName), repository: here },
    };
  }
}
