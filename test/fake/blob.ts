import { serve } from "./server.ts";
import type { Answer, Request, Server } from "./server.ts";

/** An account with a hierarchical namespace (Data Lake Storage Gen2) behind the Blob API, for bearer tokens only; pages at two entries. */
export interface BlobFake extends Server {
  readonly blobs: Map<string, Uint8Array>;
  /** Tokens that are good. */
  readonly tokens: Set<string>;
}

interface Account {
  readonly blobs: Map<string, Uint8Array>;
  readonly blocks: Map<string, Map<string, Uint8Array>>;
}

/** https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api */
export async function blobFake(container: string): Promise<BlobFake> {
  const account: Account = { blobs: new Map(), blocks: new Map() };
  const tokens = new Set<string>();
  const server = await serve((request) => {
    if (request.headers["x-ms-version"] === undefined) throw new Error("x-ms-version is missing");
    if (!tokens.has(request.headers["authorization"]?.replace(/^Bearer /, "") ?? ""))
      return refusal(401, "InvalidAuthenticationInfo", "Server failed to authenticate the request. Lifetime validation failed.");
    const [name = "", ...rest] = decodeURIComponent(request.path.slice(1)).split("/");
    if (name !== container) return refusal(404, "ContainerNotFound", "The specified container does not exist.");
    const key = rest.join("/");
    return key === "" ? list(request, account) : blob(request, key, account);
  });
  return { ...server, blobs: account.blobs, tokens };
}

function refusal(status: number, code: string, message: string): Answer {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { "x-ms-error-code": code, "content-type": "application/xml" }, body };
}

function blob(request: Request, key: string, account: Account): Answer {
  const { blobs } = account;
  switch (request.method) {
    case "PUT":
      return put(request, key, account);
    case "HEAD":
      if (folders(blobs).has(key)) return { status: 200, headers: { "content-length": "0", "x-ms-resource-type": "directory" } };
      return get(request, key, blobs);
    case "GET":
      return get(request, key, blobs);
    case "DELETE":
      return blobs.delete(key) ? { status: 202 } : refusal(404, "BlobNotFound", "The specified blob does not exist.");
    default:
      throw new Error(`no such call: ${request.method}`);
  }
}

function get(request: Request, key: string, blobs: ReadonlyMap<string, Uint8Array>): Answer {
  const bytes = blobs.get(key);
  if (bytes === undefined) return refusal(404, "BlobNotFound", "The specified blob does not exist.");
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers["x-ms-range"] ?? "") ?? [];
  const common = { "x-ms-blob-type": "BlockBlob", "last-modified": new Date(0).toUTCString(), etag: '"1"' };
  if (from === undefined)
    return { status: 200, headers: { ...common, "content-length": String(bytes.length) }, ...bodyOf(request, bytes) };
  if (Number(from) >= bytes.length) return refusal(416, "InvalidRange", "The range specified is invalid for the current size.");
  const part = bytes.slice(Number(from), to === "" ? undefined : Number(to) + 1);
  const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
  return { status: 206, headers: { ...common, "content-range": range, "content-length": String(part.length) }, body: part };
}

function bodyOf({ method }: Request, body: Uint8Array): { body?: Uint8Array } {
  return method === "HEAD" ? {} : { body };
}

function put(request: Request, key: string, { blobs, blocks }: Account): Answer {
  const { query, headers, bytes } = request;
  const staged = blocks.get(key) ?? new Map<string, Uint8Array>();
  if (query.get("comp") === "block") {
    blocks.set(key, staged.set(query.get("blockid") ?? "", bytes));
    return { status: 201 };
  }
  if (headers["if-none-match"] === "*" && blobs.has(key))
    return refusal(409, "BlobAlreadyExists", "The specified blob already exists.");
  if (query.get("comp") === "blocklist") {
    const ids = [...new TextDecoder().decode(bytes).matchAll(/<Latest>([^<]*)<\/Latest>/g)].map((match) => match[1] ?? "");
    if (ids.some((id) => !staged.has(id))) return refusal(400, "InvalidBlockList", "The specified block list is invalid.");
    blobs.set(key, new Uint8Array(Buffer.concat(ids.map((id) => staged.get(id) ?? new Uint8Array()))));
    blocks.delete(key);
    return { status: 201 };
  }
  if (headers["x-ms-blob-type"] !== "BlockBlob") throw new Error("x-ms-blob-type is missing");
  blobs.set(key, bytes);
  return { status: 201 };
}

/** Folders come into being with what is in them. */
function folders(blobs: ReadonlyMap<string, Uint8Array>): Set<string> {
  const found = new Set<string>();
  for (const key of blobs.keys())
    for (let slash = key.indexOf("/"); slash > 0; slash = key.indexOf("/", slash + 1)) found.add(key.slice(0, slash));
  return found;
}

function list({ query }: Request, { blobs }: Account): Answer {
  if (query.get("restype") !== "container" || query.get("comp") !== "list") throw new Error("no such call of a container");
  const prefix = query.get("prefix") ?? "";
  const marker = query.get("marker") ?? "";
  const directories = folders(blobs);
  const all = [...new Set([...directories, ...blobs.keys()])].filter((key) => key.startsWith(prefix) && key > marker).toSorted();
  const page = all.slice(0, 2);
  const rows = page.map((key) => {
    const type = directories.has(key) ? "directory" : "file";
    const text = key.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    return `<Blob><Name>${text}</Name><Properties><Content-Length>${blobs.get(key)?.length ?? 0}</Content-Length><ResourceType>${type}</ResourceType></Properties></Blob>`;
  });
  const next =
    all.length > page.length
      ? `<NextMarker>${(page.at(-1) ?? "").replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</NextMarker>`
      : "<NextMarker/>";
  const body = `<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>${rows.join("")}</Blobs>${next}</EnumerationResults>`;
  return { status: 200, headers: { "content-type": "application/xml" }, body };
}
