import { decode } from "../../core/decode.ts";
import type { Repository, RevisionFiles } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** https://learn.microsoft.com/rest/api/azure/devops/git/items and …/merge-bases */
export function files(client: Client, repository: Repository): RevisionFiles {
  const purpose: Purpose = { what: `read files of ${repository.name}`, needs: "Code (read)" };
  return {
    async read(revision, path, signal) {
      const query = {
        path: `/${path}`,
        "versionDescriptor.version": revision,
        "versionDescriptor.versionType": "commit",
        download: "true",
      };
      const call = {
        signal,
        query,
        headers: { accept: "application/octet-stream" },
        allow: [404],
        limitBytes: 100 * 1024 * 1024,
      };
      const answer = await client.request("/items", call, purpose);
      return answer.status === 404 ? null : answer.bytes;
    },
    async mergeBase(base, head, signal) {
      const call = { signal, query: { otherCommitId: head }, allow: [404] };
      const answer = await client.request(`/commits/${encodeURIComponent(base)}/mergebases`, call, purpose);
      if (answer.status === 404) return null;
      return decode(wire.commits, answer.json(), "merge bases of Azure DevOps").value[0]?.commitId ?? null;
    },
    // Of refs outside branches and tags nothing is known to be answered.
    ref: async () => null,
  };
}
