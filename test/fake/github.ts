import { filled, objections } from "./github-oracle.ts";
import { type GitStore, gitStore, type TreeEntry } from "./git-store.ts";
import { type Answer, jsonOf, member, type Request, serve, type Server, textOf } from "./server.ts";

/** Whose token a request carries, and what it may do. */
export interface Account {
  readonly login: string;
  readonly id: number;
  /** A job's own token: no `/user`, writes as a bot. */
  readonly isInstallation?: boolean;
  readonly may: Readonly<Partial<Record<Permission, "read" | "write">>>;
}

export type Permission = "issues" | "pull_requests" | "contents" | "checks" | "actions";

export interface StoredComment {
  readonly id: number;
  readonly author: Account;
  body: string;
  edits: number;
}

export interface StoredPull {
  readonly number: number;
  state: "open" | "closed";
  readonly merged?: boolean;
  readonly title?: string;
  /** How it was merged, or is to be. */
  mergedBy?: string;
  readonly head: { readonly sha: string; readonly ref: string; readonly repository: string };
  readonly base: { readonly sha: string; readonly ref: string };
  /** The commit is in this repository too; one that lives only in a fork is not found by `commits/{sha}/pulls`. */
  readonly inFork?: boolean;
}

export interface StoredRepository {
  readonly slug: string;
  readonly isPrivate: boolean;
  readonly git: GitStore;
  readonly pulls: Map<number, StoredPull>;
  /** Comments by `issue/N` or `commit/SHA`. */
  readonly comments: Map<string, StoredComment[]>;
  readonly checks: StoredCheck[];
  readonly runs: Map<string, { status: string; readonly asked: string[] }>;
  /** Refs of this form are refused, as a ruleset does. */
  refuse?: RegExp;
  /** Commit comments of the job's own token cannot be edited: `commit_id has been locked`. */
  isLocked?: boolean;
  mayNotCreatePulls?: boolean;
  /** Whether pull requests may wait for their checks. */
  hasAutoMerge?: boolean;
}

export interface StoredCheck {
  readonly id: number;
  readonly sha: string;
  readonly fields: Record<string, unknown>;
}

export interface GitHubFakeOptions {
  /** `/api/v3` for Enterprise Server, empty for github.com. */
  readonly prefix?: string;
  /** Bytes of a comment, as measured on github.com; code points on Enterprise Server. */
  readonly limit?: { readonly bytes: number } | { readonly codePoints: number };
}

export interface GitHubFake extends Server {
  /** Value of `GITHUB_API_URL`; `url` is that of `GITHUB_SERVER_URL`. */
  readonly apiUrl: string;
  readonly accounts: Map<string, Account>;
  readonly repositories: Map<string, StoredRepository>;
  repository(slug: string, options?: { readonly isPrivate?: boolean }): StoredRepository;
  /** Adds a comment as if posted by somebody else. */
  comment(slug: string, place: string, author: Account, body: string): StoredComment;
  comments(slug: string, place: string): readonly StoredComment[];
  /** Requests that changed something. */
  writes(): readonly Request[];
}

export const everything = {
  issues: "write",
  pull_requests: "write",
  contents: "write",
  checks: "write",
  actions: "write",
} as const;
export const bot: Account = { login: "github-actions[bot]", id: 41898282, isInstallation: true, may: everything };
export const person: Account = { login: "octocat", id: 583231, may: everything };

/**
 * GitHub's REST API as far as reports need it, from state, strict: every request and every answer is held against the vendor's description, and
 * `close()` throws when either was wrong. Object ids are Git's own; refs move forward only; lists are paged by `Link`.
 */
