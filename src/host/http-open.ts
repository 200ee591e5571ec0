import { IntegrityError, UnavailableError } from "../core/error.ts";
import type { HttpClientOptions } from "./http-client.ts";
import { connectionFailure, statusFailure, target } from "./http-failure.ts";
import { parseJson } from "./http-json.ts";
import { isPassing, waitMs } from "./http-retry.ts";
import type { Http, HttpResponse, OpenAnswer, OpenRequest, OpenResponse, PreparedRequest } from "./http.ts";
import { bundleFetch } from "./trust.ts";
import type { Fetch } from "./trust.ts";

const defaultIdleMs = 60_000;
const maxAttempts = 8;
/** A refused connection or an unknown name rarely mends itself. */
const maxRefused = 3;
/** Changes of what is sent that one call may go through: region, clock and credential. */
const maxAgain = 4;
const maxErrorBytes = 65_536;
/** Slowest transfer that still counts as one. */
const minBytesPerMs = 20;

/** The half of `Http` for bodies of any size. What is kept per request is a controller and a timer, for there are tens of thousands. */
export function createOpen(options: HttpClientOptions): Pick<Http, "open" | "attempts"> {
  const fetches = new Map<string, Fetch>();
  const fetchOf = (caFile: string | undefined): Fetch => {
    if (caFile === undefined) return options.fetch;
    const known = fetches.get(caFile) ?? bundleFetch(caFile);
    fetches.set(caFile, known);
    return known;
  };
  let attempts = 0;
  const send = (request: OpenRequest, prepared: PreparedRequest): Promise<Reply> => {
    attempts += 1;
    return sendOnce(fetchOf(request.tls?.caFile), request, prepared, options.signal);
  };
  return { open: (request) => call(request, send, options), attempts: () => attempts };
}

type Send = (request: OpenRequest, prepared: PreparedRequest) => Promise<Reply>;

/** What came of one attempt: an answer with the watch that guards its body, or the failure to get one. */
type Reply =
  | { readonly response: Response; readonly watch: Watch }
  | { readonly response: null; readonly cause: unknown; readonly isTimeout: boolean; readonly isSource: boolean };

async function call(request: OpenRequest, send: Send, options: HttpClientOptions): Promise<OpenResponse> {
  let again = 0;
  for (let attempt = 1; ; attempt += 1) {
    throwIfAborted(request.signal, options.signal);
    const made = request.prepare();
    const prepared = made instanceof Promise ? await made : made;
    const reply = await send(request, prepared);
    if (reply.response !== null && (reply.response.status < 300 || request.allow?.includes(reply.response.status) === true))
      return opened(reply.response, reply.watch, request, prepared, options);
    throwIfAborted(request.signal, options.signal);
    // What the sender could not read is no matter of the network.
    if (reply.response === null && reply.isSource) throw reply.cause;
    const failure =
      reply.response === null
        ? withoutAnswer(request, prepared, reply, attempt, options)
        : await withAnswer(request, prepared, { ...reply, again }, options);
    if (failure.next === "again" && again < maxAgain) {
      again += 1;
      attempt -= 1;
      continue;
    }
    const wait =
      failure.next === "retry" && attempt < maxAttempts ? waitMs(failure.retryAfterMs, attempt, options.random()) : null;
    if (wait === null) throw failure.error;
    options.log.debug(`${failure.error.message}; trying again in ${(wait / 1000).toFixed(1)} s`);
    await options.clock.sleep(wait, request.signal);
  }
}

function throwIfAborted(...signals: readonly AbortSignal[]): void {
  for (const signal of signals) signal.throwIfAborted();
}

/** Ends an attempt when the caller gives up or the server falls silent. */
interface Watch {
  readonly signal: AbortSignal;
  isTimeout(): boolean;
  /** The server has spoken: the time starts again, `ms` of it. */
  rest(ms: number): void;
  /** Nothing is asked of the server. */
  pause(): void;
  cancel(): void;
  end(): void;
}

