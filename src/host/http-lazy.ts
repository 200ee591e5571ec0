import type { HttpClientOptions } from "./http-client.ts";
import type { Http } from "./http.ts";

/** The client's code is loaded by the first request. */
export function lazyHttp(options: HttpClientOptions): Http {
  let client: Promise<Http> | undefined;
  const load = (): Promise<Http> => (client ??= import("./http-client.ts").then(({ createHttp }) => createHttp(options)));
  return {
    request: async (request) => (await load()).request(request),
    async *pages(request) {
      yield* (await load()).pages(request);
    },
  };
}
