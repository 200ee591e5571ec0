import { encodePath, encodeRfc3986 } from "../../auth/aws-sign.ts";
import { signSharedKey } from "../../auth/azure-sign.ts";
import type { AccessToken } from "../../auth/gcp.ts";
import { InputError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { OpenRequest, OpenResponse, PreparedRequest } from "../../host/http.ts";
import { judge } from "./problem.ts";
import type { Learn } from "./problem.ts";
import type { Setting } from "./setting.ts";

/** https://learn.microsoft.com/rest/api/storageservices/versioning-for-the-azure-storage-services */
const apiVersion = "2023-11-03";

export interface AzureCall {
  readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
  /** Name of the blob; null for the container itself. */
  readonly key: string | null;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: OpenRequest["body"];
  readonly allow?: readonly number[];
  readonly signal: AbortSignal;
}

export interface AzureClient {
  readonly service: string;
  call(call: AzureCall): Promise<OpenResponse>;
}

export interface AzureOptions {
  readonly container: string;
  readonly service: string;
  readonly idleMs: number | null;
  /** Read once, on the first call. */
  readonly setting: () => Promise<Setting>;
}

/** Sends requests to one container, each signed when it is sent. */
export function createClient({ container, service, idleMs, setting }: AzureOptions, host: Host): AzureClient {
  let known: Setting | null = null;
  let skewMs = 0;
  let second = -1;
  let date = "";

  /** `x-ms-date`, made once a second. */
  function now(): string {
    const current = Math.floor((host.clock.now() + skewMs) / 1000);
    if (current !== second) {
      second = current;
      date = new Date(current * 1000).toUTCString();
    }
    return date;
  }

  function prepare(call: AzureCall): PreparedRequest | Promise<PreparedRequest> {
    if (known === null) return prepareSlowly(call);
    if (known.access.kind !== "token") return build(call, known, null);
    const token = known.access.tokens.current();
    return token instanceof Promise ? prepareSlowly(call) : build(call, known, token);
  }

  async function prepareSlowly(call: AzureCall): Promise<PreparedRequest> {
    const found = (known ??= await setting());
    return build(call, found, found.access.kind === "token" ? await found.access.tokens.current() : null);
  }

  function build(call: AzureCall, { endpoint, access }: Setting, token: AccessToken | null): PreparedRequest {
    const base = new URL(endpoint);
    const folder = base.pathname === "/" ? "" : base.pathname;
    const path = `${folder}/${encodeURIComponent(container)}${call.key === null ? "" : `/${encodePath(call.key)}`}`;
    const headers: Record<string, string> = { "x-ms-version": apiVersion, "x-ms-date": now(), ...call.headers };
    const query = call.query ?? {};
    if (access.kind === "key")
      headers["authorization"] = signSharedKey({ method: call.method, path, query, headers }, access.account, access.key);
    if (token !== null) headers["authorization"] = `Bearer ${token.value}`;
    const all = access.kind === "sas" ? { ...query, ...access.query } : query;
    const text = Object.entries(all)
      .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
      .join("&");
    return { url: `${base.origin}${path}${text === "" ? "" : `?${text}`}`, headers };
  }

  const learn: Learn = {
    source: () => sourceOf(known),
    expire: () => known?.access.kind === "token" && known.access.tokens.expire(),
    skewMs: () => skewMs,
    setSkew(ms) {
      skewMs = ms;
      second = -1;
    },
    now: () => host.clock.now(),
  };

  return {
    service,
    call(call) {
      if (call.key?.split("/").some((part) => part === "." || part === "..") === true)
        throw new InputError(`${service}: a key with a \`.\` or \`..\` part cannot be asked for: \`${call.key}\``);
      return host.http.open({
        method: call.method,
        prepare: () => prepare(call),
        judge: (answer) => judge(answer, { service, container, key: call.key }, learn),
        service,
        signal: call.signal,
        ...(call.body === undefined ? {} : { body: call.body }),
        ...(call.allow === undefined ? {} : { allow: call.allow }),
        ...(idleMs === null ? {} : { idleMs }),
      });
    },
  };
}

function sourceOf(setting: Setting | null): string | null {
  if (setting === null || setting.access.kind === "none") return null;
  if (setting.access.kind !== "token") return setting.access.source;
  const token = setting.access.tokens.current();
  return token instanceof Promise ? "the Azure library" : token.source;
}