function watch(request: OpenRequest, cancelled: AbortSignal): Watch {
  const controller = new AbortController();
  let isTimeout = false;
  const give = (): void => controller.abort(new Error("given up"));
  const expire = (): void => {
    isTimeout = true;
    give();
  };
  request.signal.addEventListener("abort", give);
  // Usually one signal is both.
  const isOne = cancelled === request.signal;
  if (!isOne) cancelled.addEventListener("abort", give);
  let timer = setTimeout(expire, request.idleMs ?? defaultIdleMs);
  const end = (): void => {
    clearTimeout(timer);
    request.signal.removeEventListener("abort", give);
    if (!isOne) cancelled.removeEventListener("abort", give);
  };
  return {
    signal: controller.signal,
    isTimeout: () => isTimeout,
    rest(ms) {
      clearTimeout(timer);
      timer = setTimeout(expire, ms);
    },
    pause: () => clearTimeout(timer),
    cancel() {
      end();
      give();
    },
    end,
  };
}

async function sendOnce(fetch: Fetch, request: OpenRequest, prepared: PreparedRequest, cancelled: AbortSignal): Promise<Reply> {
  const guard = watch(request, cancelled);
  let broken: { readonly cause: unknown } | null = null;
  try {
    const made = typeof request.body === "function" ? await request.body() : request.body;
    const body = made instanceof ReadableStream && dropsLength() ? await collected(made, (cause) => (broken = { cause })) : made;
    const init: RequestInit & OpenExtras = {
      method: request.method,
      headers: prepared.headers,
      redirect: request.redirect ?? "manual",
      signal: guard.signal,
      decompress: false,
    };
    prepared.headers["accept-encoding"] ??= "identity";
    prepared.headers["user-agent"] ??= "cml";
    if (body instanceof ReadableStream) {
      init.body = observed(body, {
        onAsk: () => guard.rest(request.idleMs ?? defaultIdleMs),
        onError: (cause) => (broken = { cause }),
      });
      init.duplex = "half";
    } else if (body !== undefined) {
      init.body = body instanceof Uint8Array ? unshared(body) : body;
      guard.rest((request.idleMs ?? defaultIdleMs) + body.length / minBytesPerMs);
    }
    if (request.tls?.verify === false) init.tls = { rejectUnauthorized: false };
    return { response: await fetch(prepared.url, init), watch: guard };
  } catch (cause) {
    guard.end();
    return { response: null, isTimeout: guard.isTimeout(), ...failureOf(cause, broken) };
  }
}

/** Deno sends every stream in chunks and leaves its length out, which stores refuse: there, a part is sent from memory. */
function dropsLength(): boolean {
  return Reflect.has(globalThis, "Deno");
}

async function collected(stream: ReadableStream<Uint8Array>, onError: (cause: unknown) => void): Promise<Uint8Array> {
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (cause) {
    onError(cause);
    throw cause;
  }
}

function failureOf(cause: unknown, broken: { readonly cause: unknown } | null): { cause: unknown; isSource: boolean } {
  return broken === null ? { cause, isSource: false } : { cause: broken.cause, isSource: true };
}

