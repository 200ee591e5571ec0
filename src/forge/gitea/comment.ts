import type { InferOutput } from "valibot";
import { decode } from "../../core/decode.ts";
import { NotFoundError, UnavailableError, UnsupportedError } from "../../core/error.ts";
import type { HttpResponse } from "../../host/http.ts";
import type { Comment, Comments, CommentTarget, Repository } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** Comments of issues and pull requests; Gitea has none on commits. */
export function comments(client: Client, repository: Repository, title: string): Comments {
  const path = repositoryPath(repository);
  function numberOf(target: CommentTarget): number {
    if (target.kind !== "commit") return target.number;
    throw new UnsupportedError(`${title} does not support comments on commits`, {
      hint: "comment on a pull request or an issue: --target pr/N",
    });
  }
  function purpose(verb: string, target: CommentTarget): Purpose {
    const noun = target.kind === "pull" ? "pull request" : "issue";
    return { what: `${verb} ${noun} ${numberOf(target)} of ${repository.owner}/${repository.name}`, needs: "write:issue" };
  }
  return {
    // The server ignores page and limit here and sends no Link: everything is in the first answer, and `Link` alone is followed.
    async *list(target, signal) {
      const collection = `${path}/issues/${numberOf(target)}/comments`;
      for await (const page of client.pages(collection, { signal }, purpose("list comments on", target))) {
        yield* decode(wire.comments, page.json(), `comments of ${title}`).map(plain);
      }
    },
    async create(target, body, signal) {
      const call = { method: "POST", json: { body }, signal, allow: [500] } as const;
      const reason = purpose("comment on", target);
      const answer = await client.request(`${path}/issues/${numberOf(target)}/comments`, call, reason);
      if (answer.status === 500) throw serverError(answer, reason);
      return plain(decode(wire.comment, answer.json(), `comment of ${title}`));
    },
    async update(target, id, body, signal) {
      const call = { method: "PATCH", json: { body }, signal, idempotent: true, allow: [404] } as const;
      const single = `${path}/issues/comments/${encodeURIComponent(id)}`;
      const answer = await client.request(single, call, purpose("edit a comment on", target));
      return answer.status === 404 ? null : plain(decode(wire.comment, answer.json(), `comment of ${title}`));
    },
    async remove(target, id, signal) {
      const single = `${path}/issues/comments/${encodeURIComponent(id)}`;
      await client.request(single, { method: "DELETE", signal, allow: [404] }, purpose("delete a comment on", target));
      return "gone";
    },
  };

  /** A number that does not exist is answered with 500 and these words, not with 404. */
  function serverError(answer: HttpResponse, reason: Purpose): Error {
    const words = answer.text().slice(0, 300);
    if (/issue does not exist/i.test(words)) {
      return new NotFoundError(`cannot ${reason.what}: there is no such number at ${repository.url}`);
    }
    return new UnavailableError(`cannot ${reason.what}: ${title} answered 500: ${words}`, { details: { status: 500 } });
  }
}

export function repositoryPath(repository: Repository): string {
  return `/repos/${encodeURIComponent(repository.owner)}/${encodeURIComponent(repository.name)}`;
}

function plain(from: InferOutput<typeof wire.comment>): Comment {
  return {
    id: String(from.id),
    body: from.body ?? "",
    url: from.html_url,
    author: {
      login: from.user?.login ?? "",
      id: from.user === null ? "" : String(from.user.id),
      // The job's own token writes as a user with a negative number.
      isBot: (from.user?.id ?? 0) < 0,
    },
    createdAt: from.created_at,
  };
}
