import { AuthError, ConfigError, ConflictError, NotFoundError } from "../../core/error.ts";
import type { Judgement, OpenAnswer } from "../../host/http.ts";

export interface Learn {
  /** False when the credential cannot be renewed. */
  expire(): boolean;
  skewMs(): number;
  setSkew(ms: number): void;
  now(): number;
  /** Where the credential came from. */
  source(): string;
}

export interface Asked {
  readonly service: string;
  readonly bucket: string;
  readonly key: string | null;
}

const busy: ReadonlySet<string> = new Set([
  "ServiceBusy",
  "QpsLimitExceeded",
  "RequestTimeout",
  "InternalError",
  "DownloadTrafficRateLimitExceeded",
]);
const expired: ReadonlySet<string> = new Set(["SecurityTokenExpired", "InvalidSecurityToken"]);
const unknownKey: ReadonlySet<string> = new Set([
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "InvalidSecurityToken",
  "SecurityTokenExpired",
]);
/** A credential that is renewed in vain is refused. */
const maxRenewals = 2;
/** A clock may be wrong by this much before OSS refuses. */
const toleratedMs = 15 * 60_000;

/** https://www.alibabacloud.com/help/en/oss/support/http-status-code */
export function judge(answer: OpenAnswer, { service, bucket, key }: Asked, learn: Learn): Judgement {
  const text = textOf(answer);
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? "";
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1]?.replace(/\s+/g, " ").replace(/\.$/, "") ?? "";
  const said = code === "" ? "" : `: ${message === "" ? code : `${message.slice(0, 300)} (${code})`}`;
  const more = { details: { status: answer.status, ...(code === "" ? {} : { code }) } };
  if (isSkewed(answer, code, learn)) return "again";
  if (busy.has(code)) return "retry";
  if (expired.has(code) && answer.again < maxRenewals && learn.expire()) return "again";
  if (code === "NoSuchBucket") return new NotFoundError(`${service}: there is no bucket \`${bucket}\``, more);
  switch (answer.status) {
    case 401:
    case 403: {
      const hint = /must be addressed using the specified endpoint/i.test(message)
        ? "set `oss_endpoint` of the remote to the bucket's own region"
        : `the credential came from ${learn.source()}`;
      const what = unknownKey.has(code) ? "rejected the credential" : `refused access${key === null ? "" : ` to \`${key}\``}`;
      return new AuthError(`${service} ${what}${said}`, { ...more, status: unknownKey.has(code) ? 401 : 403, hint });
    }
    case 301:
    case 307:
      return new ConfigError(`${service} is elsewhere${said}`, {
        ...more,
        hint: `set \`oss_endpoint\` of the remote${endpointIn(text)}`,
      });
    case 404:
      return key === null ? null : new NotFoundError(`${service}: there is no object \`${key}\``, more);
    case 409:
    case 412:
      return new ConflictError(`${service}: \`${key ?? ""}\` exists already`, more);
    default:
      return null;
  }
}

function endpointIn(text: string): string {
  const endpoint = /<Endpoint>([^<]+)<\/Endpoint>/.exec(text)?.[1];
  return endpoint === undefined ? "" : ` to \`${endpoint}\``;
}

/** The answer to a `HEAD` has its error in a header. */
function textOf({ text, headers }: OpenAnswer): string {
  const error = headers.get("x-oss-err");
  return text === "" && error !== null ? Buffer.from(error, "base64").toString("utf8") : text;
}

/** Takes over the server's clock when ours is off by more than OSS tolerates. */
function isSkewed({ status, headers }: OpenAnswer, code: string, learn: Learn): boolean {
  if (status !== 403 && status !== 400) return false;
  const date = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(date)) return false;
  const skewMs = date - learn.now();
  if (Math.abs(skewMs - learn.skewMs()) < (code === "RequestTimeTooSkewed" ? 30_000 : toleratedMs)) return false;
  learn.setSkew(skewMs);
  return true;
}
