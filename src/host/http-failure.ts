import { AuthError, ConflictError, InputError, NotFoundError, UnavailableError } from "../core/error.ts";
import type { CmlError, ErrorOptions } from "../core/error.ts";
import type { Redactor } from "../core/secret.ts";
import { pageTitle } from "./http-json.ts";
import { isRateLimit, retryAfter } from "./http-retry.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";

/** Whose request failed; the method is any, WebDAV's included. */
export interface FailedRequest extends Pick<HttpRequest, "service" | "url" | "credential"> {
  readonly method?: string;
}

/** `GitHub (api.github.com)`. */
export function target(request: Pick<HttpRequest, "service" | "url">): string {
  return `${request.service} (${URL.canParse(request.url) ? new URL(request.url).host : "no address"})`;
}

export interface StatusFailure {
  readonly error: CmlError;
  readonly retryAfterMs: number | undefined;
}

/** The error of an answer with a status of failure: what it means, the server's own words, and the call as its cause. */
export function statusFailure(
  request: FailedRequest,
  response: HttpResponse,
  context: { readonly redactor: Redactor; readonly now: number },
): StatusFailure {
  const { status, headers } = response;
  const said = context.redactor.redact(ownWords(response));
  const words = said === "" ? "" : `: ${said}`;
  const requestId = requestIdOf(headers);
  const tail = requestId === undefined ? "" : ` (request ${requestId})`;
  const options: ErrorOptions = {
    cause: new Error(
      `${request.method ?? "GET"} ${context.redactor.redact(response.url)}: ${[status, reasons[status]].filter((part) => part !== undefined).join(" ")}${tail}`,
    ),
    details: { status, host: new URL(response.url).host, ...(requestId === undefined ? {} : { requestId }) },
  };
  const name = target({ ...request, url: response.url });
  const retryAfterMs = retryAfter(headers, context.now);
  if (isRateLimit(response)) {
    const hint = retryAfterMs === undefined ? undefined : `it asks to wait ${Math.ceil(retryAfterMs / 1000)} s`;
    return {
      error: new UnavailableError(`${name} limits the rate of requests${words}`, { ...options, hint, retryAfterMs }),
      retryAfterMs,
    };
  }
  if (status >= 500 || status === 408 || status === 425)
    return { error: new UnavailableError(`${name} failed with ${status}${words}`, { ...options, retryAfterMs }), retryAfterMs };
  return { error: refusal(request, name, status, words, options), retryAfterMs };
}

function refusal(request: FailedRequest, name: string, status: number, words: string, options: ErrorOptions): CmlError {
  const source = request.credential?.source;
  const hint = source === undefined ? undefined : `the token came from \`${source}\``;
  switch (status) {
    case 401:
      return source === undefined
        ? new AuthError(`${name} wants a token and none is set${words}`, { ...options, status: 401 })
        : new AuthError(`${name} rejected the token${words}`, { ...options, status: 401, hint });
    case 403:
      return new AuthError(`${name} refused the request${words}`, { ...options, status: 403, hint });
    case 404:
    case 410:
      return new NotFoundError(`${name} does not have it${words}`, options);
    case 409:
      return new ConflictError(`${name} reports a conflict${words}`, options);
    case 407:
      return new AuthError(`the proxy on the way to ${name} wants credentials${words}`, {
        ...options,
        hint: "put them into the proxy variable: `HTTPS_PROXY=http://user:password@proxy:port`",
      });
    default:
      return new InputError(`${name} did not accept the request (${status})${words}`, options);
  }
}

export interface ConnectionFailure {
  readonly error: CmlError;
  /** The connection never came about, so nothing was done. */
  readonly isRefused: boolean;
  /** Another attempt may succeed; a certificate that is not trusted stays so. */
  readonly isPassing: boolean;
  /** Fewer attempts than for other failures: a name that is unknown mostly stays so. */
  readonly mostAttempts?: number;
}

