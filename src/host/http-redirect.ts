import { IntegrityError } from "../core/error.ts";
import type { HttpRequest } from "./http.ts";

/** The request that a redirect asks for. 303 always, and 301 and 302 of a POST by custom, become a GET without a body. */
export function crossing(
  request: HttpRequest,
  from: string,
  location: string,
  status: number,
): { readonly request: HttpRequest; readonly isSameOrigin: boolean } {
  const base = new URL(from);
  if (!URL.canParse(location, base))
    throw new IntegrityError(`${request.service} redirects to an address that is none: \`${location}\``);
  const url = new URL(location, base);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new IntegrityError(`${request.service} redirects to an address that is no web address: \`${url.protocol}\``);
  const method = request.method ?? "GET";
  const becomesGet = (status === 303 && method !== "HEAD") || (status < 303 && method === "POST");
  const { json: _json, body: _body, query: _query, ...rest } = request;
  const next: HttpRequest = becomesGet ? { ...rest, url: url.href, method: "GET" } : { ...request, query: {}, url: url.href };
  return { request: next, isSameOrigin: url.origin === base.origin };
}

const always = new Set(["authorization", "cookie", "private-token", "job-token", "deploy-token", "proxy-authorization"]);

/** Whether a header must not reach another origin: it is made for credentials, or holds ours. */
export function carriesCredential(name: string, value: string, request: HttpRequest): boolean {
  if (always.has(name.toLowerCase())) return true;
  const secret = request.credential?.reveal();
  if (secret === undefined || secret === "") return false;
  const made = Object.keys(request.authorization?.(secret) ?? {}).map((header) => header.toLowerCase());
  return made.includes(name.toLowerCase()) || value.includes(secret);
}
