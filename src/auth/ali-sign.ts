import { createHash, createHmac } from "node:crypto";
import type { AliKeys } from "./ali.ts";
import { encodePath, encodeRfc3986 } from "./aws-sign.ts";

/** A request to OSS as it is signed. */
export interface OssParts {
  readonly method: string;
  readonly bucket: string;
  /** Name of the object as it is; empty for the bucket. */
  readonly key: string;
  /** Decoded parameters; an empty value is sent as the name alone. */
  readonly query: Readonly<Record<string, string>>;
  /** All headers, lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Parameters that are part of the resource in the first version of the signature; the others are not signed. */
const subresources: ReadonlySet<string> = new Set([
  "acl",
  "append",
  "bucketInfo",
  "continuation-token",
  "delete",
  "location",
  "objectMeta",
  "partNumber",
  "position",
  "security-token",
  "uploadId",
  "uploads",
  "versionId",
  "versioning",
  "versions",
]);

/** Headers to send: those given, the date and `authorization`. Version 4 where the region is known, else version 1, which needs none. */
export function signOss(parts: OssParts, keys: AliKeys, region: string | null, nowMs: number): Record<string, string> {
  const token: Record<string, string> = keys.token === null ? {} : { "x-oss-security-token": keys.token };
  return region === null
    ? signV1({ ...parts, headers: { ...parts.headers, ...token } }, keys, nowMs)
    : signV4({ ...parts, headers: { ...parts.headers, ...token } }, keys, region, nowMs);
}

/** https://www.alibabacloud.com/help/en/oss/developer-reference/recommend-to-use-signature-version-4 */
function signV4(parts: OssParts, keys: AliKeys, region: string, nowMs: number): Record<string, string> {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/oss/aliyun_v4_request`;
  const headers: Record<string, string> = { ...parts.headers, "x-oss-content-sha256": "UNSIGNED-PAYLOAD", "x-oss-date": time };
  const canonical = [
    parts.method,
    `/${encodeRfc3986(parts.bucket)}/${encodePath(parts.key)}`,
    ossQuery(parts.query),
    signedNames(headers, ["content-md5", "content-type"])
      .map((name) => `${name}:${headers[name]?.trim()}\n`)
      .join(""),
    "",
    "UNSIGNED-PAYLOAD",
  ].join("\n");
  const digest = createHash("sha256").update(canonical).digest("hex");
  const signature = createHmac("sha256", dayKey(keys.secret, day, region))
    .update(`OSS4-HMAC-SHA256\n${time}\n${scope}\n${digest}`)
    .digest("hex");
  headers["authorization"] = `OSS4-HMAC-SHA256 Credential=${keys.id}/${scope},Signature=${signature}`;
  return headers;
}

let kept: { readonly of: string; readonly key: Buffer } | null = null;

/** The key of the day costs four of the five HMACs. */
function dayKey(secret: string, day: string, region: string): Buffer {
  const of = `${day}/${region}/${secret}`;
  if (kept?.of === of) return kept.key;
  const key = [day, region, "oss", "aliyun_v4_request"].reduce<Buffer>(
    (last, text) => createHmac("sha256", last).update(text).digest(),
    Buffer.from(`aliyun_v4${secret}`),
  );
  kept = { of, key };
  return key;
}

/** https://www.alibabacloud.com/help/en/oss/developer-reference/include-signatures-in-the-authorization-header */
function signV1(parts: OssParts, keys: AliKeys, nowMs: number): Record<string, string> {
  const headers: Record<string, string> = { ...parts.headers, "x-oss-date": new Date(nowMs).toUTCString() };
  const own = signedNames(headers, []).map((name) => `${name}:${headers[name]?.trim()}\n`);
  const signed = Object.fromEntries(Object.entries(parts.query).filter(([name]) => subresources.has(name)));
  const query = Object.keys(signed)
    .toSorted()
    .map((name) => (signed[name] === "" ? name : `${name}=${signed[name]}`))
    .join("&");
  const resource = `/${parts.bucket}/${parts.key}${query === "" ? "" : `?${query}`}`;
  const text = [
    parts.method,
    headers["content-md5"] ?? "",
    headers["content-type"] ?? "",
    headers["x-oss-date"],
    `${own.join("")}${resource}`,
  ].join("\n");
  headers["authorization"] = `OSS ${keys.id}:${createHmac("sha1", keys.secret).update(text).digest("base64")}`;
  return headers;
}

function signedNames(headers: Readonly<Record<string, string>>, more: readonly string[]): string[] {
  return Object.keys(headers)
    .filter((name) => name.startsWith("x-oss-") || more.includes(name))
    .toSorted();
}

/** Query as sent and signed, sorted by name. */
export function ossQuery(query: Readonly<Record<string, string>>): string {
  return Object.keys(query)
    .toSorted()
    .map((name) => {
      const value = query[name] ?? "";
      return value === "" ? encodeRfc3986(name) : `${encodeRfc3986(name)}=${encodeRfc3986(value)}`;
    })
    .join("&");
}
