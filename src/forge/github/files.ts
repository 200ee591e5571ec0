import { decode } from "../../core/decode.ts";
import type { Repository, RevisionFiles } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import { type Client, encodePath, raw } from "./client.ts";
import * as wire from "./wire.ts";

/** https://docs.github.com/en/rest/repos/contents, https://docs.github.com/en/rest/commits/commits#compare-two-commits, https://docs.github.com/en/rest/git/refs */
export function files(client: Client, repository: Repository): RevisionFiles {
  const purpose: Purpose = { what: `read files of ${repository.owner}/${repository.name}`, needs: "contents: read" };
  return {
    async read(revision, path, signal) {
      const call = { signal, query: { ref: revision }, headers: { accept: raw }, allow: [404], limitBytes: 100 * 1024 * 1024 };
      const answer = await client.request(`/contents/${encodePath(path)}`, call, purpose);
      return answer.status === 404 ? null : answer.bytes;
    },
    async mergeBase(base, head, signal) {
      const range = `${encodeURIComponent(base)}...${encodeURIComponent(head)}`;
      const answer = await client.request(`/compare/${range}`, { signal, query: { per_page: 1 }, allow: [404] }, purpose);
      if (answer.status === 404) return null;
      return decode(wire.comparison, answer.json(), "comparison of GitHub").merge_base_commit.sha;
    },
    async ref(name, signal) {
      const path = `/git/ref/${encodePath(name.replace(/^refs\//, ""))}`;
      // 409: the repository is empty.
      const answer = await client.request(path, { signal, allow: [404, 409] }, purpose);
      return answer.status === 200 ? decode(wire.ref, answer.json(), "ref of GitHub").object.sha : null;
    },
  };
}
