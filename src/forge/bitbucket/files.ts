import { decode } from "../../core/decode.ts";
import type { Repository, RevisionFiles } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import { type Client, encodePath } from "./client.ts";
import * as wire from "./wire.ts";

/** https://developer.atlassian.com/cloud/bitbucket/rest/api-group-source/ */
export function files(client: Client, repository: Repository): RevisionFiles {
  const purpose: Purpose = { what: `read files of ${repository.owner}/${repository.name}`, needs: "repository" };
  return {
    async read(revision, path, signal) {
      const call = { signal, headers: { accept: "*/*" }, allow: [404], limitBytes: 100 * 1024 * 1024 };
      const answer = await client.request(`/src/${encodeURIComponent(revision)}/${encodePath(path)}`, call, purpose);
      return answer.status === 404 ? null : answer.bytes;
    },
    async mergeBase(base, head, signal) {
      const range = `${encodeURIComponent(base)}..${encodeURIComponent(head)}`;
      const answer = await client.request(`/merge-base/${range}`, { signal, allow: [404] }, purpose);
      return answer.status === 404 ? null : decode(wire.commit, answer.json(), "merge base of Bitbucket").hash;
    },
    // The API knows branches and tags only.
    ref: async () => null,
  };
}
