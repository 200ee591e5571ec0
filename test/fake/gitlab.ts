import { randomBytes } from "node:crypto";
import { type GitStore, gitStore } from "./git-store.ts";
import { type Answer, member, type Request, serve, type Server } from "./server.ts";

export interface Member {
  readonly username: string;
  readonly id: number;
  /** Scope of the token; `job` is `CI_JOB_TOKEN`, which reads a few things and writes none of ours. */
  readonly scope: "api" | "read_api" | "job";
}

export interface StoredNote {
  readonly id: number;
  /** Discussion of a commit that the note is in. */
  readonly thread: string;
  readonly author: Member;
  readonly system: boolean;
  body: string;
  edits: number;
}

export interface StoredRequest {
  readonly iid: number;
  state: "opened" | "closed" | "merged";
  readonly sha: string;
  readonly sourceBranch: string;
  readonly targetBranch: string;
  readonly baseSha: string;
  readonly sourceProject?: number;
}

export interface Project {
  readonly id: number;
  readonly path: string;
  readonly git: GitStore;
  readonly requests: Map<number, StoredRequest>;
  /** Notes by `merge_requests/N`, `issues/N` or `commits/SHA`. */
  readonly notes: Map<string, StoredNote[]>;
  readonly uploads: Map<string, { readonly bytes: Uint8Array; readonly type: string }>;
}

export interface GitLabFakeOptions {
  /** `/gitlab`: served below a path. */
  readonly subpath?: string;
  /** Before 17.1 uploads have no `full_path`. */
  readonly isOld?: boolean;
  /** Holds an exchange against the vendor's description; answers what is wrong. */
  readonly judge?: (exchange: JudgedExchange) => readonly string[];
}

export interface JudgedExchange {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly body: unknown;
  readonly contentType: string;
  readonly headers: Request["headers"];
  readonly status: number;
  readonly answer: unknown;
}

export interface GitLabFake extends Server {
  /** Value of `CI_SERVER_URL`. */
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly members: Map<string, Member>;
  project(path: string): Project;
  note(project: Project, place: string, author: Member, body: string, system?: boolean): StoredNote;
  writes(): readonly Request[];
}

export const projectBot: Member = { username: "project_42_bot_0a1b", id: 900, scope: "api" };
export const colleague: Member = { username: "jdoe", id: 7, scope: "api" };

