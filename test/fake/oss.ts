import { createHash, createHmac } from "node:crypto";
import { serve } from "./server.ts";
import type { Answer, Request, Server } from "./server.ts";

/** An in-process OSS after https://www.alibabacloud.com/help/en/oss/developer-reference/: it checks every signature, and pages at two entries. */
export interface OssFake extends Server {
  readonly objects: Map<string, Uint8Array>;
  /** Uploads in parts that were neither completed nor given up. */
  readonly uploads: ReadonlyMap<string, unknown>;
  /** The session token is out of date until the next one is set. */
  expireToken(): void;
  setToken(token: string | null): void;
}

export interface OssFakeOptions {
  readonly bucket: string;
  readonly region: string;
  readonly id: string;
  readonly secret: string;
  readonly token?: string;
}

interface Asked {
  readonly request: Request;
  readonly key: string;
  readonly query: URLSearchParams;
}

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const known: ReadonlySet<string> = new Set([
  "list-type",
  "prefix",
  "continuation-token",
  "encoding-type",
  "max-keys",
  "uploads",
  "uploadId",
  "partNumber",
  "delimiter",
  "fetch-owner",
  "start-after",
]);
const signedInFirst: ReadonlySet<string> = new Set(["uploads", "uploadId", "partNumber", "continuation-token"]);

