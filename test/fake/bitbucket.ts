import { randomUUID } from "node:crypto";
import { type GitStore, gitStore } from "./git-store.ts";
import { type Answer, jsonOf, member, type Request, serve, type Server, textOf } from "./server.ts";

export interface User {
  readonly uuid: string;
  readonly name: string;
  /** A repository access token: may not ask who it is. */
  readonly isApp?: boolean;
  readonly mayWrite: boolean;
}

export interface BitbucketComment {
  readonly id: number;
  readonly author: User;
  body: string;
  deleted: boolean;
}

export interface BitbucketFake extends Server {
  /** Value for `apiUrl`; web pages are at `url`. */
  readonly apiUrl: string;
  /** By the whole `Authorization` header. */
  readonly users: Map<string, User>;
  readonly git: GitStore;
  readonly comments: Map<string, BitbucketComment[]>;
  readonly downloads: Map<string, Uint8Array>;
  /** Whether the app that links commits to pull requests is installed. */
  hasLinks: boolean;
  readonly pull: { readonly id: number; head: string; base: string };
  comment(place: string, author: User, body: string): void;
}

export interface Exchange {
  readonly request: Request;
  readonly answer: Answer;
}

/** One repository, `acme/churn`, with pull request 4, after Bitbucket Cloud's REST API 2.0. `judge` holds each exchange against the vendor's facts. */
export async function bitbucketFake(judge: (exchange: Exchange) => readonly string[] = () => []): Promise<BitbucketFake> {
  const users = new Map<string, User>();
  const git = gitStore();
  const comments = new Map<string, BitbucketComment[]>();
  const downloads = new Map<string, Uint8Array>();
  const pull = { id: 4, head: "", base: "" };
  const base = "/2.0/repositories/acme/churn";
  const state = { hasLinks: true };
  let nextId = 500;

  async function handle(request: Request): Promise<Answer> {
    if (!request.path.startsWith("/2.0/")) return web(request);
    const answer = await route(request);
    server.problems.push(...judge({ request, answer }).map((fault) => `${request.method} ${request.path}: ${fault}`));
    return answer;
  }

  async function route(request: Request): Promise<Answer> {
    const header = request.headers["authorization"];
    const who = header === undefined ? null : (users.get(header) ?? "unknown");
    if (who === "unknown") return failure(401, "Token is invalid, expired, or not supported for this endpoint.");
    if (request.path === "/2.0/user") {
      if (who === null) return failure(401, "Authentication required");
      return who.isApp === true ? failure(403, "This API is not accessible by this token") : { status: 200, body: user(who) };
    }
    if (!request.path.startsWith(`${base}/`)) return failure(404, "Repository not found");
    if (request.method !== "GET" && who === null) return failure(401, "Authentication required");
    if (request.method !== "GET" && who?.mayWrite !== true)
      return failure(403, "Your credentials lack one or more required privilege scopes.");
    const rest = decodeURIComponent(request.path.slice(base.length));
    const found = /^\/(pullrequests|issues|commit)\/([0-9a-f]+)\/comments(?:\/(\d+))?$/.exec(rest);
    if (found !== null && who !== null) return commentRoute(request, who, `${found[1]}/${found[2]}`, found[3]);
    if (rest === `/pullrequests/${pull.id}`) return { status: 200, body: pullShape() };
    if (rest === "/pullrequests") return page(request, [pullShape()]);
    if (/^\/commit\/[0-9a-f]+\/pullrequests$/.test(rest)) {
      if (!state.hasLinks) return failure(404, "The Pull Request Commit Links app is not installed");
      return page(request, rest.includes(pull.head) ? [pullShape()] : []);
    }
    if (rest === "/downloads" && request.method === "POST") return upload(request);
    const source = /^\/src\/([^/]+)\/(.+)$/.exec(rest);
    if (source !== null) return file(source[1] ?? "", source[2] ?? "");
    const range = /^\/merge-base\/(.+)\.\.(.+)$/.exec(rest);
    const common = range === null ? null : git.mergeBase(range[1] ?? "", range[2] ?? "");
    return common === null ? failure(404, "Not found") : { status: 200, body: { type: "commit", hash: common } };
  }

  function commentRoute(request: Request, who: User, place: string, id: string | undefined): Answer {
    const [kind = "", value = ""] = place.split("/");
    const isThere = kind === "commit" ? git.kind(value) === "commit" : Number(value) === pull.id || comments.has(place);
    if (!isThere) return failure(404, "Not found");
    const all = comments.get(place) ?? [];
    if (id === undefined && request.method === "GET")
      return page(
        request,
        all.map((one) => shape(place, one)),
      );
    const comment = id === undefined ? undefined : all.find((one) => one.id === Number(id) && !one.deleted);
    if (id !== undefined && comment === undefined) return failure(404, "Comment not found");
    if (request.method === "DELETE" && comment !== undefined) {
      comment.deleted = true;
      comment.body = "";
      return { status: 204 };
    }
    const raw = textOf(member(jsonOf(request), "content"), "raw");
    if (raw.trim() === "") return failure(400, "content: This field is required.");
    if ([...raw].length > 32_768)
      return {
        status: 400,
        body: "<!DOCTYPE html><title>Something went wrong</title>",
        headers: { "content-type": "text/html" },
      };
    if (comment !== undefined) {
      comment.body = raw;
      // Of commits 201, by the vendor's description.
      return { status: kind === "commit" ? 201 : 200, body: shape(place, comment) };
    }
    const made = { id: nextId++, author: who, body: raw, deleted: false };
    comments.set(place, [...all, made]);
    return { status: 201, body: shape(place, made) };
  }

  function shape(place: string, comment: BitbucketComment): Record<string, unknown> {
    const [kind = "", value = ""] = place.split("/");
    const web = kind === "pullrequests" ? `pull-requests/${value}` : kind === "issues" ? `issues/${value}` : `commits/${value}`;
    return {
      type: { pullrequests: "pullrequest_comment", issues: "issue_comment", commit: "commit_comment" }[kind],
      id: comment.id,
      content: { raw: comment.body, markup: "markdown", html: "" },
      user: user(comment.author),
      deleted: comment.deleted,
      created_on: date(comment.id),
      updated_on: date(comment.id),
      links: {
        self: { href: `${server.url}${base}/x` },
        html: { href: `${server.url}/acme/churn/${web}#comment-${comment.id}` },
      },
    };
  }

  function user(of: User): Record<string, unknown> {
    return {
      type: of.isApp === true ? "app_user" : "user",
      uuid: of.uuid,
      display_name: of.name,
      created_on: date(1),
      links: {},
    };
  }

  function pullShape(): Record<string, unknown> {
    const side = (name: string, hash: string) => ({
      branch: { name },
      commit: { hash: hash.slice(0, 12) },
      repository: { full_name: "acme/churn", type: "repository" },
    });
    return {
      type: "pullrequest",
      id: pull.id,
      title: "A change",
      state: "OPEN",
      source: side("feature", pull.head),
      destination: side("main", pull.base),
      links: {
        self: { href: `${server.url}${base}/pullrequests/${pull.id}` },
        html: { href: `${server.url}/acme/churn/pull-requests/${pull.id}` },
      },
    };
  }

  /** The next page is an address to be followed as it is. */
  function page(request: Request, items: readonly unknown[]): Answer {
    const size = Math.min(100, Number(request.query.get("pagelen") ?? 10));
    const number = Number(request.query.get("page") ?? 1);
    const query = new URLSearchParams({ ...Object.fromEntries(request.query), page: String(number + 1), pagelen: String(size) });
    const more = number * size < items.length ? { next: `${server.url}${request.path}?${query}` } : {};
    return {
      status: 200,
      body: { size: items.length, page: number, pagelen: size, values: items.slice((number - 1) * size, number * size), ...more },
    };
  }

  async function upload(request: Request): Promise<Answer> {
    const headers = { "content-type": request.headers["content-type"] ?? "" };
    const form = await new Response(new Uint8Array(request.bytes), { headers }).formData();
    const given = form.get("files") ?? "";
    if (typeof given === "string") return failure(400, "files is required");
    downloads.set(given.name, new Uint8Array(await given.arrayBuffer()));
    return { status: 201 };
  }

  function file(revision: string, path: string): Answer {
    const sha = git.kind(revision) === "commit" ? revision : git.refs.get(`refs/heads/${revision}`);
    const entry = sha === undefined ? null : git.at(sha, path);
    const bytes = entry === null ? undefined : git.bytes(entry.sha);
    return bytes === undefined
      ? failure(404, "No such file or directory")
      : { status: 200, body: bytes, headers: { "content-type": "text/plain" } };
  }

  function web(request: Request): Answer {
    const bytes = downloads.get(decodeURIComponent(request.path.replace("/acme/churn/downloads/", "")));
    return bytes === undefined
      ? { status: 404, body: "not found" }
      : { status: 200, body: bytes, headers: { "content-type": "image/png" } };
  }

  const server = await serve(handle);
  return Object.assign(state, server, {
    apiUrl: `${server.url}/2.0`,
    users,
    git,
    comments,
    downloads,
    pull,
    comment(place: string, author: User, body: string) {
      comments.set(place, [...(comments.get(place) ?? []), { id: nextId++, author, body, deleted: false }]);
    },
  });
}

export function person(name: string, mayWrite = true): User {
  return { uuid: `{${randomUUID()}}`, name, mayWrite };
}

function failure(status: number, message: string): Answer {
  return { status, body: { type: "error", error: { message } } };
}

function date(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
}
