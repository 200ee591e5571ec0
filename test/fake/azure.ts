import { type GitStore, gitStore } from "./git-store.ts";
import { type Answer, jsonOf, member, type Request, serve, type Server, textOf } from "./server.ts";

export interface AzureUser {
  readonly id: string;
  readonly displayName: string;
  readonly mayWrite: boolean;
}

export interface Exchange {
  readonly request: Request;
  readonly answer: Answer;
}

export interface AzureFake extends Server {
  /** `{collection}/{project}`. */
  readonly serverUrl: string;
  readonly users: Map<string, AzureUser>;
  readonly git: GitStore;
  readonly pull: { readonly id: number; head: string; base: string };
  thread(author: AzureUser, content: string): void;
}

interface Thread {
  readonly id: number;
  readonly author: AzureUser;
  content: string;
  isDeleted: boolean;
}

/** Project `ml` with repository `churn` and pull request 4, after Azure DevOps' REST API 7.1. */
export async function azureFake(judge: (exchange: Exchange) => readonly string[] = () => []): Promise<AzureFake> {
  const users = new Map<string, AzureUser>();
  const git = gitStore();
  const pull = { id: 4, head: "", base: "" };
  const threads: Thread[] = [];
  const attachments = new Map<string, Uint8Array>();
  const base = "/org/ml/_apis/git/repositories/churn";
  let nextId = 70;

  function handle(request: Request): Answer {
    const answer = route(request);
    if (request.path.startsWith(base) && request.headers["authorization"] !== undefined)
      server.problems.push(...judge({ request, answer }).map((fault) => `${request.method} ${request.path}: ${fault}`));
    return answer;
  }

  function route(request: Request): Answer {
    const file = /\/attachments\/([^/]+)$/.exec(request.path)?.[1];
    const header = request.headers["authorization"];
    // What the browser of somebody who is logged in gets.
    if (file !== undefined && header === undefined && request.method === "GET") return shown(decodeURIComponent(file));
    const who = users.get(header ?? "");
    if (who === undefined)
      return {
        status: 401,
        body: "<html>Access Denied: the Personal Access Token used has expired.</html>",
        headers: { "content-type": "text/html" },
      };
    if (request.path === "/org/_apis/connectionData")
      return { status: 200, body: { authenticatedUser: { id: who.id, providerDisplayName: who.displayName } } };
    if (!request.path.startsWith(`${base}/`))
      return failure(404, "TF401019: The Git repository does not exist or you do not have permissions");
    if (request.query.get("api-version") !== "7.1") return failure(400, "No api-version was supplied");
    if (request.method !== "GET" && !who.mayWrite)
      return failure(403, "TF401027: You need the Git 'PullRequestContribute' permission to perform this action.");
    return inRepository(request, who, decodeURIComponent(request.path.slice(base.length)), file);
  }

  function inRepository(request: Request, who: AzureUser, rest: string, file: string | undefined): Answer {
    const inPull = /^\/pullRequests\/(\d+)\/(threads|attachments)(?:\/([^/]+)(?:\/comments\/(\d+))?)?$/.exec(rest);
    if (inPull !== null) {
      if (Number(inPull[1]) !== pull.id) return failure(404, "TF401180: The requested pull request was not found.");
      if (inPull[2] === "threads") return threadRoute(request, who, inPull[3], inPull[4]);
      if (request.method === "GET")
        return listed([...attachments.keys()].map((name) => ({ id: 1, displayName: name, url: address(name) })));
      const name = decodeURIComponent(file ?? "");
      if (attachments.has(name)) return failure(400, "An attachment with this name exists");
      attachments.set(name, request.bytes);
      return { status: 201, body: { id: 1, displayName: name, url: address(name) } };
    }
    if (rest === `/pullrequests/${pull.id}`) return { status: 200, body: pullShape() };
    if (/^\/pullrequests\/\d+$/.test(rest)) return failure(404, "TF401180: The requested pull request was not found.");
    if (rest === "/pullrequests") return listed([pullShape()]);
    if (rest === "/items") return item(request);
    const bases = /^\/commits\/([^/]+)\/mergebases$/.exec(rest)?.[1];
    const common = bases === undefined ? null : git.mergeBase(bases, request.query.get("otherCommitId") ?? "");
    return common === null ? failure(404, "not found") : listed([{ commitId: common }]);
  }

  function threadRoute(request: Request, who: AzureUser, id: string | undefined, comment: string | undefined): Answer {
    if (id === undefined && request.method === "GET") return listed(threads.map(threadShape));
    if (id === undefined) {
      const given = member(jsonOf(request), "comments");
      const content = textOf(Array.isArray(given) ? given[0] : undefined, "content");
      if (content.length > 150_000 || content === "") return failure(400, "The comment content is invalid");
      const thread = { id: nextId++, author: who, content, isDeleted: false };
      threads.push(thread);
      return { status: 200, body: threadShape(thread) };
    }
    const thread = threads.find((one) => one.id === Number(id) && !one.isDeleted && comment === "1");
    if (thread === undefined) return failure(404, "The requested thread was not found");
    if (request.method === "DELETE") {
      thread.isDeleted = true;
      return { status: 200 };
    }
    thread.content = textOf(jsonOf(request), "content");
    return { status: 200, body: commentShape(thread) };
  }

  function commentShape(thread: Thread): Record<string, unknown> {
    const { id, displayName } = thread.author;
    const content = thread.isDeleted ? {} : { content: thread.content };
    return {
      id: 1,
      parentCommentId: 0,
      ...content,
      author: { id, displayName },
      publishedDate: "2026-01-01T00:00:00Z",
      commentType: "text",
      isDeleted: thread.isDeleted,
    };
  }

  function threadShape(thread: Thread): Record<string, unknown> {
    return { id: thread.id, status: "closed", isDeleted: thread.isDeleted, comments: [commentShape(thread)] };
  }

  function pullShape(): Record<string, unknown> {
    return {
      pullRequestId: pull.id,
      status: "active",
      sourceRefName: "refs/heads/feature",
      targetRefName: "refs/heads/main",
      lastMergeSourceCommit: { commitId: pull.head },
      lastMergeTargetCommit: { commitId: pull.base },
    };
  }

  function item(request: Request): Answer {
    const entry = git.at(request.query.get("versionDescriptor.version") ?? "", (request.query.get("path") ?? "").slice(1));
    const bytes = entry === null ? undefined : git.bytes(entry.sha);
    return bytes === undefined
      ? failure(404, "TF401174: The item could not be found")
      : { status: 200, body: bytes, headers: { "content-type": "application/octet-stream" } };
  }

  function shown(name: string): Answer {
    const bytes = attachments.get(name);
    return bytes === undefined
      ? { status: 404, body: "" }
      : { status: 200, body: bytes, headers: { "content-type": "image/png" } };
  }

  const address = (name: string): string => `${server.url}${base}/pullRequests/${pull.id}/attachments/${name}`;
  const server = await serve(handle);
  return {
    ...server,
    serverUrl: `${server.url}/org/ml`,
    users,
    git,
    pull,
    thread: (author, content) => void threads.push({ id: nextId++, author, content, isDeleted: false }),
  };
}

function listed(value: readonly unknown[]): Answer {
  return { status: 200, body: { count: value.length, value } };
}

function failure(status: number, message: string): Answer {
  return { status, body: { $id: "1", message, typeKey: "GitException" } };
}