/** The error of a request without an answer. */
export function connectionFailure(
  request: FailedRequest,
  cause: unknown,
  context: { readonly redactor: Redactor; readonly isTimeout: boolean; readonly timeoutMs: number },
): ConnectionFailure {
  const name = target(request);
  const call = `${request.method ?? "GET"} ${context.redactor.redact(request.url)}`;
  const { code, text } = origin(cause);
  const options: ErrorOptions = {
    cause: new Error(`${call}: ${context.redactor.redact(text)}`),
    details: { host: new URL(request.url).host, ...(code === "" ? {} : { code }) },
  };
  const fail = (message: string, more: { hint?: string; isRefused?: boolean; isPassing?: boolean } = {}): ConnectionFailure => ({
    error: new UnavailableError(message, { ...options, hint: more.hint, retryable: more.isPassing ?? true }),
    isRefused: more.isRefused ?? false,
    isPassing: more.isPassing ?? true,
  });
  if (context.isTimeout)
    return fail(`no answer from ${name} within ${Math.round(context.timeoutMs / 1000)} s`, { isPassing: false });
  const all = `${code} ${text}`;
  if (/CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|certificate|UnknownIssuer/i.test(all))
    return fail(`the certificate of ${name} is not trusted`, {
      isPassing: false,
      hint: "name the file of your certificate authority by `--ca-file`, `CML_CA_FILE`, `NODE_EXTRA_CA_CERTS` or `SSL_CERT_FILE`",
    });
  if (/ERR_PROXY|proxy/i.test(all))
    return fail(`the proxy on the way to ${name} failed`, {
      hint: "`HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say which proxy is used",
    });
  if (/ECONNREFUSED|connection refused/i.test(all)) return fail(`cannot reach ${name}: connection refused`, { isRefused: true });
  if (/ENOTFOUND|EAI_AGAIN|getaddrinfo|dns error|failed to lookup/i.test(all))
    return {
      ...fail(`cannot reach ${name}: its name is not known to the resolver`, {
        isRefused: true,
        hint: "behind a proxy set `HTTPS_PROXY`",
      }),
      mostAttempts: 3,
    };
  return fail(`the connection to ${name} was cut`);
}

/** Bun has the system's code on the error itself, Deno words in its cause; ofetch wraps both. */
function origin(error: unknown): { code: string; text: string } {
  let code = "";
  let text = "";
  for (let each: unknown = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth += 1) {
    if ("code" in each && typeof each.code === "string") code = each.code;
    // The outermost message of ofetch repeats the address with its query.
    if (each.name !== "FetchError") text = text === "" ? each.message : `${text}: ${each.message}`;
  }
  return { code, text: text === "" ? String(error) : text.replace(/\s+/g, " ") };
}

const maxWords = 300;

/** What the server itself says about its refusal, on one line: https://www.rfc-editor.org/rfc/rfc9457 and the forms of forges and clouds. */
function ownWords(response: HttpResponse): string {
  const text = response.text().slice(0, 65_536);
  const words = fromJson(text) ?? fromXml(text) ?? (/<html|<!doctype/i.test(text) ? pageTitle(text) : text);
  // Control characters could end our line and begin a workflow command.
  const line = words.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  const characters = Array.from(line);
  return characters.length > maxWords ? `${characters.slice(0, maxWords).join("")}…` : line;
}

function fromJson(text: string): string | undefined {
  if (!/^\s*[[{"]/.test(text)) return undefined;
  try {
    const found = sayings(JSON.parse(text));
    return found.length === 0 ? undefined : [...new Set(found)].join("; ");
  } catch {
    return undefined;
  }
}

/** `{message, errors}` of GitHub and Gitea, `{message: {field: [..]}}` of GitLab, `{error: {message, detail}}` of Bitbucket and Google, and their likes. */
function sayings(value: unknown, depth = 0): string[] {
  if (depth > 4) return [];
  if (typeof value === "string") return value.trim() === "" ? [] : [value];
  if (Array.isArray(value)) return value.slice(0, 5).flatMap((item) => sayings(item, depth + 1));
  if (typeof value !== "object" || value === null) return [];
  const known = ["message", "Message", "error_description", "error", "errors", "detail", "title"];
  const found = known.flatMap((key) => sayings(Reflect.get(value, key), depth + 1));
  if (found.length > 0) return found;
  const field: unknown = Reflect.get(value, "field");
  const code: unknown = Reflect.get(value, "code");
  if (typeof field === "string" && typeof code === "string") return [`${field} ${code}`];
  if (depth === 0) return [];
  return Object.entries(value)
    .slice(0, 5)
    .flatMap(([key, inner]) => sayings(inner, depth + 1).map((words) => `${key} ${words}`));
}

function fromXml(text: string): string | undefined {
  return /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
}

const idHeaders = [
  "x-github-request-id",
  "x-request-id",
  "x-amz-request-id",
  "x-ms-request-id",
  "x-oss-request-id",
  "x-trequestid",
  "cf-ray",
];

function requestIdOf(headers: Headers): string | undefined {
  const id = idHeaders.map((name) => headers.get(name)).find((value) => value !== null && value !== "");
  return id?.slice(0, 100) ?? undefined;
}

const reasons: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  423: "Locked",
  425: "Too Early",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};
