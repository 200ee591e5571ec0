import { decode } from "../../core/decode.ts";
import type { Comment, Comments, CommentTarget, Repository } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/, and of commits and issues likewise. */
export function comments(client: Client, repository: Repository): Comments {
  function purpose(verb: string, target: CommentTarget): Purpose {
    return { what: `${verb} ${name(target)} of ${repository.owner}/${repository.name}`, needs: needs(target) };
  }
  return {
    async *list(target, signal) {
      for await (const value of client.values(collection(target), { signal }, purpose("list comments on", target))) {
        const comment = decode(wire.comment, value, "comment of Bitbucket");
        // What was deleted stays in the list.
        if (comment.deleted !== true) yield plain(comment);
      }
    },
    async create(target, body, signal) {
      const call = { method: "POST", json: { content: { raw: body } }, signal } as const;
      const answer = await client.request(collection(target), call, purpose("comment on", target));
      return plain(decode(wire.comment, answer.json(), "comment of Bitbucket"));
    },
    async update(target, id, body, signal) {
      const call = { method: "PUT", json: { content: { raw: body } }, signal, allow: [404, 410] } as const;
      const answer = await client.request(single(target, id), call, purpose("edit a comment on", target));
      return answer.status >= 400 ? null : plain(decode(wire.comment, answer.json(), "comment of Bitbucket"));
    },
    async remove(target, id, signal) {
      const call = { method: "DELETE", signal, allow: [404, 410] } as const;
      await client.request(single(target, id), call, purpose("delete a comment on", target));
      return "gone";
    },
  };

  function plain(from: ReturnType<typeof decode<typeof wire.comment>>): Comment {
    return {
      id: String(from.id),
      body: from.content.raw ?? "",
      url: from.links.html?.href ?? repository.url,
      author: {
        login: from.user?.display_name ?? "",
        id: from.user?.uuid ?? "",
        isBot: from.user?.type === "app_user",
      },
      createdAt: from.created_on,
    };
  }
}

function collection(target: CommentTarget): string {
  if (target.kind === "commit") return `/commit/${encodeURIComponent(target.sha)}/comments`;
  return `/${target.kind === "pull" ? "pullrequests" : "issues"}/${target.number}/comments`;
}

function single(target: CommentTarget, id: string): string {
  return `${collection(target)}/${encodeURIComponent(id)}`;
}

function name(target: CommentTarget): string {
  if (target.kind === "commit") return `commit ${target.sha.slice(0, 7)}`;
  return `${target.kind === "pull" ? "pull request" : "issue"} ${target.number}`;
}

function needs(target: CommentTarget): string {
  if (target.kind === "issue") return "issue:write";
  return target.kind === "pull" ? "pullrequest:write" : "repository:write";
}
