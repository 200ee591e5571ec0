import type { Host } from "../../host/host.ts";
import type { HttpRequest, HttpResponse } from "../../host/http.ts";
import type { ForgeConfig } from "../contract.ts";
import { explain, type Purpose } from "../failure.ts";

export type Call = Omit<HttpRequest, "url" | "service" | "credential"> & { readonly signal: AbortSignal };

/** Calls below `/projects/{id}` of one project. */
export interface Client {
  request(path: string, call: Call, purpose: Purpose): Promise<HttpResponse>;
  pages(path: string, call: Call, purpose: Purpose): AsyncIterable<HttpResponse>;
  /** A call outside the project; `path` starts below `/api/v4`. */
  outside(path: string, call: Call, purpose: Purpose): Promise<HttpResponse>;
}

/** https://docs.gitlab.com/api/rest/ */
export function client(config: ForgeConfig, host: Host): Client {
  const project = `/projects/${projectId(config, host)}`;
  const token = config.token ?? host.env.secret("CI_JOB_TOKEN");
  // The job's own token has a header of its own, and reads only.
  const isJobToken = token !== undefined && token.reveal() === host.env.secret("CI_JOB_TOKEN")?.reveal();
  const authorization = (value: string): Record<string, string> =>
    isJobToken ? { "job-token": value } : { authorization: `Bearer ${value}` };
  function full(path: string, call: Call): HttpRequest {
    return {
      ...call,
      url: config.apiUrl + path,
      service: "GitLab",
      headers: { accept: "application/json", "user-agent": "cml", ...call.headers },
      ...(token === undefined ? {} : { credential: token, authorization }),
    };
  }
  async function send(path: string, call: Call, purpose: Purpose): Promise<HttpResponse> {
    try {
      return await host.http.request(full(path, call));
    } catch (error) {
      throw explain(error, purpose);
    }
  }
  return {
    request: (path, call, purpose) => send(project + path, call, purpose),
    outside: send,
    async *pages(path, call, purpose) {
      try {
        yield* host.http.pages(full(project + path, { ...call, query: { per_page: 100, ...call.query } }));
      } catch (error) {
        throw explain(error, purpose);
      }
    },
  };
}

/** The number where the CI tells it: a proxy in front of GitLab may decode the slashes of a path. */
function projectId({ repository }: ForgeConfig, { ci }: Host): string {
  const path = `${repository.owner}/${repository.name}`;
  return ci.id === "gitlab" && ci.repositoryId !== undefined && ci.repository === path
    ? ci.repositoryId
    : encodeURIComponent(path);
}
