import { decode } from "../../core/decode.ts";
import type { Repository, RevisionFiles } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import { type Client, encodePath } from "./client.ts";
import { repositoryPath } from "./comment.ts";
import * as wire from "./wire.ts";

export function files(client: Client, repository: Repository, title: string): RevisionFiles {
  const path = repositoryPath(repository);
  const purpose: Purpose = { what: `read files of ${repository.owner}/${repository.name}`, needs: "read:repository" };
  return {
    async read(revision, name, signal) {
      const call = { signal, query: { ref: revision }, headers: { accept: "*/*" }, allow: [404] };
      const answer = await client.request(`${path}/media/${encodePath(name)}`, call, purpose);
      return answer.status === 404 ? null : answer.bytes;
    },
    // The answer to a comparison holds no merge base, and the one of a pull request is not for any two commits.
    mergeBase: async () => null,
    async ref(name, signal) {
      const answer = await client.request(
        `${path}/git/refs/${encodePath(name.replace(/^refs\//, ""))}`,
        { signal, allow: [404, 409] },
        purpose,
      );
      if (answer.status !== 200) return null;
      // Refs are matched by prefix.
      const found = decode(wire.refs, answer.json(), `refs of ${title}`).find((one) => one.ref === name);
      return found?.object.sha ?? null;
    },
  };
}
