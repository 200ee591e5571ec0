import type { Host } from "../../host/host.ts";
import type { HttpRequest, HttpResponse } from "../../host/http.ts";
import type { ForgeConfig } from "../contract.ts";
import { explain, type Purpose } from "../failure.ts";

export type Call = Omit<HttpRequest, "url" | "service" | "credential"> & { readonly signal: AbortSignal };

/** Calls below `_apis/git/repositories/{repository}` of one project. */
export interface Client {
  request(path: string, call: Call, purpose: Purpose): Promise<HttpResponse>;
  /** A call of the collection; `path` starts below `_apis`. */
  collection(path: string, call: Call, purpose: Purpose): Promise<HttpResponse>;
}

/** https://learn.microsoft.com/rest/api/azure/devops/git/ */
export function client(config: ForgeConfig, host: Host): Client {
  const { name } = config.repository;
  // The last part of the server's address is the project.
  const collection = config.apiUrl.replace(/\/[^/]+\/_apis$/, "/_apis");
  async function send(url: string, call: Call, purpose: Purpose): Promise<HttpResponse> {
    try {
      return await host.http.request({
        ...call,
        url,
        service: "Azure DevOps",
        query: { "api-version": "7.1", ...call.query },
        headers: { accept: "application/json", "user-agent": "cml", ...call.headers },
        ...(config.token === undefined ? {} : { credential: config.token, authorization }),
      });
    } catch (error) {
      throw explain(error, purpose);
    }
  }
  return {
    request: (path, call, purpose) => send(`${config.apiUrl}/git/repositories/${encodeURIComponent(name)}${path}`, call, purpose),
    collection: (path, call, purpose) => send(collection + path, call, purpose),
  };
}

/** The job's own token and Entra's are JWTs; a personal access token is a password without a user. */
function authorization(value: string): Record<string, string> {
  if (/^eyJ[\w-]+\.[\w-]+\./.test(value)) return { authorization: `Bearer ${value}` };
  return { authorization: `Basic ${Buffer.from(`:${value}`).toString("base64")}` };
}
