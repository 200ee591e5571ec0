import type { Secret } from "../core/secret.ts";

export interface HttpRequest {
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Joined to `url`; undefined values are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** An object is sent as JSON. `body` is asked for again on a retry, hence no streams. */
  readonly json?: unknown;
  readonly body?: Uint8Array | string | FormData;
  /** Names the credential in errors; its value goes into the header by `authorization`. */
  readonly credential?: Secret;
  /** Header made of the credential, default `Bearer <value>`. Dropped on a redirect to another origin, as every header of `headers` that carries it. */
  readonly authorization?: (value: string) => Readonly<Record<string, string>>;
  /** The request may be repeated although it is a POST or PATCH. */
  readonly idempotent?: boolean;
  /** Deadline of the whole call with its retries; 60 s unless given. */
  readonly timeoutMs?: number;
  /** Largest accepted body of the answer, 64 MiB unless given. */
  readonly limitBytes?: number;
  /** Statuses returned to the caller instead of thrown. */
  readonly allow?: readonly number[];
  readonly redirect?: "follow" | "manual";
  /** Service named in errors (`GitHub`, `Gitea`). */
  readonly service: string;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly url: string;
  readonly bytes: Uint8Array;
  text(): string;
  /** `IntegrityError` when the body is no JSON. Integers beyond 2^53 are text. */
  json(): unknown;
}

/**
 * The one HTTP client. Retries GET, HEAD, PUT, DELETE and idempotent requests on 408, 425, 429, 5xx and connection errors with full jitter,
 * honouring `Retry-After` up to a ceiling; other methods only when the connection was refused. Throws by status: 401 and 403 `AuthError`,
 * 404 `NotFoundError`, 409 `ConflictError`, 422 and other 4xx `InputError`, 429, 5xx and network `UnavailableError`; each with method, redacted
 * URL, status, request id and the server's own words. Their details: `status`, `host`, `requestId`. A 403 that is a used-up rate is `UnavailableError`.
 */
export interface Http {
  request(request: HttpRequest): Promise<HttpResponse>;
  /**
   * Every page of a list, following `Link: rel="next"` on the origin of the first request only (of a link to another, its query is taken); stops when a
   * page repeats.
   */
  pages(request: HttpRequest): AsyncIterable<HttpResponse>;
}
