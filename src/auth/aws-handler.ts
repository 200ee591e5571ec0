import { Readable } from "node:stream";
import { failures } from "./library-fetch.ts";
import type { Host } from "../host/host.ts";

/** A request as the SDK hands it to its handler. */
export interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: Record<string, string | string[] | null> | undefined;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** Handler for the clients of the AWS SDK that sends by our own client, one attempt each: the SDK repeats by itself. */
export function sdkHandler(host: Host) {
  return {
    metadata: { handlerProtocol: "http/1.1" },
    async handle(request: SdkRequest) {
      const { body } = request;
      const answer = await host.http.open({
        method: request.method === "GET" ? "GET" : "POST",
        prepare: () => ({ url: urlOf(request), headers: { ...request.headers } }),
        ...(typeof body === "string" || body instanceof Uint8Array ? { body } : {}),
        allow: failures,
        service: "AWS",
        signal: host.signal,
      });
      const headers = Object.fromEntries(answer.headers);
      return { response: { statusCode: answer.status, headers, body: Readable.from([Buffer.from(await answer.bytes())]) } };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => undefined,
  };
}

function urlOf({ protocol, hostname, port, path, query }: SdkRequest): string {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) =>
      one === null ? encodeURIComponent(name) : `${encodeURIComponent(name)}=${encodeURIComponent(one)}`,
    ),
  );
  return `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
}
