import type { HttpRequest, HttpResponse } from "./http.ts";

const passing = new Set([408, 425, 429, 500, 502, 503, 504, 507, 520, 521, 522, 523, 524, 529]);
const repeatable = new Set(["GET", "HEAD", "PUT", "DELETE"]);

/** Longest wait that a server may ask for; beyond it the caller hears at once when to come back. */
const retryAfterCeilingMs = 60_000;
const firstWaitMs = 500;
const longestWaitMs = 15_000;

/** Statuses after which the same request may succeed. */
export function isPassing(status: number): boolean {
  return passing.has(status);
}

/** Whether a failed request is sent again. A refused connection has done nothing, so any request may follow it. */
export function mayRepeat(request: HttpRequest, failure: { readonly status?: number; readonly isRefused?: boolean }): boolean {
  if (failure.isRefused === true) return true;
  if (failure.status !== undefined && !passing.has(failure.status)) return false;
  return request.idempotent === true || repeatable.has(request.method ?? "GET");
}

/** How long to wait before the next attempt: what the server asked for, else exponential with full jitter; null when it asked for too long. */
export function waitMs(retryAfterMs: number | undefined, attempt: number, random: number): number | null {
  if (retryAfterMs !== undefined) return retryAfterMs > retryAfterCeilingMs ? null : retryAfterMs;
  return random * Math.min(longestWaitMs, firstWaitMs * 2 ** attempt);
}

/** GitHub answers 403 as well as 429 when the rate is used up. https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
export function isRateLimit(response: HttpResponse): boolean {
  if (response.status === 429) return true;
  if (response.status !== 403) return false;
  return (
    response.headers.has("retry-after") ||
    response.headers.get("x-ratelimit-remaining") === "0" ||
    /secondary rate limit|api rate limit exceeded/i.test(response.text())
  );
}

/** Milliseconds that the server asks us to stay away, from `Retry-After` in seconds or as a date, else from the end of its rate window. */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (text !== undefined && /^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const date = text === undefined ? Number.NaN : Date.parse(text);
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  if (headers.get("x-ratelimit-remaining") !== "0") return undefined;
  const reset = Number(headers.get("x-ratelimit-reset") ?? headers.get("ratelimit-reset"));
  return reset > 0 ? Math.max(1_000, reset * 1_000 - now) : undefined;
}
