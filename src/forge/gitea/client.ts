import type { Host } from "../../host/host.ts";
import type { HttpRequest, HttpResponse } from "../../host/http.ts";
import type { ForgeConfig } from "../contract.ts";
import { explain, type Purpose } from "../failure.ts";

export type Call = Omit<HttpRequest, "url" | "service" | "credential"> & { readonly signal: AbortSignal };

/** Calls of the API; `path` starts below `/api/v1`. */
export interface Client {
  request(path: string, call: Call, purpose: Purpose): Promise<HttpResponse>;
  pages(path: string, call: Call, purpose: Purpose): AsyncIterable<HttpResponse>;
}

/** https://docs.gitea.com/api/: an instance describes itself at `/swagger.v1.json`. */
export function client(config: ForgeConfig, title: string, host: Host): Client {
  function full(path: string, call: Call): HttpRequest {
    return {
      ...call,
      url: config.apiUrl + path,
      service: title,
      headers: { accept: "application/json", "user-agent": "cml", ...call.headers },
      ...(config.token === undefined ? {} : { credential: config.token, authorization: header }),
    };
  }
  return {
    async request(path, call, purpose) {
      try {
        return await host.http.request(full(path, call));
      } catch (error) {
        throw explain(error, purpose);
      }
    },
    async *pages(path, call, purpose) {
      try {
        yield* host.http.pages(full(path, { ...call, query: { limit: 50, ...call.query } }));
      } catch (error) {
        throw explain(error, purpose);
      }
    },
  };
}

function header(value: string): Record<string, string> {
  return { authorization: `token ${value}` };
}

export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
