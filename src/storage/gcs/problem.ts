import { AuthError, ConflictError, NotFoundError } from "../../core/error.ts";
import type { Judgement, OpenAnswer } from "../../host/http.ts";

export interface Learn {
  /** False when the token cannot be renewed. */
  expire(): boolean;
  /** Where the token came from; null when there is none. */
  source(): string | null;
}

export interface Asked {
  readonly service: string;
  readonly bucket: string;
  readonly key: string | null;
  readonly isCreation: boolean;
}

/** A token that is renewed in vain is refused. */
const maxRenewals = 2;

/** https://cloud.google.com/storage/docs/json_api/v1/status-codes */
export function judge(answer: OpenAnswer, { service, bucket, key, isCreation }: Asked, learn: Learn): Judgement {
  const said = words(answer);
  const details = { details: { status: answer.status } };
  const source = learn.source();
  const from = source === null ? "no credential was sent" : `the credential came from ${source}`;
  switch (answer.status) {
    case 401:
      if (source !== null && answer.again < maxRenewals && learn.expire()) return "again";
      return new AuthError(source === null ? `${service} wants a credential${said}` : `${service} rejected the token${said}`, {
        ...details,
        status: 401,
        hint: source === null ? "set `GOOGLE_APPLICATION_CREDENTIALS`, or `credentialpath` of the remote" : from,
      });
    case 403:
      if (/rateLimitExceeded|userRateLimitExceeded/.test(answer.text)) return "retry";
      return new AuthError(`${service} refused access${key === null ? "" : ` to \`${key}\``}${said}`, { ...details, hint: from });
    case 404:
      if (key === null || isCreation || /bucket does not exist|bucket not found/i.test(answer.text))
        return new NotFoundError(`${service}: there is no bucket \`${bucket}\`${said}`, {
          details: { status: 404, code: "NoSuchBucket" },
        });
      return new NotFoundError(`${service}: there is no object \`${key}\``, details);
    case 409:
    case 412:
      return new ConflictError(`${service}: \`${key ?? ""}\` exists already`, details);
    default:
      return null;
  }
}

/** `{"error": {"message": …}}`, or plain text from the download half of the API. */
function words({ text }: OpenAnswer): string {
  const message = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? (/^\s*[{<]/.test(text) ? "" : text);
  const line = message.replace(/\\./g, " ").replace(/\s+/g, " ").trim().replace(/\.$/, "").slice(0, 300);
  return line === "" ? "" : `: ${line}`;
}
