import { createHash, createHmac } from "node:crypto";

/** Keys of an AWS account, or of a session in it. */
export interface AwsKeys {
  readonly id: string;
  readonly secret: string;
  readonly token: string | null;
  /** Where they came from (`AWS_ACCESS_KEY_ID`, a profile, …). */
  readonly source: string;
  readonly expiresMs: number | null;
}

/** A request as it is signed: everything in the form in which it is sent. */
export interface SignedParts {
  readonly method: string;
  /** Percent-encoded, with its leading slash. */
  readonly path: string;
  /** Percent-encoded and sorted by name, without question mark. */
  readonly query: string;
  /** Headers to sign, lower case; `x-amz-date` is added. */
  readonly headers: Readonly<Record<string, string>>;
  /** Hex SHA-256 of the body, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
}

export interface SigningScope {
  readonly region: string;
  readonly service: string;
}

export const unsignedPayload = "UNSIGNED-PAYLOAD";
export const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export type SignV4 = (parts: SignedParts, keys: AwsKeys, scope: SigningScope, nowMs: number) => Record<string, string>;

/**
 * Makes a signer that keeps the key of the day, which costs four of the five HMACs. It answers the headers to send: those given, `x-amz-date` and
 * `authorization`. https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
export function createSignV4(): SignV4 {
  let keyOf = "";
  let key: Buffer = Buffer.alloc(0);
  let second = -1;
  let time = "";
  return (parts, keys, { region, service }, nowMs) => {
    const now = Math.floor(nowMs / 1000);
    if (now !== second) {
      second = now;
      time = amzTime(nowMs);
    }
    const day = time.slice(0, 8);
    const scope = `${day}/${region}/${service}/aws4_request`;
    if (keyOf !== `${scope}/${keys.secret}`) {
      keyOf = `${scope}/${keys.secret}`;
      key = [region, service, "aws4_request"].reduce(hmac, hmac(`AWS4${keys.secret}`, day));
    }
    const headers: Record<string, string> = { ...parts.headers, "x-amz-date": time };
    const names = Object.keys(headers).toSorted();
    let lines = "";
    for (const name of names) lines += `${name}:${(headers[name] ?? "").trim().replace(/ {2,}/g, " ")}\n`;
    const signed = names.join(";");
    const canonical = `${parts.method}\n${parts.path}\n${parts.query}\n${lines}\n${signed}\n${parts.payloadHash}`;
    const digest = createHash("sha256").update(canonical).digest("hex");
    const signature = createHmac("sha256", key).update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${digest}`).digest("hex");
    headers["authorization"] = `AWS4-HMAC-SHA256 Credential=${keys.id}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
    return headers;
  };
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** `20130524T000000Z`. */
function amzTime(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "");
}

/** Percent-encoding as the signature wants it: everything but letters, digits and `-._~`. */
export function encodeRfc3986(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The same for a path, whose slashes stay. */
export function encodePath(path: string): string {
  return /^[\w.~/-]*$/.test(path) ? path : path.split("/").map(encodeRfc3986).join("/");
}
