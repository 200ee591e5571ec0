import type { CmlError } from "../core/error.ts";
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

/** What is sent: made anew for each attempt, so that signatures, dates and tokens are fresh. */
export interface PreparedRequest {
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** A request whose bodies may be larger than memory. */
export interface OpenRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PROPFIND" | "MKCOL" | "MOVE";
  readonly prepare: () => PreparedRequest | Promise<PreparedRequest>;
  /** A stream needs `content-length` among the headers. */
  readonly body?: Uint8Array | string | (() => ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>>);
  /** The request may be repeated although it is a POST. */
  readonly idempotent?: boolean;
  /** Statuses of 300 and above returned to the caller instead of thrown. */
  readonly allow?: readonly number[];
  /** How a failed answer is understood; null leaves it to the status. */
  readonly judge?: (answer: OpenAnswer) => Judgement;
  /** `manual` unless given: a redirect is an answer. */
  readonly redirect?: "follow" | "manual";
  /** Longest silence of the server, 60 s unless given. */
  readonly idleMs?: number;
  readonly tls?: OpenTls;
  /** Service named in errors. */
  readonly service: string;
  readonly signal: AbortSignal;
}

export interface OpenTls {
  /** False: certificates are not checked. */
  readonly verify?: boolean;
  /** PEM file trusted in place of the built-in certificates and the host's own. */
  readonly caFile?: string;
}

export interface OpenAnswer {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  /** Start of the body. */
  readonly text: string;
  /** How often `judge` has said `again` in this call. */
  readonly again: number;
}

/** The error to throw; `retry` after a wait; `again` at once, because what `prepare` makes has changed; null: by the status. */
export type Judgement = CmlError | "retry" | "again" | null;

/** An answer whose body has not been read. Exactly one of `bytes`, `stream` and `discard` is called, once. */
export interface OpenResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Both throw a retryable `IntegrityError` when the body is cut short. */
  bytes(): Promise<Uint8Array>;
  stream(): ReadableStream<Uint8Array>;
  /** Ends the transfer. */
  discard(): void;
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
  /** The same retries and errors for bodies of any size, in bounded memory and with little work per request. */
  open(request: OpenRequest): Promise<OpenResponse>;
  /** Requests sent by `open` so far, each attempt counted. */
  attempts(): number;
}
