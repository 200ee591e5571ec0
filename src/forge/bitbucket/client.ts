import { decode } from "../../core/decode.ts";
import { IntegrityError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { HttpRequest, HttpResponse } from "../../host/http.ts";
import type { ForgeConfig } from "../contract.ts";
import { explain, type Purpose } from "../failure.ts";
import * as wire from "./wire.ts";

export type Call = Omit<HttpRequest, "url" | "service" | "credential"> & { readonly signal: AbortSignal };

/** Calls below `/repositories/{workspace}/{repo_slug}`. */
export interface Client {
  request(path: string, call: Call, purpose: Purpose): Promise<HttpResponse>;
  /** Values of every page of a list, and the status that `call.allow` lets through instead. */
  values(path: string, call: Call, purpose: Purpose): AsyncIterable<unknown>;
  /** A call outside the repository; `path` starts below `/2.0`. */
  outside(path: string, call: Call, purpose: Purpose): Promise<HttpResponse>;
}

/** https://developer.atlassian.com/cloud/bitbucket/rest/intro/ */
export function client(config: ForgeConfig, host: Host): Client {
  const { owner, name } = config.repository;
  const base = `${config.apiUrl}/repositories/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
  async function send(url: string, call: Call, purpose: Purpose): Promise<HttpResponse> {
    try {
      return await host.http.request({
        ...call,
        url,
        service: "Bitbucket",
        headers: { accept: "application/json", "user-agent": "cml", ...call.headers },
        ...(config.token === undefined ? {} : { credential: config.token, authorization }),
      });
    } catch (error) {
      throw explain(error, purpose);
    }
  }
  return {
    request: (path, call, purpose) => send(base + path, call, purpose),
    outside: (path, call, purpose) => send(config.apiUrl + path, call, purpose),
    async *values(path, call, purpose) {
      const seen = new Set<string>();
      let url: string | null = base + path;
      let query: Call["query"] = { pagelen: 100, ...call.query };
      while (url !== null && !seen.has(url)) {
        seen.add(url);
        const answer: HttpResponse = await send(url, { ...call, query }, purpose);
        if (answer.status >= 300 || answer.status === 202) return;
        const page = decode(wire.page, answer.json(), "page of Bitbucket");
        yield* page.values;
        url = nextOf(page.next, base);
        query = {};
      }
    },
  };
}

/** The token goes with the next page: it has to be on the same server. */
function nextOf(next: string | null | undefined, base: string): string | null {
  if (next === undefined || next === null) return null;
  if (new URL(next, base).origin === new URL(base).origin) return next;
  throw new IntegrityError(`Bitbucket named a next page on another server: ${new URL(next, base).origin}`);
}

/**
 * `user:token` and its base64 form, which the predecessor asked for, are Basic credentials; access tokens of a repository, a project or a
 * workspace are Bearer: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#authentication
 */
function authorization(value: string): Record<string, string> {
  if (value.includes(":")) return { authorization: `Basic ${Buffer.from(value).toString("base64")}` };
  return { authorization: `${isBasic(value) ? "Basic" : "Bearer"} ${value}` };
}

function isBasic(value: string): boolean {
  const decoded = Buffer.from(value, "base64").toString("utf8");
  return (
    /^[\x21-\x7e]+:[\x21-\x7e]+$/.test(decoded) &&
    Buffer.from(decoded).toString("base64").replace(/=+$/, "") === value.replace(/=+$/, "")
  );
}

/** A path whose slashes are kept and whose other characters are encoded. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
