import type { Redactor } from "../core/secret.ts";
import { CmlError, InputError, IntegrityError } from "../core/error.ts";
import { createFetch } from "ofetch";
import type { Env } from "./env.ts";
import type { Clock } from "./host.ts";
import { connectionFailure, statusFailure, target } from "./http-failure.ts";
import { parseJson } from "./http-json.ts";
import { nextPage } from "./http-page.ts";
import { carriesCredential, crossing } from "./http-redirect.ts";
import { isRateLimit, mayRepeat, waitMs } from "./http-retry.ts";
import type { Http, HttpRequest, HttpResponse } from "./http.ts";
import { joined } from "./input.ts";
import type { Log } from "./log.ts";
import type { Fetch } from "./trust.ts";

export interface HttpClientOptions {
  readonly env: Env;
  readonly log: Log;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly random: () => number;
  readonly fetch: Fetch;
}

const defaultTimeoutMs = 60_000;
const defaultLimitBytes = 64 * 1024 ** 2;
const maxAttempts = 6;
const maxRedirects = 10;
const maxPages = 10_000;

export function createHttp(options: HttpClientOptions): Pick<Http, "request" | "pages"> {
  const send = createSend(options.fetch);
  const request = (wanted: HttpRequest): Promise<HttpResponse> => call(wanted, send, options);
  return {
    request,
    async *pages(first) {
      const seen = new Set<string>();
      let wanted: HttpRequest | null = first;
      while (wanted !== null) {
        const response: HttpResponse = await request(wanted);
        yield response;
        seen.add(response.url);
        const next: string | null = nextPage(response.headers.get("link"), response.url, first.url);
        if (next === null || seen.has(next)) return;
        if (seen.size >= maxPages) throw new InputError(`${target(first)} lists more than ${maxPages} pages`);
        seen.add(next);
        wanted = { ...first, url: next, query: {} };
      }
    },
  };
}

type Send = (request: HttpRequest, headers: Headers, signal: AbortSignal) => Promise<Response>;

/** ofetch joins the query and writes the body; its retries, its errors and its parsing are switched off. */
function createSend(fetch: Fetch): Send {
  const client = createFetch({
    fetch: Object.assign((url: unknown, init?: RequestInit) => fetch(String(url), init ?? {}), { preconnect: () => undefined }),
  });
  return (request, headers, signal) =>
    client.raw(request.url, {
      method: request.method ?? "GET",
      headers,
      signal,
      redirect: "manual",
      retry: false,
      ignoreResponseError: true,
      responseType: "stream",
      ...(request.query === undefined ? {} : { query: defined(request.query) }),
      ...bodyOf(request),
    });
}

function bodyOf(request: HttpRequest): { body?: BodyInit | Record<string, unknown> } {
  if (request.json !== undefined) return { body: JSON.stringify(request.json) };
  if (request.body instanceof Uint8Array) return { body: new Uint8Array(request.body) };
  return request.body === undefined ? {} : { body: request.body };
}

function defined(query: NonNullable<HttpRequest["query"]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)] as const])),
  );
}

/** One call with its retries. A failure that may pass is tried again until the attempts or the deadline are used up. */
async function call(request: HttpRequest, send: Send, options: HttpClientOptions): Promise<HttpResponse> {
  const { clock, log, signal } = options;
  const deadline = clock.now() + (request.timeoutMs ?? defaultTimeoutMs);
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await tryOnce(request, send, options, deadline);
    if (outcome.kind === "answer") return outcome.response;
    const wait =
      attempt < (outcome.mostAttempts ?? maxAttempts) && outcome.mayRepeat
        ? waitMs(outcome.retryAfterMs, attempt, options.random())
        : null;
    if (wait === null || clock.now() + wait >= deadline) throw outcome.error;
    const line = `${target(request)}: ${outcome.error.message}; trying again in ${(wait / 1000).toFixed(1)} s`;
    if (wait >= 5_000) log.info(line);
    else log.debug(line);
    await clock.sleep(wait, anyOf([signal, request.signal]));
  }
}

type Outcome =
  | { readonly kind: "answer"; readonly response: HttpResponse }
  | {
      readonly kind: "failure";
      readonly error: Error;
      readonly mayRepeat: boolean;
      readonly mostAttempts?: number | undefined;
      readonly retryAfterMs?: number | undefined;
    };

