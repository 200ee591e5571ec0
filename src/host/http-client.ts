import type { Redactor } from "../core/secret.ts";
import type { Env } from "./env.ts";
import type { Clock } from "./host.ts";
import type { Http } from "./http.ts";
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

export function createHttp(_options: HttpClientOptions): Http {
  throw new Error("not yet");
}
