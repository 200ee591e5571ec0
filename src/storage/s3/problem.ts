import type { AwsKeys } from "../../auth/aws-sign.ts";
import { AuthError, CmlError, ConflictError, IntegrityError, NotFoundError, UnsupportedError } from "../../core/error.ts";
import type { Judgement, OpenAnswer } from "../../host/http.ts";

/** What the answers of a bucket may change for all later requests. */
export interface Learn {
  region(): string;
  moveTo(region: string): void;
  skewMs(): number;
  setSkew(ms: number): void;
  now(): number;
  /** False when the credential cannot be renewed. */
  expire(): boolean;
  keys(): AwsKeys | null;
}

export interface Asked {
  readonly service: string;
  readonly bucket: string;
  readonly key: string | null;
}

const expired: ReadonlySet<string> = new Set(["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"]);
const skewed: ReadonlySet<string> = new Set(["RequestTimeTooSkewed", "RequestInTheFuture"]);
const unknownKey: ReadonlySet<string> = new Set([
  "InvalidAccessKeyId",
  "XAdminUserNotFound",
  "InvalidToken",
  "InvalidTokenId",
  "SignatureDoesNotMatch",
]);
const busy: ReadonlySet<string> = new Set([
  "SlowDown",
  "RequestTimeout",
  "InternalError",
  "ServiceUnavailable",
  "ConditionalRequestConflict",
  "OperationAborted",
]);
/** A credential that is renewed in vain is refused. */
const maxRenewals = 2;
/** A clock may be wrong by this much before S3 refuses. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const toleratedMs = 15 * 60_000;

/** How a failed answer of S3 is understood; codes differ between servers, hence the status has the last word. */
export function judge(answer: OpenAnswer, asked: Asked, learn: Learn): Judgement {
  const code = /<Code>([^<]*)<\/Code>/.exec(answer.text)?.[1] ?? "";
  const region = otherRegion(answer, learn.region());
  if (region !== null) {
    learn.moveTo(region);
    return "again";
  }
  if (isSkewed(answer, code, learn)) return "again";
  if (busy.has(code)) return "retry";
  if (expired.has(code) || (code === "InvalidToken" && (learn.keys()?.expiresMs ?? null) !== null)) {
    if (answer.again < maxRenewals && learn.expire()) return "again";
    return refused(answer, code, learn, `the session token for ${asked.service} has expired`);
  }
  if (unknownKey.has(code)) return refused(answer, code, learn, `${asked.service} rejected the credential`);
  if (code === "NoSuchBucket")
    return new NotFoundError(`${asked.service}: there is no bucket \`${asked.bucket}\``, details(answer, code));
  if (code === "NoSuchVersion" || code === "NoSuchKey") return missing(asked, details(answer, code));
  return byStatus(answer, code, asked, learn);
}

function byStatus(answer: OpenAnswer, code: string, asked: Asked, learn: Learn): Judgement {
  switch (answer.status) {
    case 401:
    case 403:
      return refused(answer, code, learn, `${asked.service} refused access${asked.key === null ? "" : ` to \`${asked.key}\``}`);
    case 404:
      return asked.key === null ? null : missing(asked, details(answer, code));
    case 409:
    case 412:
      return new ConflictError(`${asked.service}: \`${asked.key ?? ""}\` exists already`, details(answer, code));
    case 501:
      return new UnsupportedError(`${asked.service} does not know the request${words(answer)}`, details(answer, code));
    case 301:
    case 307:
      return new IntegrityError(`${asked.service} is elsewhere and does not say where${words(answer)}`, {
        ...details(answer, code),
        hint: "set `region` and `endpointurl` of the remote",
      });
    default:
      return null;
  }
}

export function missing(asked: Asked, more: { details?: Record<string, string | number> } = {}): NotFoundError {
  return new NotFoundError(`${asked.service}: there is no object \`${asked.key ?? ""}\``, more);
}

/** Region that the answer names instead of ours. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingRouting.html */
function otherRegion({ status, headers, text }: OpenAnswer, current: string): string | null {
  if (![301, 307, 400, 403].includes(status)) return null;
  const named =
    headers.get("x-amz-bucket-region") ??
    /<Region>([^<]+)<\/Region>/.exec(text)?.[1] ??
    /expecting '([a-z0-9-]+)'/.exec(text)?.[1] ??
    null;
  return named === null || named === current ? null : named;
}

/** Takes over the server's clock when ours is off by more than S3 tolerates. A `HEAD` has no code, hence the date decides. */
function isSkewed({ status, headers }: OpenAnswer, code: string, learn: Learn): boolean {
  if (status !== 403 && status !== 400) return false;
  const date = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(date)) return false;
  const skewMs = date - learn.now();
  const change = Math.abs(skewMs - learn.skewMs());
  if (change < (skewed.has(code) ? 30_000 : toleratedMs)) return false;
  learn.setSkew(skewMs);
  return true;
}

function refused(answer: OpenAnswer, code: string, learn: Learn, message: string): CmlError {
  const keys = learn.keys();
  const hints = [keys === null ? "no credential was sent" : `the credential came from ${keys.source}`];
  if (skewed.has(code)) hints.push("the clock of this machine is wrong");
  else if (answer.status === 403 && answer.method !== "PUT" && (code === "" || code === "AccessDenied"))
    hints.push("S3 also says so of missing objects when the credential may not list the bucket (`s3:ListBucket`)");
  return new AuthError(`${message}${words(answer)}`, {
    ...details(answer, code),
    status: unknownKey.has(code) || expired.has(code) || answer.status === 401 ? 401 : 403,
    hint: hints.join("; "),
  });
}

function words({ text }: OpenAnswer): string {
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? "";
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? "";
  const line = message.replace(/\s+/g, " ").slice(0, 300).replace(/\.$/, "");
  return code === "" ? "" : `: ${line === "" ? code : `${line} (${code})`}`;
}

function details({ status }: OpenAnswer, code: string): { details: Record<string, string | number> } {
  return { details: { status, ...(code === "" ? {} : { code }) } };
}