export async function githubFake(options: GitHubFakeOptions = {}): Promise<GitHubFake> {
  const prefix = options.prefix ?? "";
  const limit = options.limit ?? { bytes: 262_144 };
  const accounts = new Map<string, Account>();
  const repositories = new Map<string, StoredRepository>();
  let nextId = 1000;
  const problems: string[] = [];

  function handle(request: Request, url: string): Answer {
    const api = url + prefix;
    if (request.path.endsWith("/graphql")) return graphql(request);
    if (!request.path.startsWith(`${prefix}/`) || (prefix === "" && /\/(?:blob|raw)\//.test(request.path))) return web(request);
    const path = request.path.slice(prefix.length);
    const answer = route(request, path, api);
    judge(request, path, answer);
    return { ...answer, headers: { "x-github-request-id": `FAKE:${server.log.length}`, ...answer.headers } };
  }

  function judge(request: Request, path: string, answer: Answer): void {
    if (request.headers["user-agent"] === undefined) problems.push(`${request.method} ${path}: no User-Agent`);
    if (request.headers["x-github-api-version"] === undefined && !isOctokit(request))
      problems.push(`${request.method} ${path}: no API version`);
    if (request.query.toString().includes("token")) problems.push(`${request.method} ${path}: a token in the query`);
    // Seen on github.com, not in the description.
    if (request.method === "PATCH" && answer.status === 422 && /^\/repos\/[^/]+\/[^/]+\/comments\/\d+$/.test(path)) return;
    // Not in the slice, and used only where a comment is locked.
    if (request.method === "DELETE" && /\/comments\/\d+$/.test(path) && !path.includes("/issues/")) return;
    const isJson = typeof answer.body !== "string" && !(answer.body instanceof Uint8Array);
    problems.push(
      ...objections({
        method: request.method,
        path: decodeURIComponent(path),
        query: request.query,
        request: jsonOf(request),
        status: answer.status,
        answer: isJson ? answer.body : undefined,
      }),
    );
  }

  const isOctokit = (request: Request) => request.headers["user-agent"]?.startsWith("octokit") === true;

  function account(request: Request): Account | "unknown" | null {
    const header = request.headers["authorization"];
    if (header === undefined) return null;
    const token = /^(?:bearer|token) (.+)$/i.exec(header)?.[1] ?? "";
    return accounts.get(token) ?? "unknown";
  }

  function route(request: Request, path: string, api: string): Answer {
    const who = account(request);
    if (who === "unknown") return failure(401, "Bad credentials");
    if (path === "/user") {
      if (who === null) return failure(401, "Requires authentication");
      if (who.isInstallation === true) return failure(403, "Resource not accessible by integration");
      return { status: 200, body: filled("GET", "/user", 200, user(who)) };
    }
    const found = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/.exec(path);
    const repository = repositories.get(decodeURIComponent(`${found?.[1]}/${found?.[2]}`).toLowerCase());
    if (found === null || repository === undefined || (repository.isPrivate && who === null)) return failure(404, "Not Found");
    const call: Call = { request, repository, who, api, rest: decodeURIComponent(found[3] ?? ""), json: jsonOf(request) };
    for (const [method, pattern, permission, action] of routes) {
      const match = pattern.exec(call.rest);
      if (method !== request.method || match === null) continue;
      const refused = forbidden(call, permission);
      return (
        refused ??
        action(
          call,
          match.slice(1).map((part) => part ?? ""),
        )
      );
    }
    return failure(404, "Not Found");
  }

  interface Call {
    readonly request: Request;
    readonly repository: StoredRepository;
    readonly who: Account | null;
    readonly api: string;
    readonly rest: string;
    readonly json: unknown;
  }

  type Needs = readonly Permission[] | null;

  function forbidden({ request, repository, who }: Call, needs: Needs): Answer | null {
    const isWrite = request.method !== "GET";
    if (needs === null || (!isWrite && !repository.isPrivate)) return null;
    if (who === null) return failure(401, "Requires authentication");
    const may = needs.some((permission) => who.may[permission] === "write" || (!isWrite && who.may[permission] === "read"));
    if (may) return null;
    return failure(
      403,
      who.isInstallation === true ? "Resource not accessible by integration" : "Resource not accessible by personal access token",
    );
  }

  const comments: Needs = ["issues", "pull_requests"];
  const routes: readonly (readonly [string, RegExp, Needs, (call: Call, match: readonly string[]) => Answer])[] = [
    [
      "GET",
      /^$/,
      ["contents"],
      ({ repository, api }) => ({
        status: 200,
        body: filled("GET", "/repos/{owner}/{repo}", 200, repositoryShape(repository.slug, api)),
      }),
    ],
    ["GET", /^\/issues\/(\d+)\/comments$/, comments, (call, [number = ""]) => list(call, `issue/${number}`)],
    ["POST", /^\/issues\/(\d+)\/comments$/, comments, (call, [number = ""]) => create(call, `issue/${number}`)],
    ["GET", /^\/issues\/comments\/(\d+)$/, comments, (call, [id = ""]) => one(call, "issue", id)],
    ["PATCH", /^\/issues\/comments\/(\d+)$/, comments, (call, [id = ""]) => edit(call, "issue", id)],
    ["DELETE", /^\/issues\/comments\/(\d+)$/, comments, (call, [id = ""]) => remove(call, "issue", id)],
    ["GET", /^\/commits\/([0-9a-f]{40})\/comments$/, ["contents"], (call, [sha = ""]) => list(call, `commit/${sha}`)],
    ["POST", /^\/commits\/([0-9a-f]{40})\/comments$/, ["contents"], (call, [sha = ""]) => create(call, `commit/${sha}`)],
    ["PATCH", /^\/comments\/(\d+)$/, ["contents"], (call, [id = ""]) => edit(call, "commit", id)],
    ["DELETE", /^\/comments\/(\d+)$/, ["contents"], (call, [id = ""]) => remove(call, "commit", id)],
    ["GET", /^\/commits\/([0-9a-f]{40})\/pulls$/, ["pull_requests"], (call, [sha = ""]) => pullsOfCommit(call, sha)],
    ["GET", /^\/pulls$/, ["pull_requests"], pullList],
    ["POST", /^\/pulls$/, ["pull_requests"], pullCreate],
    ["PUT", /^\/pulls\/(\d+)\/merge$/, ["contents"], (call, [number = ""]) => pullMerge(call, Number(number))],
    ["GET", /^\/pulls\/(\d+)$/, ["pull_requests"], (call, [number = ""]) => pullOne(call, Number(number))],
    ["GET", /^\/commits\/([^/]+)\/check-runs$/, ["checks"], (call, [sha = ""]) => checkList(call, sha)],
    ["POST", /^\/check-runs$/, ["checks"], checkCreate],
    ["PATCH", /^\/check-runs\/(\d+)$/, ["checks"], (call, [id = ""]) => checkEdit(call, id)],
    ["POST", /^\/git\/blobs$/, ["contents"], blobCreate],
    ["GET", /^\/git\/blobs\/([0-9a-f]{40})$/, ["contents"], (call, [sha = ""]) => blobOne(call, sha)],
    ["POST", /^\/git\/trees$/, ["contents"], treeCreate],
    ["POST", /^\/git\/commits$/, ["contents"], commitCreate],
    ["GET", /^\/git\/commits\/([0-9a-f]{40})$/, ["contents"], (call, [sha = ""]) => commitOne(call, sha)],
    ["POST", /^\/git\/refs$/, ["contents"], refCreate],
    ["GET", /^\/git\/ref\/(.+)$/, ["contents"], (call, [name = ""]) => refOne(call, `refs/${name}`)],
    ["GET", /^\/git\/matching-refs\/(.+)$/, ["contents"], (call, [name = ""]) => refsMatching(call, `refs/${name}`)],
    ["PATCH", /^\/git\/(refs\/.+)$/, ["contents"], (call, [name = ""]) => refMove(call, name)],
    ["DELETE", /^\/git\/(refs\/.+)$/, ["contents"], (call, [name = ""]) => refRemove(call, name)],
    ["GET", /^\/actions\/runs\/(\d+)$/, null, (call, [id = ""]) => runOne(call, id)],
    [
      "POST",
      /^\/actions\/runs\/(\d+)\/(rerun|rerun-failed-jobs)$/,
      ["actions"],
      (call, [id = "", what = ""]) => runAgain(call, id, what),
    ],
    ["GET", /^\/contents\/(.*)$/, ["contents"], (call, [path = ""]) => contents(call, path)],
    ["GET", /^\/compare\/(.+)\.\.\.(.+)$/, ["contents"], (call, [base = "", head = ""]) => compare(call, base, head)],
  ];

  // --- comments

  function commentShape(call: Call, place: string, comment: StoredComment): unknown {
    const [kind = "", value = ""] = place.split("/");
    const web = `${server.url}/${call.repository.slug}`;
    const common = {
      id: comment.id,
      body: comment.body,
      user: user(comment.author),
      created_at: date(comment.id),
      updated_at: date(comment.id + comment.edits),
    };
    if (kind === "commit") {
      const known = { ...common, commit_id: value, html_url: `${web}/commit/${value}#commitcomment-${comment.id}` };
      return filled("POST", "/repos/{owner}/{repo}/commits/{commit_sha}/comments", 201, known);
    }
    const noun = call.repository.pulls.has(Number(value)) ? "pull" : "issues";
    return filled("POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments", 201, {
      ...common,
      html_url: `${web}/${noun}/${value}#issuecomment-${comment.id}`,
    });
  }

  function exists(call: Call, place: string): boolean {
    const [kind = "", value = ""] = place.split("/");
    if (kind === "commit")
      return (
        call.repository.git.kind(value) === "commit" ||
        [...call.repository.pulls.values()].some((pull) => pull.head.sha === value)
      );
    return call.repository.pulls.has(Number(value)) || call.repository.comments.has(place);
  }

  function list(call: Call, place: string): Answer {
    if (!exists(call, place)) return failure(404, "Not Found");
    return page(
      call,
      (call.repository.comments.get(place) ?? []).map((comment) => commentShape(call, place, comment)),
    );
  }

  function tooLong(body: string): boolean {
    return "bytes" in limit ? new TextEncoder().encode(body).length > limit.bytes : [...body].length > limit.codePoints;
  }

  function refusal(body: unknown): Answer | null {
    if (typeof body !== "string" || body.trim() === "") return invalid("Body can't be blank");
    return tooLong(body) ? invalid("Body is too long (maximum is 65536 characters)") : null;
  }

  function create(call: Call, place: string): Answer {
    if (!exists(call, place))
      return place.startsWith("commit/") ? invalid(`No commit found for SHA: ${place.slice(7)}`) : failure(404, "Not Found");
    const body = member(call.json, "body");
    const refused = refusal(body);
    if (refused !== null || call.who === null) return refused ?? failure(401, "Requires authentication");
    const comment = { id: nextId++, author: call.who, body: String(body), edits: 0 };
    call.repository.comments.set(place, [...(call.repository.comments.get(place) ?? []), comment]);
    return { status: 201, body: commentShape(call, place, comment) };
  }

  function locate(call: Call, kind: string, id: string): { place: string; comment: StoredComment } | null {
    for (const [place, all] of call.repository.comments) {
      const comment = place.startsWith(`${kind}/`) ? all.find((each) => each.id === Number(id)) : undefined;
      if (comment !== undefined) return { place, comment };
    }
    return null;
  }

  function one(call: Call, kind: string, id: string): Answer {
    const found = locate(call, kind, id);
    return found === null ? failure(404, "Not Found") : { status: 200, body: commentShape(call, found.place, found.comment) };
  }

  function edit(call: Call, kind: string, id: string): Answer {
    const found = locate(call, kind, id);
    if (found === null) return failure(404, "Not Found");
    if (kind === "commit" && call.repository.isLocked === true) return invalid("commit_id has been locked");
    const body = member(call.json, "body");
    const refused = refusal(body);
    if (refused !== null) return refused;
    found.comment.body = String(body);
    found.comment.edits++;
    return { status: 200, body: commentShape(call, found.place, found.comment) };
  }

  function remove(call: Call, kind: string, id: string): Answer {
    const found = locate(call, kind, id);
    if (found === null) return failure(404, "Not Found");
    const all = call.repository.comments.get(found.place) ?? [];
    call.repository.comments.set(
      found.place,
      all.filter((comment) => comment !== found.comment),
    );
    return { status: 204 };
  }

  // --- pull requests

  function pullShape(call: Call, pull: StoredPull, method = "/repos/{owner}/{repo}/pulls/{pull_number}"): unknown {
    const side = (of: { sha: string; ref: string }, slug: string) => ({
      sha: of.sha,
      ref: of.ref,
      label: of.ref,
      repo: repositoryShape(slug, call.api),
    });
    const known = {
      id: pull.number,
      number: pull.number,
      node_id: `PR_${pull.number}`,
      state: pull.state,
      merged_at: pull.merged === true ? date(pull.number) : null,
      html_url: `${server.url}/${call.repository.slug}/pull/${pull.number}`,
      head: side(pull.head, pull.head.repository),
      base: side(pull.base, call.repository.slug),
      user: user(person),
    };
    const isList = method !== "/repos/{owner}/{repo}/pulls/{pull_number}";
    const made = filled("GET", method, 200, isList ? [known] : known);
    return Array.isArray(made) ? made[0] : made;
  }

  function pullsOfCommit(call: Call, sha: string): Answer {
    const pulls = [...call.repository.pulls.values()].filter((pull) => pull.head.sha === sha && pull.inFork !== true);
    return page(
      call,
      pulls.map((pull) => pullShape(call, pull, "/repos/{owner}/{repo}/commits/{commit_sha}/pulls")),
    );
  }

  function pullList(call: Call): Answer {
    const state = call.request.query.get("state") ?? "open";
    const head = call.request.query.get("head");
    const pulls = [...call.repository.pulls.values()].filter(
      (pull) =>
        (state === "all" || pull.state === state) &&
        (head === null || `${pull.head.repository.split("/")[0]}:${pull.head.ref}` === head),
    );
    return page(
      call,
      pulls.map((pull) => pullShape(call, pull, "/repos/{owner}/{repo}/pulls")),
    );
  }

  function pullCreate(call: Call): Answer {
    if (call.repository.mayNotCreatePulls === true)
      return failure(403, "GitHub Actions is not permitted to create or approve pull requests.");
    const [head, base] = [textOf(call.json, "head"), textOf(call.json, "base")];
    const pulls = [...call.repository.pulls.values()];
    if (pulls.some((pull) => pull.state === "open" && pull.head.ref === head && pull.base.ref === base))
      return invalid(`A pull request already exists for ${call.repository.slug.split("/")[0]}:${head}.`);
    const pull: StoredPull = {
      number: 100 + pulls.length,
      state: "open",
      head: { sha: "0".repeat(40), ref: head, repository: call.repository.slug },
      base: { sha: "0".repeat(40), ref: base },
      title: textOf(call.json, "title"),
    };
    call.repository.pulls.set(pull.number, pull);
    return { status: 201, body: pullShape(call, pull) };
  }

  function pullMerge(call: Call, number: number): Answer {
    const pull = call.repository.pulls.get(number);
    if (pull === undefined) return failure(404, "Not Found");
    if (pull.state !== "open") return failure(405, "Pull Request is not mergeable");
    pull.state = "closed";
    pull.mergedBy = textOf(call.json, "merge_method");
    return {
      status: 200,
      body: filled("PUT", "/repos/{owner}/{repo}/pulls/{pull_number}/merge", 200, {
        merged: true,
        message: "merged",
        sha: pull.head.sha,
      }),
    };
  }

  function pullOne(call: Call, number: number): Answer {
    const pull = call.repository.pulls.get(number);
    return pull === undefined ? failure(404, "Not Found") : { status: 200, body: pullShape(call, pull) };
  }

  // --- checks

  function checkShape(call: Call, check: StoredCheck): Record<string, unknown> {
    return {
      id: check.id,
      head_sha: check.sha,
      html_url: `${server.url}/${call.repository.slug}/runs/${check.id}`,
      ...check.fields,
      conclusion: check.fields["conclusion"] ?? null,
      output: { title: textOf(check.fields["output"], "title"), summary: textOf(check.fields["output"], "summary"), text: null },
    };
  }

  function checkList(call: Call, sha: string): Answer {
    const name = call.request.query.get("check_name");
    const found = call.repository.checks.filter((check) => check.sha === sha && (name === null || check.fields["name"] === name));
    const shapes = found.map((check) => checkShape(call, check));
    return {
      status: 200,
      body: filled("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", 200, {
        total_count: shapes.length,
        check_runs: shapes,
      }),
    };
  }

  function checkCreate(call: Call): Answer {
    if (call.who?.isInstallation !== true) return failure(403, "You must authenticate via a GitHub App.");
    const fields = fieldsOf(call.json);
    if (fields["status"] === "completed" && fields["conclusion"] === undefined) return invalid("conclusion is missing");
    if (textOf(fields["output"], "summary").length > 65_535) return invalid("Only 65535 characters are allowed");
    const { head_sha: sha, ...rest } = fields;
    const check = { id: nextId++, sha: String(sha), fields: rest };
    call.repository.checks.push(check);
    return { status: 201, body: filled("POST", "/repos/{owner}/{repo}/check-runs", 201, checkShape(call, check)) };
  }

  function checkEdit(call: Call, id: string): Answer {
    const check = call.repository.checks.find((each) => each.id === Number(id));
    if (check === undefined) return failure(404, "Not Found");
    Object.assign(check.fields, fieldsOf(call.json));
    return {
      status: 200,
      body: filled("PATCH", "/repos/{owner}/{repo}/check-runs/{check_run_id}", 200, checkShape(call, check)),
    };
  }

  // --- Git data

  const object = (call: Call, sha: string, kind = "commit") => ({
    type: kind,
    sha,
    url: `${call.api}/repos/${call.repository.slug}/git/${kind}s/${sha}`,
  });

  function blobCreate(call: Call): Answer {
    const encoding = textOf(call.json, "encoding") === "base64" ? "base64" : "utf8";
    const sha = call.repository.git.blob(new Uint8Array(Buffer.from(textOf(call.json, "content"), encoding)));
    return { status: 201, body: { sha, url: object(call, sha, "blob").url } };
  }

  function blobOne(call: Call, sha: string): Answer {
    const bytes = call.repository.git.bytes(sha);
    if (bytes === undefined) return failure(404, "Not Found");
    const known = { sha, size: bytes.length, content: Buffer.from(bytes).toString("base64"), encoding: "base64" };
    return { status: 200, body: filled("GET", "/repos/{owner}/{repo}/git/blobs/{file_sha}", 200, known) };
  }

  function treeCreate(call: Call): Answer {
    const { git } = call.repository;
    const base = member(call.json, "base_tree");
    const baseTree =
      typeof base !== "string" ? null : (git.commitOf(base)?.tree ?? (git.kind(base) === "tree" ? base : undefined));
    if (baseTree === undefined) return invalid("Base tree is not a tree");
    const given = member(call.json, "tree");
    const entries: TreeEntry[] = [];
    for (const item of Array.isArray(given) ? given : []) {
      const sha =
        typeof member(item, "content") === "string" ? git.blob(Buffer.from(textOf(item, "content"))) : textOf(item, "sha");
      if (git.kind(sha) === undefined) return invalid(`tree.sha ${sha} is not a valid blob`);
      const path = textOf(item, "path");
      if (path.startsWith("/") || path.split("/").some((part) => part === "" || part === ".." || part === "." || part === ".git"))
        return invalid("tree.path contains a malformed path component");
      entries.push({ path, mode: textOf(item, "mode"), sha });
    }
    if (entries.length === 0) return invalid("Invalid tree info");
    const sha = git.tree(baseTree, entries);
    const tree = git.entries(sha).map((entry) => ({ ...entry, type: entry.mode === "040000" ? "tree" : "blob" }));
    return { status: 201, body: filled("POST", "/repos/{owner}/{repo}/git/trees", 201, { sha, tree, truncated: false }) };
  }

  function commitShape(call: Call, sha: string): unknown {
    const commit = call.repository.git.commitOf(sha);
    const who = { name: commit?.name ?? "GitHub", email: commit?.email ?? "noreply@github.com", date: date(1) };
    return filled("POST", "/repos/{owner}/{repo}/git/commits", 201, {
      sha,
      message: commit?.message,
      tree: { sha: commit?.tree },
      parents: (commit?.parents ?? []).map((parent) => ({ sha: parent })),
      author: who,
      committer: who,
    });
  }

  function commitCreate(call: Call): Answer {
    const { git } = call.repository;
    const tree = textOf(call.json, "tree");
    const given = member(call.json, "parents");
    const parents = (Array.isArray(given) ? given : []).map(String);
    if (git.kind(tree) !== "tree") return invalid("Tree SHA does not exist");
    if (parents.some((parent) => git.kind(parent) !== "commit"))
      return invalid("Parent SHA does not exist or is not a commit object");
    const author = member(call.json, "author");
    const sha = git.commit({
      message: textOf(call.json, "message"),
      tree,
      parents,
      name: textOf(author, "name"),
      email: textOf(author, "email"),
    });
    return { status: 201, body: commitShape(call, sha) };
  }

  function commitOne(call: Call, sha: string): Answer {
    return call.repository.git.commitOf(sha) === undefined
      ? failure(404, "Not Found")
      : { status: 200, body: commitShape(call, sha) };
  }

  function refShape(call: Call, ref: string): unknown {
    return filled("POST", "/repos/{owner}/{repo}/git/refs", 201, {
      ref,
      object: object(call, call.repository.git.refs.get(ref) ?? ""),
    });
  }

  function refCreate(call: Call): Answer {
    const { git, refuse } = call.repository;
    const ref = textOf(call.json, "ref");
    const sha = textOf(call.json, "sha");
    if (!/^refs\/[^/]+\/.+/.test(ref) || /\.\.|[~^:?*[\\\s]|\/\/|\/$|\.lock$/.test(ref))
      return invalid("Reference name must start with `refs/` and have two slashes");
    if (refuse?.test(ref) === true)
      return invalid("Repository rule violations found: Cannot create ref due to creations being restricted.");
    if (git.kind(sha) === undefined) return invalid("Object does not exist");
    if (git.refs.has(ref)) return invalid("Reference already exists");
    git.refs.set(ref, sha);
    return { status: 201, body: refShape(call, ref) };
  }

  function refOne(call: Call, ref: string): Answer {
    return call.repository.git.refs.has(ref) ? { status: 200, body: refShape(call, ref) } : failure(404, "Not Found");
  }

  function refsMatching(call: Call, start: string): Answer {
    return {
      status: 200,
      body: [...call.repository.git.refs.keys()].filter((ref) => ref.startsWith(start)).map((ref) => refShape(call, ref)),
    };
  }

  function refMove(call: Call, ref: string): Answer {
    const { git } = call.repository;
    const sha = textOf(call.json, "sha");
    const old = git.refs.get(ref);
    if (old === undefined) return invalid("Reference does not exist");
    if (git.kind(sha) === undefined) return invalid("Object does not exist");
    if (member(call.json, "force") !== true && !git.isAncestor(old, sha)) return invalid("Update is not a fast forward");
    git.refs.set(ref, sha);
    return { status: 200, body: refShape(call, ref) };
  }

  function refRemove(call: Call, ref: string): Answer {
    return call.repository.git.refs.delete(ref) ? { status: 204 } : invalid("Reference does not exist");
  }

  // --- runs

  function runOne(call: Call, id: string): Answer {
    const run = call.repository.runs.get(id);
    if (run === undefined) return failure(404, "Not Found");
    return {
      status: 200,
      body: filled("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}", 200, { id: Number(id), status: run.status }),
    };
  }

  function runAgain(call: Call, id: string, what: string): Answer {
    const run = call.repository.runs.get(id);
    if (run === undefined) return failure(404, "Not Found");
    if (run.status !== "completed") return failure(403, "This workflow run is not over: it cannot be retried");
    run.status = "queued";
    run.asked.push(what);
    return { status: 201, body: {} };
  }

  // --- files

  function revision(call: Call, name: string): string | undefined {
    const { git } = call.repository;
    return git.kind(name) === "commit" ? name : (git.refs.get(`refs/heads/${name}`) ?? git.refs.get(name));
  }

  function contents(call: Call, path: string): Answer {
    const { git } = call.repository;
    const sha = revision(call, call.request.query.get("ref") ?? "main");
    const entry = sha === undefined ? null : git.at(sha, path);
    if (entry === null) return failure(404, "Not Found");
    const shape = (of: TreeEntry, at: string) => ({
      name: of.path,
      path: at,
      sha: of.sha,
      type: of.mode === "040000" ? "dir" : "file",
      size: git.bytes(of.sha)?.length ?? 0,
    });
    if (entry.mode === "040000") {
      const inside = git.entries(entry.sha).map((each) => shape(each, `${path}/${each.path}`));
      // One folder's listing ends at a thousand entries.
      return { status: 200, body: filled("GET", "/repos/{owner}/{repo}/contents/{path}", 200, inside.slice(0, 1000)) };
    }
    const bytes = git.bytes(entry.sha) ?? new Uint8Array();
    if (call.request.headers["accept"]?.includes("raw") === true)
      return { status: 200, body: bytes, headers: { "content-type": "application/vnd.github.raw+json" } };
    return {
      status: 200,
      body: {
        ...shape(entry, path),
        content: Buffer.from(bytes).toString("base64"),
        encoding: "base64",
        url: "https://api.github.com/",
        git_url: null,
        html_url: null,
        download_url: null,
        _links: { self: "https://api.github.com/", git: null, html: null },
      },
    };
  }

  function compare(call: Call, base: string, head: string): Answer {
    const [a, b] = [revision(call, base), revision(call, head)];
    const found = a === undefined || b === undefined ? null : call.repository.git.mergeBase(a, b);
    if (found === null) return failure(404, "Not Found");
    return {
      status: 200,
      body: filled("GET", "/repos/{owner}/{repo}/compare/{basehead}", 200, {
        merge_base_commit: { sha: found },
        status: "ahead",
      }),
    };
  }

  // --- the rest

  function page(call: Call, items: readonly unknown[]): Answer {
    const { query, path } = call.request;
    const size = Math.min(100, Math.max(1, Number(query.get("per_page") ?? 30)));
    const number = Math.max(1, Number(query.get("page") ?? 1));
    const last = Math.max(1, Math.ceil(items.length / size));
    const address = (to: number) =>
      `${server.url}${path}?${new URLSearchParams({ ...Object.fromEntries(query), page: String(to) })}`;
    const links = [
      ...(number > 1 ? [`<${address(number - 1)}>; rel="prev"`, `<${address(1)}>; rel="first"`] : []),
      ...(number < last ? [`<${address(number + 1)}>; rel="next"`, `<${address(last)}>; rel="last"`] : []),
    ];
    return {
      status: 200,
      body: items.slice((number - 1) * size, number * size),
      headers: links.length === 0 ? {} : { link: links.join(", ") },
    };
  }

  function graphql(request: Request): Answer {
    const who = account(request);
    if (who === "unknown" || who === null) return failure(401, "Bad credentials");
    const query = textOf(jsonOf(request), "query");
    if (query.includes("enablePullRequestAutoMerge")) return autoMerge(member(jsonOf(request), "variables"));
    if (!/\bviewer\s*\{\s*login\s*\}/.test(query)) problems.push("GraphQL: only viewer.login is known");
    return { status: 200, body: { data: { viewer: { login: who.login } } } };
  }

  function autoMerge(variables: unknown): Answer {
    for (const repository of repositories.values()) {
      const pull = [...repository.pulls.values()].find((one) => `PR_${one.number}` === textOf(variables, "id"));
      if (pull === undefined) continue;
      if (repository.hasAutoMerge !== true)
        return {
          status: 200,
          body: {
            data: { enablePullRequestAutoMerge: null },
            errors: [{ message: "Pull request Auto merge is not allowed for this repository" }],
          },
        };
      pull.mergedBy = textOf(variables, "method").toLowerCase();
      return { status: 200, body: { data: { enablePullRequestAutoMerge: { clientMutationId: null } } } };
    }
    return { status: 200, body: { errors: [{ message: "Could not resolve to a node" }] } };
  }

  /** `blob/{sha}/{path}?raw=true` leads to the bytes as a browser that is logged in gets them. */
  function web(request: Request): Answer {
    const found = /^\/([^/]+\/[^/]+)\/(blob|raw)\/([0-9a-f]{40})\/(.+)$/.exec(request.path);
    const repository = repositories.get(decodeURIComponent(found?.[1] ?? "").toLowerCase());
    if (found === null || repository === undefined)
      return { status: 404, body: "<html>Not Found</html>", headers: { "content-type": "text/html" } };
    if (found[2] === "blob") {
      if (request.query.get("raw") !== "true")
        return { status: 200, body: "<html></html>", headers: { "content-type": "text/html" } };
      return { status: 302, headers: { location: `${server.url}${request.path.replace("/blob/", "/raw/")}` } };
    }
    const path = decodeURIComponent(found[4] ?? "");
    const entry = repository.git.at(found[3] ?? "", path);
    const bytes = entry === null ? undefined : repository.git.bytes(entry.sha);
    if (bytes === undefined) return { status: 404, body: "not found", headers: { "content-type": "text/plain" } };
    const type = path.endsWith(".png") ? "image/png" : path.endsWith(".jpg") ? "image/jpeg" : "text/plain; charset=utf-8";
    return { status: 200, body: bytes, headers: { "content-type": type } };
  }

  const server = await serve(handle);
  server.problems.push = (...items) => problems.push(...items);
  return {
    ...server,
    problems,
    apiUrl: server.url + prefix,
    accounts,
    repositories,
    repository(slug, { isPrivate = false } = {}) {
      const made = { slug, isPrivate, git: gitStore(), pulls: new Map(), comments: new Map(), checks: [], runs: new Map() };
      repositories.set(slug.toLowerCase(), made);
      return made;
    },
    comment(slug, place, author, body) {
      const repository = repositories.get(slug.toLowerCase());
      const comment = { id: nextId++, author, body, edits: 0 };
      repository?.comments.set(place, [...(repository.comments.get(place) ?? []), comment]);
      return comment;
    },
    comments: (slug, place) => repositories.get(slug.toLowerCase())?.comments.get(place) ?? [],
    writes: () => server.log.filter((request) => request.method !== "GET" && !request.path.endsWith("/graphql")),
    async close() {
      await server.close();
      if (problems.length > 0) throw new Error(`GitHub's description objects:\n${problems.slice(0, 10).join("\n")}`);
    },
  };

  function user(of: Account): unknown {
    return { login: of.login, id: of.id, type: of.isInstallation === true ? "Bot" : "User" };
  }

  function repositoryShape(slug: string, api: string): unknown {
    const [owner = "", name = ""] = slug.split("/");
    return { full_name: slug, name, owner: { login: owner }, url: `${api}/repos/${slug}`, default_branch: "main" };
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function date(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

function failure(status: number, message: string): Answer {
  return { status, body: { message, documentation_url: "https://docs.github.com/rest", status: String(status) } };
}

function invalid(message: string): Answer {
  return {
    status: 422,
    body: {
      message: "Validation Failed",
      errors: [{ resource: "Fake", code: "custom", field: "data", message }],
      documentation_url: "https://docs.github.com/rest",
      status: "422",
    },
  };
}