/** GitLab's REST API as far as reports need it, from state, strict; every exchange can be held against the vendor's description. */
export async function gitlabFake(options: GitLabFakeOptions = {}): Promise<GitLabFake> {
  const subpath = options.subpath ?? "";
  const members = new Map<string, Member>();
  const projects: Project[] = [];
  let nextId = 100;

  async function handle(request: Request): Promise<Answer> {
    const api = `${subpath}/api/v4`;
    if (!request.path.startsWith(`${api}/`)) return web(request);
    const form = request.headers["content-type"]?.startsWith("multipart/") === true ? await formOf(request) : null;
    const json: unknown =
      form === null && request.bytes.length > 0 ? JSON.parse(new TextDecoder().decode(request.bytes)) : undefined;
    const call = { request, json, form };
    const answer = route(request.path.slice(api.length), call);
    judge(call, answer);
    return answer;
  }

  interface Call {
    readonly request: Request;
    readonly json: unknown;
    readonly form: FormData | null;
  }

  function judge({ request, json, form }: Call, answer: Answer): void {
    if (/token/i.test(request.query.toString())) server.problems.push(`${request.path}: a token in the query`);
    if (options.judge === undefined) return;
    const query = request.query.size === 0 ? "" : `?${request.query}`;
    const type = request.headers["content-type"]?.split(";")[0] ?? "";
    const isJson = typeof answer.body === "object" && !(answer.body instanceof Uint8Array);
    const found = options.judge({
      method: request.method,
      path: request.path + query,
      body: form ?? json,
      contentType: type,
      headers: request.headers,
      status: answer.status,
      answer: isJson ? answer.body : undefined,
    });
    server.problems.push(...found.map((fault) => `${request.method} ${request.path}: ${fault}`));
  }

  function who(request: Request): Member | "unknown" | null {
    const bearer = /^Bearer (.+)$/i.exec(request.headers["authorization"] ?? "")?.[1];
    const given = bearer ?? request.headers["private-token"];
    const job = request.headers["job-token"];
    if (job !== undefined) {
      const found = members.get(job);
      return found?.scope === "job" ? found : "unknown";
    }
    if (given === undefined) return null;
    const found = members.get(given);
    // The job's token is known under its own header alone.
    return found === undefined || found.scope === "job" ? "unknown" : found;
  }

  function route(path: string, call: Call): Answer {
    const person = who(call.request);
    if (person === "unknown") return { status: 401, body: { message: "401 Unauthorized" } };
    if (path === "/user") {
      if (person === null || person.scope === "job") return { status: 401, body: { message: "401 Unauthorized" } };
      return { status: 200, body: { id: person.id, username: person.username, name: person.username } };
    }
    const found = /^\/projects\/([^/]+)(\/.*)$/.exec(path);
    const id = decodeURIComponent(found?.[1] ?? "");
    const project = projects.find((one) => String(one.id) === id || one.path === id);
    if (found === null || project === undefined) return { status: 404, body: { message: "404 Project Not Found" } };
    const isWrite = call.request.method !== "GET";
    if (person === null)
      return isWrite
        ? { status: 401, body: { message: "401 Unauthorized" } }
        : { status: 404, body: { message: "404 Project Not Found" } };
    if (isWrite && person.scope === "job") return { status: 401, body: { message: "401 Unauthorized" } };
    if (isWrite && person.scope === "read_api") {
      const words = "The request requires higher privileges than provided by the access token.";
      return { status: 403, body: { error: "insufficient_scope", error_description: words, scope: "api" } };
    }
    return inProject({ ...call, project, person, rest: found[2] ?? "" });
  }

  interface ProjectCall extends Call {
    readonly project: Project;
    readonly person: Member;
    readonly rest: string;
  }

  function inProject(call: ProjectCall): Answer {
    const { method } = call.request;
    const notes = /^\/(merge_requests|issues)\/(\d+)\/notes(?:\/(\d+))?$/.exec(call.rest);
    if (notes !== null) return noteRoute(call, `${notes[1]}/${notes[2]}`, notes[3]);
    const threads = /^\/repository\/commits\/([0-9a-f]{40})\/discussions(?:\/([^/]+)\/notes\/(\d+))?$/.exec(call.rest);
    if (threads !== null) return threadRoute(call, `commits/${threads[1]}`, threads[3]);
    if (call.rest === "/uploads" && method === "POST") return upload(call);
    if (method !== "GET") return missing();
    const request = /^\/merge_requests\/(\d+)$/.exec(call.rest)?.[1];
    if (request !== undefined) return requestOne(call, Number(request));
    if (call.rest === "/merge_requests") return requestList(call);
    const ofCommit = /^\/repository\/commits\/([0-9a-f]{40})\/merge_requests$/.exec(call.rest)?.[1];
    if (ofCommit !== undefined) return requestsOf(call, ofCommit);
    const commit = /^\/repository\/commits\/([^/]+)$/.exec(call.rest)?.[1];
    if (commit !== undefined) return commitOne(call, decodeURIComponent(commit));
    const file = /^\/repository\/files\/([^/]+)\/raw$/.exec(call.rest)?.[1];
    if (file !== undefined) return fileRaw(call, decodeURIComponent(file));
    return call.rest === "/repository/merge_base" ? mergeBase(call) : missing();
  }

  function missing(): Answer {
    return { status: 404, body: { error: "404 Not Found" } };
  }

  function exists({ project }: ProjectCall, place: string): boolean {
    const [kind = "", value = ""] = place.split("/");
    if (kind === "commits") return project.git.kind(value) === "commit";
    return kind === "merge_requests" ? project.requests.has(Number(value)) : project.notes.has(place);
  }

  function noteShape(place: string, note: StoredNote): Record<string, unknown> {
    const [kind = "", value = ""] = place.split("/");
    const noteable = { merge_requests: "MergeRequest", issues: "Issue", commits: "Commit" }[kind] ?? "";
    return {
      id: note.id,
      body: note.body,
      system: note.system,
      author: { id: note.author.id, username: note.author.username, name: note.author.username, state: "active" },
      created_at: date(note.id),
      updated_at: date(note.id + note.edits),
      noteable_type: noteable,
      ...(kind === "commits" ? { commit_id: value } : { noteable_iid: Number(value) }),
      resolvable: false,
      confidential: false,
      internal: false,
    };
  }

  function refusal(body: unknown): Answer | null {
    if (typeof body !== "string") return { status: 400, body: { error: "body is missing" } };
    if (body.trim() === "") return { status: 400, body: { message: '400 Bad request - Note {:note=>["can\'t be blank"]}' } };
    const isLong = [...body].length > 1_000_000;
    return isLong
      ? { status: 400, body: { message: '400 Bad request - Note {:note=>["is too long (maximum is 1000000 characters)"]}' } }
      : null;
  }

  function add(call: ProjectCall, place: string, body: string): StoredNote {
    const note = { id: nextId++, thread: randomBytes(20).toString("hex"), author: call.person, system: false, body, edits: 0 };
    call.project.notes.set(place, [...(call.project.notes.get(place) ?? []), note]);
    return note;
  }

  function change(call: ProjectCall, place: string, id: string): Answer {
    const all = call.project.notes.get(place) ?? [];
    const note = all.find((one) => one.id === Number(id));
    if (note === undefined) return { status: 404, body: { message: "404 Note Not Found" } };
    const { method } = call.request;
    if (method === "GET") return { status: 200, body: noteShape(place, note) };
    if (note.author.id !== call.person.id) return { status: 403, body: { message: "403 Forbidden" } };
    if (method === "DELETE") {
      call.project.notes.set(
        place,
        all.filter((one) => one !== note),
      );
      return { status: 204 };
    }
    const body = member(call.json, "body");
    const refused = refusal(body);
    if (refused !== null) return refused;
    note.body = String(body);
    note.edits++;
    return { status: 200, body: noteShape(place, note) };
  }

  function noteRoute(call: ProjectCall, place: string, id: string | undefined): Answer {
    if (!exists(call, place)) return { status: 404, body: { message: "404 Not found" } };
    if (id !== undefined) return change(call, place, id);
    if (call.request.method === "GET") {
      const notes = (call.project.notes.get(place) ?? []).map((note) => noteShape(place, note));
      // Newest first unless asked.
      return page(call, call.request.query.get("sort") === "asc" ? notes : notes.toReversed());
    }
    const body = member(call.json, "body");
    const refused = refusal(body);
    return refused ?? { status: 201, body: noteShape(place, add(call, place, String(body))) };
  }

  function threadRoute(call: ProjectCall, place: string, id: string | undefined): Answer {
    if (!exists(call, place)) return { status: 404, body: { message: "404 Commit Not Found" } };
    if (id !== undefined) return change(call, place, id);
    const shape = (note: StoredNote) => ({ id: note.thread, individual_note: true, notes: [noteShape(place, note)] });
    if (call.request.method === "GET") return page(call, (call.project.notes.get(place) ?? []).map(shape));
    const body = member(call.json, "body");
    const refused = refusal(body);
    return refused ?? { status: 201, body: shape(add(call, place, String(body))) };
  }

  function upload(call: ProjectCall): Answer {
    const file = call.form?.get("file") ?? "";
    if (typeof file === "string") return { status: 400, body: { error: "file is missing" } };
    if (file.size > 10_000_000)
      return { status: 413, body: "<html>413 Request Entity Too Large</html>", headers: { "content-type": "text/html" } };
    const secret = randomBytes(16).toString("hex");
    const url = `/uploads/${secret}/${file.name}`;
    call.project.uploads.set(url, { bytes: new Uint8Array(pending.get(file.name) ?? []), type: file.type });
    const full = options.isOld === true ? {} : { id: nextId++, full_path: `/-/project/${call.project.id}${url}` };
    return { status: 201, body: { ...full, alt: file.name.replace(/\.\w+$/, ""), url, markdown: `![${file.name}](${url})` } };
  }

  /** Bytes of the files of the request at hand. */
  const pending = new Map<string, ArrayBuffer>();

  async function formOf(request: Request): Promise<FormData> {
    const form = await new Response(new Uint8Array(request.bytes), {
      headers: { "content-type": request.headers["content-type"] ?? "" },
    }).formData();
    const file = form.get("file") ?? "";
    if (typeof file !== "string") pending.set(file.name, await file.arrayBuffer());
    return form;
  }

  function requestShape({ project }: ProjectCall, one: StoredRequest): Record<string, unknown> {
    return {
      id: 1000 + one.iid,
      iid: one.iid,
      project_id: project.id,
      title: "A change",
      state: one.state,
      sha: one.sha,
      source_branch: one.sourceBranch,
      target_branch: one.targetBranch,
      source_project_id: one.sourceProject ?? project.id,
      target_project_id: project.id,
      web_url: `${server.url}${subpath}/${project.path}/-/merge_requests/${one.iid}`,
      diff_refs: { base_sha: one.baseSha, head_sha: one.sha, start_sha: one.baseSha },
      created_at: date(one.iid),
      updated_at: date(one.iid),
    };
  }

  function requestOne(call: ProjectCall, iid: number): Answer {
    const one = call.project.requests.get(iid);
    return one === undefined
      ? { status: 404, body: { message: "404 Not found" } }
      : { status: 200, body: requestShape(call, one) };
  }

  function requestList(call: ProjectCall): Answer {
    const { query } = call.request;
    const wanted = [...call.project.requests.values()].filter(
      (one) =>
        (query.get("state") ?? one.state) === one.state && (query.get("source_branch") ?? one.sourceBranch) === one.sourceBranch,
    );
    return page(
      call,
      wanted.map((one) => requestShape(call, one)),
    );
  }

  function requestsOf(call: ProjectCall, sha: string): Answer {
    if (call.project.git.kind(sha) !== "commit") return { status: 404, body: { message: "404 Commit Not Found" } };
    const wanted = [...call.project.requests.values()].filter((one) => one.sha === sha && one.sourceProject === undefined);
    return page(
      call,
      wanted.map((one) => requestShape(call, one)),
    );
  }

  function revision({ project }: ProjectCall, name: string): string | undefined {
    const { git } = project;
    return git.kind(name) === "commit" ? name : (git.refs.get(name) ?? git.refs.get(`refs/heads/${name}`));
  }

  function commitOne(call: ProjectCall, name: string): Answer {
    const sha = revision(call, name);
    if (sha === undefined) return { status: 404, body: { message: "404 Commit Not Found" } };
    return {
      status: 200,
      body: {
        id: sha,
        short_id: sha.slice(0, 8),
        title: "a commit",
        parent_ids: [...(call.project.git.commitOf(sha)?.parents ?? [])],
      },
    };
  }

  function fileRaw(call: ProjectCall, path: string): Answer {
    const sha = revision(call, call.request.query.get("ref") ?? "main");
    const entry = sha === undefined ? null : call.project.git.at(sha, path);
    const bytes = entry === null ? undefined : call.project.git.bytes(entry.sha);
    return bytes === undefined
      ? { status: 404, body: { message: "404 File Not Found" } }
      : { status: 200, body: bytes, headers: { "content-type": "text/plain" } };
  }

  function mergeBase(call: ProjectCall): Answer {
    const [a, b] = call.request.query.getAll("refs[]").map((name) => revision(call, name));
    const found = a === undefined || b === undefined ? null : call.project.git.mergeBase(a, b);
    return found === null ? { status: 400, body: { message: "400 Bad request - Could not find ref" } } : commitOne(call, found);
  }

  function page(call: ProjectCall, items: readonly unknown[]): Answer {
    const { query, path } = call.request;
    const size = Math.min(100, Math.max(1, Number(query.get("per_page") ?? 20)));
    const number = Math.max(1, Number(query.get("page") ?? 1));
    const last = Math.max(1, Math.ceil(items.length / size));
    const next = new URLSearchParams({ ...Object.fromEntries(query), page: String(number + 1), per_page: String(size) });
    const headers = {
      "x-page": String(number),
      "x-per-page": String(size),
      "x-total": String(items.length),
      "x-total-pages": String(last),
      "x-next-page": number < last ? String(number + 1) : "",
      ...(number < last ? { link: `<${server.url}${path}?${next}>; rel="next"` } : {}),
    };
    return { status: 200, body: items.slice((number - 1) * size, number * size), headers };
  }

  /** What a browser gets. */
  function web(request: Request): Answer {
    const path = request.path.slice(subpath.length);
    for (const project of projects) {
      const name = path.replace(`/-/project/${project.id}`, "").replace(`/${project.path}`, "");
      const found = request.path.startsWith(`${subpath}/`) || subpath === "" ? project.uploads.get(name) : undefined;
      if (found !== undefined) return { status: 200, body: found.bytes, headers: { "content-type": found.type } };
    }
    return { status: 404, body: "<html>404</html>", headers: { "content-type": "text/html" } };
  }

  const server = await serve(handle);
  return {
    ...server,
    serverUrl: server.url + subpath,
    apiUrl: `${server.url}${subpath}/api/v4`,
    members,
    project(path) {
      const project = {
        id: 42 + projects.length,
        path,
        git: gitStore(),
        requests: new Map(),
        notes: new Map(),
        uploads: new Map(),
      };
      projects.push(project);
      return project;
    },
    note(project, place, author, body, system = false) {
      const note = { id: nextId++, thread: randomBytes(20).toString("hex"), author, system, body, edits: 0 };
      project.notes.set(place, [...(project.notes.get(place) ?? []), note]);
      return note;
    },
    writes: () => server.log.filter((request) => request.method !== "GET"),
  };
}

function date(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
}
