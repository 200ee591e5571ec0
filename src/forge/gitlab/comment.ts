import type { InferOutput } from "valibot";
import { decode } from "../../core/decode.ts";
import { InputError } from "../../core/error.ts";
import type { Comment, Comments, CommentTarget, Repository } from "../contract.ts";
import { type Purpose, statusOf } from "../failure.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/**
 * Notes of merge requests and issues: https://docs.gitlab.com/api/notes/. On commits they are notes of discussions, because the plain
 * comments of a commit have no id to change them by: https://docs.gitlab.com/api/discussions/#commits. Their id here is `discussion/note`.
 */
export function comments(client: Client, repository: Repository): Comments {
  function purpose(verb: string, target: CommentTarget): Purpose {
    return { what: `${verb} ${name(target)} of ${repository.owner}/${repository.name}`, needs: "api" };
  }
  async function* list(target: CommentTarget, signal: AbortSignal): AsyncIterable<Comment> {
    const reason = purpose("list comments on", target);
    if (target.kind === "commit") {
      for await (const page of client.pages(collection(target), { signal }, reason)) {
        for (const thread of decode(wire.discussions, page.json(), "discussions of GitLab"))
          yield* thread.notes.filter((note) => note.system !== true).map((note) => plain(note, target, thread.id));
      }
      return;
    }
    const query = { sort: "asc", order_by: "created_at" };
    for await (const page of client.pages(collection(target), { signal, query }, reason)) {
      yield* decode(wire.notes, page.json(), "notes of GitLab")
        .filter((note) => note.system !== true)
        .map((note) => plain(note, target));
    }
  }
  return {
    list,
    async create(target, body, signal) {
      const call = { method: "POST", json: { body }, signal } as const;
      const answer = await orTooLong(client.request(collection(target), call, purpose("comment on", target)));
      if (target.kind !== "commit") return plain(decode(wire.note, answer.json(), "note of GitLab"), target);
      const thread = decode(wire.discussion, answer.json(), "discussion of GitLab");
      const [note] = thread.notes;
      if (note === undefined) throw new InputError("GitLab made a discussion without a note");
      return plain(note, target, thread.id);
    },
    async update(target, id, body, signal) {
      const call = { method: "PUT", json: { body }, signal, allow: [404] } as const;
      const answer = await orTooLong(client.request(single(target, id), call, purpose("edit a comment on", target)));
      if (answer.status === 404) return null;
      return plain(decode(wire.note, answer.json(), "note of GitLab"), target, thread(id));
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

  function plain(from: InferOutput<typeof wire.note>, target: CommentTarget, threadId?: string): Comment {
    const username = from.author?.username ?? "";
    return {
      id: threadId === undefined ? String(from.id) : `${threadId}/${from.id}`,
      body: from.body ?? "",
      url: `${repository.url}/-/${page(target)}#note_${from.id}`,
      author: {
        login: username,
        id: from.author === null ? "" : String(from.author.id),
        isBot: /^(?:project|group)_\d+_bot/.test(username),
      },
      createdAt: from.created_at,
    };
  }
}

function collection(target: CommentTarget): string {
  if (target.kind === "commit") return `/repository/commits/${encodeURIComponent(target.sha)}/discussions`;
  return `/${target.kind === "pull" ? "merge_requests" : "issues"}/${target.number}/notes`;
}

function single(target: CommentTarget, id: string): string {
  if (target.kind !== "commit") return `${collection(target)}/${encodeURIComponent(id)}`;
  return `${collection(target)}/${encodeURIComponent(thread(id) ?? "")}/notes/${encodeURIComponent(id.split("/")[1] ?? "")}`;
}

function thread(id: string): string | undefined {
  return id.includes("/") ? id.split("/")[0] : undefined;
}

function page(target: CommentTarget): string {
  if (target.kind === "commit") return `commit/${target.sha}`;
  return `${target.kind === "pull" ? "merge_requests" : "issues"}/${target.number}`;
}

function name(target: CommentTarget): string {
  if (target.kind === "commit") return `commit ${target.sha.slice(0, 7)}`;
  return `${target.kind === "pull" ? "merge request" : "issue"} ${target.number}`;
}

/** GitLab says 400 where other forges say 422. */
async function orTooLong<T>(action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    if (!(error instanceof InputError) || statusOf(error) !== 400 || !/too long/i.test(error.message)) throw error;
    throw new InputError(error.message, { cause: error.cause, hint: error.hint, details: { ...error.details, status: 422 } });
  }
}