async function tryOnce(request: HttpRequest, send: Send, options: HttpClientOptions, deadline: number): Promise<Outcome> {
  const { clock, log, redactor } = options;
  const cancelled = anyOf([options.signal, request.signal]);
  cancelled.throwIfAborted();
  const began = clock.now();
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(deadline - began)));
  const method = request.method ?? "GET";
  try {
    const response = await follow(request, send, AbortSignal.any([cancelled, timeout]));
    log.debug(`${method} ${redactor.redact(response.url)}: ${response.status} in ${Math.round(clock.now() - began)} ms`);
    if (response.status < 400 || request.allow?.includes(response.status) === true) return { kind: "answer", response };
    const failure = statusFailure(request, response, { redactor, now: clock.now() });
    return {
      kind: "failure",
      error: failure.error,
      retryAfterMs: failure.retryAfterMs,
      mayRepeat: mayRepeat(request, { status: isRateLimit(response) ? 429 : response.status }),
    };
  } catch (cause) {
    cancelled.throwIfAborted();
    const known = ownError(cause);
    if (known !== undefined) throw known;
    const failure = connectionFailure(request, cause, {
      redactor,
      isTimeout: timeout.aborted,
      timeoutMs: request.timeoutMs ?? defaultTimeoutMs,
    });
    return {
      kind: "failure",
      error: failure.error,
      mostAttempts: failure.mostAttempts,
      mayRepeat: failure.isPassing && mayRepeat(request, { isRefused: failure.isRefused }),
    };
  }
}

/** What our own code below threw (a wrong file of certificates, a body over the limit), out of ofetch's wrapping. */
function ownError(error: unknown): CmlError | undefined {
  for (let each: unknown = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth += 1)
    if (each instanceof CmlError) return each;
  return undefined;
}

/** Sends and follows redirects by hand: only so is a token kept from another origin. */
async function follow(first: HttpRequest, send: Send, signal: AbortSignal): Promise<HttpResponse> {
  let request = first;
  let headers = ownHeaders(first);
  for (let hop = 0; ; hop += 1) {
    const answer = await send(request, headers, signal);
    const location = answer.headers.get("location");
    const isRedirect = [301, 302, 303, 307, 308].includes(answer.status) && location !== null;
    if (!isRedirect || first.redirect === "manual" || first.allow?.includes(answer.status) === true) return read(request, answer);
    await answer.body?.cancel();
    if (hop >= maxRedirects) throw new IntegrityError(`${target(first)} redirects more than ${maxRedirects} times`);
    const next = crossing(request, answer.url || request.url, location, answer.status);
    if (!next.isSameOrigin) headers = withoutCredential(headers, first);
    request = next.request;
    if (request.body === undefined && request.json === undefined) headers.delete("content-type");
  }
}

function ownHeaders(request: HttpRequest): Headers {
  const headers = new Headers({ "user-agent": "cml", ...request.headers });
  const secret = request.credential?.reveal();
  if (secret !== undefined) {
    const made = request.authorization?.(secret) ?? { authorization: `Bearer ${secret}` };
    for (const [name, value] of Object.entries(made)) headers.set(name, value);
  }
  if (request.json !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
  // ofetch takes any text for JSON.
  if (typeof request.body === "string" && !headers.has("content-type")) headers.set("content-type", "text/plain;charset=UTF-8");
  if (!headers.has("accept")) headers.set("accept", "*/*");
  return headers;
}

function withoutCredential(headers: Headers, request: HttpRequest): Headers {
  const kept = new Headers(headers);
  for (const [name, value] of headers) if (carriesCredential(name, value, request)) kept.delete(name);
  return kept;
}

async function read(request: HttpRequest, answer: Response): Promise<HttpResponse> {
  const url = answer.url || request.url;
  const bytes = request.method === "HEAD" ? new Uint8Array() : await readBody(request, answer);
  const text = (): string => new TextDecoder().decode(bytes);
  return {
    status: answer.status,
    headers: answer.headers,
    url,
    bytes,
    text,
    json: () => parseJson(text(), { what: target({ ...request, url }), contentType: answer.headers.get("content-type") }),
  };
}

async function readBody(request: HttpRequest, answer: Response): Promise<Uint8Array> {
  const limit = request.limitBytes ?? defaultLimitBytes;
  const promised = Number(answer.headers.get("content-length") ?? Number.NaN);
  const tooLarge = (): InputError => new InputError(`the answer of ${target(request)} is larger than ${limit} bytes`);
  if (promised > limit) {
    await answer.body?.cancel();
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the body.
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  const isPlain = answer.headers.get("content-encoding") === null;
  if (isPlain && size < promised && answer.status !== 304)
    throw new TypeError(`the answer ended after ${size} of ${promised} bytes`);
  return joined(chunks);
}

function anyOf(signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}
