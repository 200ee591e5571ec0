import type { InferOutput } from "valibot";
import { decode } from "../../core/decode.ts";
import { InputError } from "../../core/error.ts";
import type { HttpResponse } from "../../host/http.ts";
import type { Comment, Comments, CommentTarget, Repository } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** https://docs.github.com/en/rest/issues/comments and https://docs.github.com/en/rest/commits/comments */
export function comments(client: Client, repository: Repository): Comments {
  function purpose(verb: string, target: CommentTarget): Purpose {
    return {
      what: `${verb} ${name(target)} of ${repository.owner}/${repository.name}`,
      needs: needs(target),
    };
  }
  return {
    async *list(target, signal) {
      for await (const page of client.pages(collection(target), { signal }, purpose("list comments on", target))) {
        yield* decode(wire.comments, page.json(), "comments of GitHub").map(plain);
      }
    },
    async create(target, body, signal) {
      const call = { method: "POST", json: { body }, signal } as const;
      const answer = await client.request(collection(target), call, purpose("comment on", target));
      return plain(decode(wire.comment, answer.json(), "comment of GitHub"));
    },
    async update(target, id, body, signal) {
      const call = {
        method: "PATCH",
        json: { body },
        signal,
        idempotent: true,
        allow: target.kind === "commit" ? [404, 422] : [404],
      } as const;
      const answer = await client.request(single(target, id), call, purpose("edit a comment on", target));
      if (answer.status === 422) return locked(target, id, answer, signal);
      return answer.status === 404 ? null : plain(decode(wire.comment, answer.json(), "comment of GitHub"));
    },
    async remove(target, id, signal) {
      const call = { method: "DELETE", signal, allow: [404] } as const;
      await client.request(single(target, id), call, purpose("delete a comment on", target));
      return "gone";
    },
  };

  /** A job's own token may not edit its comments on commits (`commit_id has been locked`): it is made again. */
  async function locked(target: CommentTarget, id: string, answer: HttpResponse, signal: AbortSignal): Promise<null> {
    const words = answer.text().slice(0, 300);
    if (!/locked/i.test(words))
      throw new InputError(`cannot edit a comment on ${name(target)}: GitHub answered 422: ${words}`, {
        details: { status: 422 },
      });
    await client.request(single(target, id), { method: "DELETE", signal, allow: [404] }, purpose("delete a comment on", target));
    return null;
  }
}

function collection(target: CommentTarget): string {
  return target.kind === "commit" ? `/commits/${encodeURIComponent(target.sha)}/comments` : `/issues/${target.number}/comments`;
}

function single(target: CommentTarget, id: string): string {
  return `${target.kind === "commit" ? "" : "/issues"}/comments/${encodeURIComponent(id)}`;
}

function name(target: CommentTarget): string {
  if (target.kind === "commit") return `commit ${target.sha.slice(0, 7)}`;
  return `${target.kind === "pull" ? "pull request" : "issue"} ${target.number}`;
}

function needs(target: CommentTarget): string {
  if (target.kind === "commit") return "contents: write";
  return target.kind === "pull" ? "pull-requests: write" : "issues: write";
}

function plain(from: InferOutput<typeof wire.comment>): Comment {
  return {
    id: String(from.id),
    body: from.body ?? "",
    url: from.html_url,
    author: {
      login: from.user?.login ?? "",
      id: from.user === null ? "" : String(from.user.id),
      isBot: from.user?.type === "Bot",
    },
    createdAt: from.created_at,
  };
}