export async function ossFake(options: OssFakeOptions): Promise<OssFake> {
  const objects = new Map<string, Uint8Array>();
  const uploads = new Map<string, { key: string; parts: Map<number, Uint8Array>; mayOverwrite: boolean }>();
  let token: string | null = options.token ?? null;
  let isExpired = false;
  let sequence = 0;

  function handle(request: Request): Answer {
    try {
      const asked = locate(request, options.bucket);
      for (const name of asked.query.keys()) if (!known.has(name)) throw new Error(`unknown parameter ${name}`);
      checkDate(request);
      checkSignature(asked, options, token, isExpired);
      return answer(asked);
    } catch (error) {
      if (error instanceof Refusal) return refusal(request, error);
      throw error;
    }
  }

  function answer({ request, key, query }: Asked): Answer {
    if (key === "") {
      if (request.method === "GET" && query.get("list-type") === "2") return list(query);
      throw new Error(`no such call of a bucket: ${request.method} ${query.toString()}`);
    }
    const uploadId = query.get("uploadId");
    if (query.has("uploads") || uploadId !== null) return multipart({ request, key, query }, uploadId);
    switch (request.method) {
      case "PUT":
        return put(key, request);
      case "GET":
      case "HEAD":
        return get(key, request);
      case "DELETE":
        objects.delete(key);
        return { status: 204 };
      default:
        throw new Error(`no such call of an object: ${request.method}`);
    }
  }

  function put(key: string, request: Request): Answer {
    const md5 = createHash("md5").update(request.bytes);
    const given = request.headers["content-md5"];
    const digest = md5.digest();
    if (given !== undefined && given !== digest.toString("base64"))
      throw new Refusal(400, "InvalidDigest", "The Content-MD5 differs.");
    if (request.headers["content-length"] === undefined)
      throw new Refusal(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
    refuseExisting(key, request.headers["x-oss-forbid-overwrite"] !== "true");
    objects.set(key, request.bytes);
    return { status: 200, headers: { etag: `"${digest.toString("hex").toUpperCase()}"` } };
  }

  function refuseExisting(key: string, mayOverwrite: boolean): void {
    if (!mayOverwrite && objects.has(key))
      throw new Refusal(409, "FileAlreadyExists", "The object you specified already exists and can not be overwritten.");
  }

  function get(key: string, request: Request): Answer {
    const bytes = objects.get(key);
    if (bytes === undefined) throw new Refusal(404, "NoSuchKey", "The specified key does not exist.");
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers["range"] ?? "") ?? [];
    const isStandard = request.headers["x-oss-range-behavior"] === "standard";
    if (from !== undefined && (Number(from) < bytes.length || isStandard)) {
      if (Number(from) >= bytes.length) throw new Refusal(416, "InvalidRange", "The requested range cannot be satisfied");
      const end = Math.min(bytes.length, to === undefined || to === "" ? bytes.length : Number(to) + 1);
      const range = `bytes ${from}-${end - 1}/${bytes.length}`;
      return {
        status: 206,
        headers: lengthOf(end - Number(from), { "content-range": range }),
        body: bytes.slice(Number(from), end),
      };
    }
    const headers = lengthOf(bytes.length);
    return request.method === "HEAD" ? { status: 200, headers } : { status: 200, headers, body: bytes };
  }

  function list(query: URLSearchParams): Answer {
    const prefix = query.get("prefix") ?? "";
    const after = query.get("continuation-token") ?? "";
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted();
    const page = keys.slice(0, Math.min(2, Number(query.get("max-keys") ?? 2)));
    const isEncoded = query.get("encoding-type") === "url";
    const named = (key: string): string => (isEncoded ? encodeURIComponent(key) : escapeXml(key));
    const rows = page.map((key) => `<Contents><Key>${named(key)}</Key><Size>${objects.get(key)?.length}</Size></Contents>`);
    const next =
      keys.length > page.length ? `<NextContinuationToken>${escapeXml(page.at(-1) ?? "")}</NextContinuationToken>` : "";
    return {
      status: 200,
      headers: { "content-type": "application/xml" },
      body: `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>${options.bucket}</Name>${isEncoded ? "<EncodingType>url</EncodingType>" : ""}<IsTruncated>${next !== ""}</IsTruncated>${next}${rows.join("")}<KeyCount>${page.length}</KeyCount></ListBucketResult>`,
    };
  }

  function multipart({ request, key, query }: Asked, uploadId: string | null): Answer {
    if (uploadId === null) {
      const id = `UP${(sequence += 1)}`;
      const mayOverwrite = request.headers["x-oss-forbid-overwrite"] !== "true";
      refuseExisting(key, mayOverwrite);
      uploads.set(id, { key, parts: new Map(), mayOverwrite });
      return xml(
        `<InitiateMultipartUploadResult><Bucket>${options.bucket}</Bucket><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      );
    }
    const upload = uploads.get(uploadId);
    if (upload === undefined || upload.key !== key)
      throw new Refusal(404, "NoSuchUpload", "The specified upload does not exist.");
    if (request.method === "DELETE") {
      uploads.delete(uploadId);
      return { status: 204 };
    }
    if (request.method === "PUT") {
      upload.parts.set(Number(query.get("partNumber")), request.bytes);
      return { status: 200, headers: { etag: tagOf(request.bytes) } };
    }
    const wanted = [
      ...new TextDecoder().decode(request.bytes).matchAll(/<PartNumber>(\d+)<\/PartNumber>\s*<ETag>(.*?)<\/ETag>/gs),
    ];
    const bodies = wanted.map(([, number, tag]) => {
      const part = upload.parts.get(Number(number));
      if (part === undefined || tag?.replaceAll("&quot;", '"') !== tagOf(part))
        throw new Refusal(400, "InvalidPart", "A part is not there.");
      return part;
    });
    if (bodies.slice(0, -1).some((body) => body.length < 100 * 1024))
      throw new Refusal(400, "EntityTooSmall", "A part is too small.");
    refuseExisting(key, upload.mayOverwrite && request.headers["x-oss-forbid-overwrite"] !== "true");
    objects.set(key, new Uint8Array(Buffer.concat(bodies)));
    uploads.delete(uploadId);
    return xml(
      `<CompleteMultipartUploadResult><Bucket>${options.bucket}</Bucket><Key>${escapeXml(key)}</Key><ETag>"X"</ETag></CompleteMultipartUploadResult>`,
    );
  }

  const server = await serve(handle);
  return {
    ...server,
    objects,
    uploads,
    expireToken: () => {
      isExpired = true;
    },
    setToken: (next) => {
      token = next;
      isExpired = false;
    },
  };
}

function xml(body: string): Answer {
  return { status: 200, headers: { "content-type": "application/xml" }, body };
}

function lengthOf(length: number, more: Record<string, string> = {}): Record<string, string> {
  return { ...more, "content-length": String(length), "content-type": "application/octet-stream" };
}

function tagOf(bytes: Uint8Array): string {
  return `"${createHash("md5").update(bytes).digest("hex").toUpperCase()}"`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Bucket by host name or by path. */
function locate(request: Request, bucket: string): Asked {
  const isVirtual = request.headers["host"]?.startsWith(`${bucket}.`) === true;
  const path = decodeURIComponent(request.path.slice(1));
  const name = isVirtual ? bucket : (path.split("/")[0] ?? "");
  if (name !== bucket) throw new Refusal(404, "NoSuchBucket", "The specified bucket does not exist.");
  return { request, key: isVirtual ? path : path.slice(name.length + 1), query: request.query };
}

function checkDate(request: Request): void {
  const text = request.headers["x-oss-date"] ?? "";
  const compact = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  const time = Date.parse(
    compact === null ? text : text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (!(Math.abs(time - Date.now()) < 15 * 60_000))
    throw new Refusal(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.");
}

function checkSignature(asked: Asked, options: OssFakeOptions, token: string | null, isExpired: boolean): void {
  const { headers } = asked.request;
  const given = headers["authorization"] ?? "";
  if (given === "") throw new Refusal(403, "AccessDenied", "You have no right to access this object because of bucket acl.");
  const id = /^OSS ([^:]+):/.exec(given)?.[1] ?? /Credential=([^/]+)\//.exec(given)?.[1];
  if (id !== options.id)
    throw new Refusal(403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records.");
  if ((headers["x-oss-security-token"] ?? null) !== token)
    throw new Refusal(403, "InvalidSecurityToken", "The security token you provided is invalid.");
  const wanted = given.startsWith("OSS4-HMAC-SHA256 ") ? fourth(asked, options) : `OSS ${id}:${first(asked, options)}`;
  if (given.replaceAll(", ", ",") !== wanted)
    throw new Refusal(
      403,
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
    );
  if (isExpired) throw new Refusal(403, "SecurityTokenExpired", "The security token you provided has expired.");
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** https://www.alibabacloud.com/help/en/oss/developer-reference/recommend-to-use-signature-version-4 */
function fourth({ request, key, query }: Asked, { bucket, region, secret, id }: OssFakeOptions): string {
  const { headers } = request;
  if (headers["x-oss-content-sha256"] !== "UNSIGNED-PAYLOAD")
    throw new Refusal(400, "InvalidArgument", "x-oss-content-sha256 is missing.");
  const names = Object.keys(headers).filter(
    (name) => name.startsWith("x-oss-") || name === "content-type" || name === "content-md5",
  );
  const pairs = [...query].map(([name, value]) => (value === "" ? encode(name) : `${encode(name)}=${encode(value)}`));
  const canonical = [
    request.method,
    `/${bucket}/${key.split("/").map(encode).join("/")}`,
    pairs.toSorted().join("&"),
    names
      .toSorted()
      .map((name) => `${name}:${headers[name]?.trim()}\n`)
      .join(""),
    "",
    "UNSIGNED-PAYLOAD",
  ].join("\n");
  const time = headers["x-oss-date"] ?? "";
  const scope = `${time.slice(0, 8)}/${region}/oss/aliyun_v4_request`;
  const text = ["OSS4-HMAC-SHA256", time, scope, createHash("sha256").update(canonical).digest("hex")].join("\n");
  let signing: string | Buffer = `aliyun_v4${secret}`;
  for (const part of [time.slice(0, 8), region, "oss", "aliyun_v4_request"])
    signing = createHmac("sha256", signing).update(part).digest();
  return `OSS4-HMAC-SHA256 Credential=${id}/${scope},Signature=${createHmac("sha256", signing).update(text).digest("hex")}`;
}

/** https://www.alibabacloud.com/help/en/oss/developer-reference/include-signatures-in-the-authorization-header */
function first({ request, key, query }: Asked, { bucket, secret }: OssFakeOptions): string {
  const { headers } = request;
  const own = Object.keys(headers)
    .filter((name) => name.startsWith("x-oss-"))
    .toSorted();
  const parts = [...query.keys()].filter((name) => signedInFirst.has(name)).toSorted();
  const resource = parts.map((name) => (query.get(name) === "" ? name : `${name}=${query.get(name)}`)).join("&");
  const text = [
    request.method,
    headers["content-md5"] ?? "",
    headers["content-type"] ?? "",
    headers["x-oss-date"] ?? headers["date"] ?? "",
    ...own.map((name) => `${name}:${headers[name]?.trim()}`),
    `/${bucket}/${key}${resource === "" ? "" : `?${resource}`}`,
  ].join("\n");
  return createHmac("sha1", secret).update(text).digest("base64");
}

function refusal(request: Request, { status, code, message }: Refusal): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message><RequestId>R1</RequestId></Error>`;
  const headers = { "x-oss-request-id": "R1", "content-type": "application/xml" };
  if (request.method !== "HEAD") return { status, headers, body };
  return { status, headers: { ...headers, "x-oss-err": Buffer.from(body).toString("base64") } };
}
