import { decode } from "../../core/decode.ts";
import type { Repository, RevisionFiles } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** https://docs.gitlab.com/api/repository_files/, https://docs.gitlab.com/api/repositories/#merge-base; the job's own token may read all of it. */
export function files(client: Client, repository: Repository): RevisionFiles {
  const purpose: Purpose = { what: `read files of ${repository.owner}/${repository.name}`, needs: "read_api" };
  return {
    async read(revision, path, signal) {
      const call = { signal, query: { ref: revision }, headers: { accept: "*/*" }, allow: [404], limitBytes: 100 * 1024 * 1024 };
      const answer = await client.request(`/repository/files/${encodeURIComponent(path)}/raw`, call, purpose);
      return answer.status === 404 ? null : answer.bytes;
    },
    async mergeBase(base, head, signal) {
      const refs = [base, head].map((ref) => `refs%5B%5D=${encodeURIComponent(ref)}`).join("&");
      const answer = await client.request(`/repository/merge_base?${refs}`, { signal, allow: [400, 404] }, purpose);
      return answer.status === 200 ? decode(wire.commit, answer.json(), "merge base of GitLab").id : null;
    },
    async ref(name, signal) {
      const answer = await client.request(`/repository/commits/${encodeURIComponent(name)}`, { signal, allow: [404] }, purpose);
      return answer.status === 200 ? decode(wire.commit, answer.json(), "commit of GitLab").id : null;
    },
  };
}
