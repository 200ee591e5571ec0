import { AuthError, ConflictError, NotFoundError } from "../../core/error.ts";
import type { Judgement, OpenAnswer } from "../../host/http.ts";

export interface Learn {
  /** Where the credential came from; null when there is none. */
  source(): string | null;
  /** False when the credential cannot be renewed. */
  expire(): boolean;
  skewMs(): number;
  setSkew(ms: number): void;
  now(): number;
}

export interface Asked {
  readonly service: string;
  readonly container: string;
  readonly key: string | null;
}

const busy: ReadonlySet<string> = new Set(["ServerBusy", "OperationTimedOut", "InternalError"]);
/** A token that is renewed in vain is refused. */
const maxRenewals = 2;
/** A clock may be wrong by this much before Azure refuses. */
const toleratedMs = 15 * 60_000;

/** Every failed answer names its code in a header. https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
export function judge(answer: OpenAnswer, asked: Asked, learn: Learn): Judgement {
  const { status, headers, text } = answer;
  const code = headers.get("x-ms-error-code") ?? /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? "";
  const more = { details: { status, ...(code === "" ? {} : { code }) } };
  const { service, container, key } = asked;
  if (busy.has(code)) return "retry";
  if (code === "ContainerNotFound" || code === "FilesystemNotFound" || (status === 404 && key === null))
    return new NotFoundError(`${service}: there is no container \`${container}\``, more);
  if (status === 404) return new NotFoundError(`${service}: there is no object \`${key ?? ""}\``, more);
  if (code === "PublicAccessNotPermitted" || status === 401 || status === 403) {
    if ((status === 403 || status === 401) && isSkewed(headers, learn)) return "again";
    if (status === 401 && code === "InvalidAuthenticationInfo" && answer.again < maxRenewals && learn.expire()) return "again";
    return refused(answer, code, asked, learn);
  }
  if (code === "ContainerBeingDeleted" || code === "LeaseIdMissing") return null;
  if (status === 409 || status === 412) return new ConflictError(`${service}: \`${key ?? ""}\` exists already`, more);
  return null;
}

function isSkewed(headers: Headers, learn: Learn): boolean {
  const date = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(date)) return false;
  const skewMs = date - learn.now();
  if (Math.abs(skewMs - learn.skewMs()) < toleratedMs) return false;
  learn.setSkew(skewMs);
  return true;
}

function refused({ status, text, method }: OpenAnswer, code: string, { service, key }: Asked, learn: Learn): AuthError {
  const source = learn.source();
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? "";
  const detail = /<AuthenticationErrorDetail>([^<]*)<\/AuthenticationErrorDetail>/.exec(text)?.[1] ?? "";
  const said = [...message.split("\n").slice(0, 1), detail]
    .map((part) => part.replace(/\s+/g, " ").trim().replace(/\.$/, ""))
    .filter((part) => part !== "")
    .join(": ");
  const isUnknown = code === "AuthenticationFailed" || code === "InvalidAuthenticationInfo" || status === 401;
  const what = isUnknown && source !== null ? "rejected the credential" : `refused access${key === null ? "" : ` to \`${key}\``}`;
  return new AuthError(
    `${service} ${what}${said === "" && code === "" ? "" : `: ${said === "" ? code : `${said.slice(0, 300)} (${code})`}`}`,
    {
      status: isUnknown ? 401 : 403,
      details: { status, method, ...(code === "" ? {} : { code }) },
      hint: source === null ? "no credential was sent" : `the credential came from ${source}`,
    },
  );
}
