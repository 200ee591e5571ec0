import { ConfigError, ConflictError, NotFoundError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { OpenRequest, OpenResponse } from "../../host/http.ts";
import { emptyContent, rangeHeader, totalOf } from "../content.ts";
import type { Entry, Store, StoreConfig } from "../contract.ts";
import { textOption } from "../option.ts";
import { sendable, webClient, type WebClient } from "../web-client.ts";
import { rangedContent } from "../web-content.ts";

/** A web server: objects are fetched by GET; writing needs a server that takes bodies, and nothing can be listed or removed. */
export function open(config: StoreConfig, host: Host): Store {
  const client = webClient(config, host, "HTTP server");
  const verb = methodOf(config);
  const title = `HTTP server ${client.base}`;
  const missing = (key: string): NotFoundError => new NotFoundError(`${title} has no \`${key}\``);
  return {
    title,
    traits: { concurrency: { start: 32, most: 128 }, ranges: true, conditionalWrite: false },
    stat: (key, signal) => stat(client, key, signal),
    async read(key, { range, signal }) {
      signal.throwIfAborted();
      const header = range === undefined ? undefined : rangeHeader(range);
      if (header === null) return emptyContent((await stat(client, key, signal))?.sizeBytes ?? null);
      const response = await client.call({
        method: "GET",
        url: client.url(key),
        allow: [404, 410, 416],
        ...(header === undefined ? {} : { headers: { range: header } }),
        signal,
      });
      if (response.status === 404 || response.status === 410) {
        response.discard();
        throw missing(key);
      }
      return rangedContent(response, range);
    },
    async write(key, body, { ifAbsent, signal }) {
      signal.throwIfAborted();
      if (ifAbsent === true && (await stat(client, key, signal)) !== null)
        throw new ConflictError(`${title} has \`${key}\` already`);
      const response = await client.call({
        method: verb,
        url: client.url(key),
        idempotent: true,
        headers: { "content-length": String(body.sizeBytes), "content-type": "application/octet-stream" },
        body: await sendable(body),
        signal,
      });
      response.discard();
    },
  };
}

function methodOf(config: StoreConfig): OpenRequest["method"] {
  const method = textOption(config, "method")?.toUpperCase() ?? "POST";
  if (method === "POST" || method === "PUT") return method;
  throw new ConfigError(`${config.source}: \`method\` is neither \`POST\` nor \`PUT\`: \`${method}\``);
}

/** By HEAD; by GET where the server does not take that. */
async function stat(client: WebClient, key: string, signal: AbortSignal): Promise<Entry | null> {
  signal.throwIfAborted();
  const ask = (method: "HEAD" | "GET"): Promise<OpenResponse> =>
    client.call({ method, url: client.url(key), allow: [403, 404, 405, 410, 501], signal });
  let response = await ask("HEAD");
  if ([403, 405, 501].includes(response.status)) {
    response.discard();
    response = await client.call({ method: "GET", url: client.url(key), allow: [404, 410], signal });
  }
  if (response.status >= 400) {
    response.discard();
    return null;
  }
  const length = response.headers.get("content-length");
  const known = totalOf(response) ?? (length === null ? null : Number(length));
  if (known !== null) {
    response.discard();
    return { key, sizeBytes: known };
  }
  // Without a length only reading tells it.
  response.discard();
  const whole = await client.call({ method: "GET", url: client.url(key), signal });
  let sizeBytes = 0;
  for await (const chunk of whole.stream()) sizeBytes += chunk.length;
  return { key, sizeBytes };
}
