import type { HttpClientOptions } from "./http-client.ts";
import type { Http } from "./http.ts";

/** The client's code is loaded by the first request, the part for large bodies apart from the rest. */
export function lazyHttp(options: HttpClientOptions): Http {
  let client: Promise<Pick<Http, "request" | "pages">> | undefined;
  let opener: Promise<Pick<Http, "open" | "attempts">> | undefined;
  let loaded: Pick<Http, "open" | "attempts"> | undefined;
  const load = () => (client ??= import("./http-client.ts").then(({ createHttp }) => createHttp(options)));
  const loadOpener = () => (opener ??= import("./http-open.ts").then(({ createOpen }) => (loaded = createOpen(options))));
  return {
    request: async (request) => (await load()).request(request),
    async *pages(request) {
      yield* (await load()).pages(request);
    },
    open: (request) => loaded?.open(request) ?? loadOpener().then((ready) => ready.open(request)),
    attempts: () => loaded?.attempts() ?? 0,
  };
}
