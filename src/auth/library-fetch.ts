import type { Host } from "../host/host.ts";

/** Answers that a library wants to see, because it repeats or explains them itself. */
export const failures = [
  300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 408, 409, 412, 413, 422, 429, 500, 502, 503, 504,
];

/**
 * `fetch` for a credential library: our proxies and certificates in place of its own. One attempt each, unless the connection fails. `service` is
 * named in errors.
 */
export function libraryFetch(host: Host, service: string) {
  return async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = input instanceof Request ? input.url : String(input);
    const body =
      typeof init.body === "string" ? init.body : init.body instanceof URLSearchParams ? init.body.toString() : undefined;
    const method = init.method?.toUpperCase() ?? "GET";
    const headers = Object.fromEntries(new Headers(init.headers));
    if (init.body instanceof URLSearchParams) headers["content-type"] ??= "application/x-www-form-urlencoded;charset=UTF-8";
    const answer = await host.http.open({
      method: method === "GET" || method === "PUT" ? method : "POST",
      prepare: () => ({ url, headers: { ...headers } }),
      ...(body === undefined ? {} : { body }),
      allow: failures,
      service,
      signal: init.signal ?? host.signal,
    });
    return new Response(new Uint8Array(await answer.bytes()), { status: answer.status, headers: answer.headers });
  };
}