/** The same stream, which tells when it is asked for more and when its source fails. */
function observed(
  body: ReadableStream<Uint8Array>,
  { onAsk, onError }: { readonly onAsk: () => void; readonly onError: (cause: unknown) => void },
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        onAsk();
        try {
          const next = await reader.read();
          if (next.done) controller.close();
          else controller.enqueue(next.value);
        } catch (cause) {
          onError(cause);
          controller.error(cause);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** `fetch` takes no bytes of shared memory. */
function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return isUnshared(bytes) ? bytes : new Uint8Array(bytes);
}

function isUnshared(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer;
}

/** Members of the options of `fetch` that the DOM's types lack: the stream's direction, and Bun's own. */
interface OpenExtras {
  duplex?: "half";
  decompress: boolean;
  tls?: { rejectUnauthorized: boolean };
}

interface Failure {
  readonly next: "retry" | "again" | "throw";
  readonly error: Error;
  readonly retryAfterMs?: number | undefined;
}

function withoutAnswer(
  request: OpenRequest,
  prepared: PreparedRequest,
  reply: { readonly cause: unknown; readonly isTimeout: boolean },
  attempt: number,
  options: HttpClientOptions,
): Failure {
  const timeoutMs = request.idleMs ?? defaultIdleMs;
  const context = { redactor: options.redactor, isTimeout: reply.isTimeout, timeoutMs };
  const failure = connectionFailure({ ...prepared, service: request.service, method: request.method }, reply.cause, context);
  const isPassing = (failure.isPassing || reply.isTimeout) && (failure.isRefused ? attempt < maxRefused : mayRepeat(request));
  return { next: isPassing ? "retry" : "throw", error: failure.error };
}

async function withAnswer(
  request: OpenRequest,
  prepared: PreparedRequest,
  { response, watch: guard, again }: { readonly response: Response; readonly watch: Watch; readonly again: number },
  options: HttpClientOptions,
): Promise<Failure> {
  const { status, headers } = response;
  const text = await startOfBody(response, guard);
  const answer: OpenAnswer = { method: request.method, url: prepared.url, status, headers, text, again };
  const judged = request.judge?.(answer) ?? null;
  const asked = { ...prepared, service: request.service, method: request.method };
  const { error, retryAfterMs } = statusFailure(asked, view(answer, request.service), {
    redactor: options.redactor,
    now: options.clock.now(),
  });
  if (judged instanceof Error) {
    judged.cause ??= error.cause;
    return { next: "throw", error: judged };
  }
  if (judged !== null) return { next: judged, error, retryAfterMs };
  return { next: isPassing(status) && mayRepeat(request) ? "retry" : "throw", error, retryAfterMs };
}

function view({ url, status, headers, text }: OpenAnswer, service: string): HttpResponse {
  return {
    url,
    status,
    headers,
    bytes: new Uint8Array(),
    text: () => text,
    json: () => parseJson(text, { what: service, contentType: headers.get("content-type") }),
  };
}

function mayRepeat(request: OpenRequest): boolean {
  return request.method !== "POST" || request.idempotent === true;
}

/** At most the first 64 KiB; what cannot be read is left out, since the status says enough. */
async function startOfBody(response: Response, guard: Watch): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= maxErrorBytes) break;
    }
    guard.end();
  } catch {
    guard.cancel();
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function opened(
  response: Response,
  guard: Watch,
  request: OpenRequest,
  prepared: PreparedRequest,
  options: HttpClientOptions,
): OpenResponse {
  const idleMs = request.idleMs ?? defaultIdleMs;
  const announced = Number(response.headers.get("content-length") ?? 0);
  guard.rest(idleMs + announced / minBytesPerMs);
  const failure = (cause: unknown): Error => {
    guard.end();
    const given = [request.signal, options.signal].find((signal) => signal.aborted);
    if (given !== undefined) return given.reason instanceof Error ? given.reason : new Error(String(given.reason));
    const name = target({ url: prepared.url, service: request.service });
    const why = {
      cause: new Error(`${request.method} ${options.redactor.redact(prepared.url)}: ${String(cause)}`),
      retryable: true,
    };
    if (guard.isTimeout()) return new UnavailableError(`${name} fell silent within an answer`, why);
    return new IntegrityError(`the answer of ${name} was cut short`, why);
  };
  return {
    status: response.status,
    headers: response.headers,
    async bytes() {
      try {
        const bytes = new Uint8Array(await response.arrayBuffer());
        guard.end();
        return bytes;
      } catch (cause) {
        throw failure(cause);
      }
    },
    stream: () => guarded(response.body, guard, idleMs, failure),
    discard: () => {
      // A small rest is read so that the connection can serve the next request.
      if (response.body === null || request.method === "HEAD") guard.end();
      else if (announced <= maxErrorBytes && response.headers.has("content-length"))
        response.arrayBuffer().then(guard.end, guard.end);
      else guard.cancel();
    },
  };
}

function guarded(
  body: ReadableStream<Uint8Array> | null,
  guard: Watch,
  idleMs: number,
  failure: (cause: unknown) => Error,
): ReadableStream<Uint8Array> {
  const reader = body?.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        // The time that the caller takes between two chunks is not the server's.
        guard.rest(idleMs);
        try {
          const next = await reader?.read();
          if (next === undefined || next.done) {
            guard.end();
            controller.close();
          } else {
            controller.enqueue(next.value);
            guard.pause();
          }
        } catch (cause) {
          controller.error(failure(cause));
        }
      },
      cancel: () => guard.cancel(),
    },
    { highWaterMark: 0 },
  );
}
