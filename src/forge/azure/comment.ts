import type { InferOutput } from "valibot";
import { decode } from "../../core/decode.ts";
import { UnsupportedError } from "../../core/error.ts";
import type { Comment, Comments, CommentTarget, Repository } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** Closed, so that a policy of resolved comments lets the pull request through. */
const closed = 4;

/**
 * A comment is the first of a thread of its own: https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-threads. Its id here is
 * `thread/comment`.
 */
export function comments(client: Client, repository: Repository): Comments {
  function numberOf(target: CommentTarget): number {
    if (target.kind === "pull") return target.number;
    throw new UnsupportedError(
      `Azure DevOps does not support comments on ${target.kind === "commit" ? "commits" : "work items"} from here`,
      {
        hint: "comment on a pull request: --target pr/N",
      },
    );
  }
  function purpose(verb: string, target: CommentTarget): Purpose {
    const what = `${verb} pull request ${numberOf(target)} of ${repository.name}`;
    return { what, needs: "Contribute to pull requests" };
  }
  const threads = (target: CommentTarget): string => `/pullRequests/${numberOf(target)}/threads`;
  const single = (target: CommentTarget, id: string): string => {
    const [thread = "", comment = ""] = id.split("/");
    return `${threads(target)}/${encodeURIComponent(thread)}/comments/${encodeURIComponent(comment)}`;
  };
  return {
    async *list(target, signal) {
      const answer = await client.request(threads(target), { signal }, purpose("list comments on", target));
      for (const thread of decode(wire.threads, answer.json(), "threads of Azure DevOps").value) {
        const [first] = thread.comments ?? [];
        if (thread.isDeleted === true || first === undefined || first.isDeleted === true) continue;
        yield plain(first, thread.id, target);
      }
    },
    async create(target, body, signal) {
      const json = { comments: [{ parentCommentId: 0, content: body, commentType: 1 }], status: closed };
      const answer = await client.request(threads(target), { method: "POST", json, signal }, purpose("comment on", target));
      const thread = decode(wire.thread, answer.json(), "thread of Azure DevOps");
      const [first] = thread.comments ?? [];
      return plain(first ?? { id: 1, content: body, publishedDate: "", isDeleted: false }, thread.id, target);
    },
    async update(target, id, body, signal) {
      const call = { method: "PATCH", json: { content: body }, signal, idempotent: true, allow: [404] } as const;
      const answer = await client.request(single(target, id), call, purpose("edit a comment on", target));
      if (answer.status === 404) return null;
      return plain(decode(wire.comment, answer.json(), "comment of Azure DevOps"), Number(id.split("/")[0]), target);
    },
    async remove(target, id, signal) {
      await client.request(
        single(target, id),
        { method: "DELETE", signal, allow: [404] },
        purpose("delete a comment on", target),
      );
      return "gone";
    },
  };

  function plain(from: InferOutput<typeof wire.comment>, thread: number, target: CommentTarget): Comment {
    return {
      id: `${thread}/${from.id}`,
      body: from.content ?? "",
      url: `${repository.url}/pullrequest/${numberOf(target)}?discussionId=${thread}`,
      author: {
        login: from.author?.displayName ?? "",
        id: from.author?.id ?? "",
        isBot: / Build Service /.test(from.author?.displayName ?? ""),
      },
      createdAt: from.publishedDate ?? "",
    };
  }
}
