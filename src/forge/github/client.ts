import type { Host } from "../../host/host.ts";
import type { HttpRequest, HttpResponse } from "../../host/http.ts";
import type { ForgeConfig } from "../contract.ts";
import { explain, type Purpose } from "../failure.ts";

export type Call = Omit<HttpRequest, "url" | "service" | "credential"> & { readonly signal: AbortSignal };

/** Calls below `/repos/{owner}/{repo}` of one repository. */
export interface Client {
  request(path: string, call: Call, purpose: Purpose): Promise<HttpResponse>;
  pages(path: string, call: Call, purpose: Purpose): AsyncIterable<HttpResponse>;
  /** A call outside the repository: `path` is a full address on the API's own server. */
  absolute(url: string, call: Call, purpose: Purpose): Promise<HttpResponse>;
}

export const json = "application/vnd.github+json";
export const raw = "application/vnd.github.raw+json";

/** https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api */
export function client(config: ForgeConfig, host: Host): Client {
  const { owner, name } = config.repository;
  const base = `${config.apiUrl}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
  function full(url: string, call: Call): HttpRequest {
    return {
      ...call,
      url,
      service: "GitHub",
      headers: { accept: json, "x-github-api-version": "2022-11-28", "user-agent": "cml", ...call.headers },
      ...(config.token === undefined ? {} : { credential: config.token }),
    };
  }
  async function absolute(url: string, call: Call, purpose: Purpose): Promise<HttpResponse> {
    try {
      return await host.http.request(full(url, call));
    } catch (error) {
      throw explain(error, purpose);
    }
  }
  async function* pages(path: string, call: Call, purpose: Purpose): AsyncIterable<HttpResponse> {
    try {
      yield* host.http.pages(full(base + path, { ...call, query: { per_page: 100, ...call.query } }));
    } catch (error) {
      throw explain(error, purpose);
    }
  }
  return {
    request: (path, call, purpose) => absolute(base + path, call, purpose),
    pages,
    absolute,
  };
}

/** A path whose slashes are kept and whose other characters are encoded. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
