import { createSignV4, emptyHash, encodePath, encodeRfc3986, unsignedPayload } from "../../auth/aws-sign.ts";
import type { AwsKeys } from "../../auth/aws-sign.ts";
import { InputError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { OpenAnswer, PreparedRequest } from "../../host/http.ts";
import { endpointOf } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import type { BucketCall, BucketClient } from "../bucket.ts";
import { judge } from "./problem.ts";
import type { Place, Setting } from "./setting.ts";

export interface S3Client extends BucketClient {
  /** What options and profile say, read once. */
  place(): Promise<Place>;
}

/** What all calls of a store share and what answers may change. */
interface State {
  place: Place | null;
  endpoint: Endpoint | null;
  /** What the server's clock is ahead of ours. */
  skewMs: number;
}

const sign = createSignV4();

/** Sends requests to one bucket, each signed when it is sent. */
export function createClient(bucket: string, service: string, setting: Setting, host: Host): S3Client {
  const state: State = { place: null, endpoint: null, skewMs: 0 };
  const payer: Record<string, string> = setting.requesterPays ? { "x-amz-request-payer": "requester" } : {};

  async function locate(): Promise<Endpoint> {
    const place = await setting.place();
    state.place = place;
    return (state.endpoint ??= endpointOf(place, bucket, place.region ?? "us-east-1"));
  }

  async function prepareSlowly(call: BucketCall): Promise<PreparedRequest> {
    const endpoint = await locate();
    const keys = await setting.credentials.current();
    const isPlain = endpoint.origin.startsWith("http:") && keys !== null;
    const hash = isPlain && call.body !== undefined ? ((await call.bodyHash?.()) ?? unsignedPayload) : unsignedPayload;
    return build(call, endpoint, keys, hash);
  }

  function prepare(call: BucketCall): PreparedRequest | Promise<PreparedRequest> {
    const { endpoint } = state;
    if (endpoint === null || (call.body !== undefined && endpoint.origin.startsWith("http:"))) return prepareSlowly(call);
    const keys = setting.credentials.current();
    return keys instanceof Promise ? prepareSlowly(call) : build(call, endpoint, keys, unsignedPayload);
  }

  function build(call: BucketCall, endpoint: Endpoint, keys: AwsKeys | null, bodyHash: string): PreparedRequest {
    const path = endpoint.path + encodePath(call.key ?? "");
    const query = canonicalQuery(call.query);
    const url = `${endpoint.origin}${path}${query === "" ? "" : `?${query}`}`;
    if (keys === null) return { url, headers: { ...call.headers, ...call.plain, ...payer } };
    const payloadHash = call.body === undefined ? emptyHash : bodyHash;
    const signed: Record<string, string> = {
      host: endpoint.host,
      "x-amz-content-sha256": payloadHash,
      ...payer,
      ...call.headers,
    };
    if (keys.token !== null) signed["x-amz-security-token"] = keys.token;
    const now = host.clock.now() + state.skewMs;
    const scope = { region: endpoint.region, service: "s3" };
    const headers = sign({ method: call.method, path, query, headers: signed, payloadHash }, keys, scope, now);
    delete headers["host"];
    return { url, headers: call.plain === undefined ? headers : Object.assign(headers, call.plain) };
  }

  const learn = {
    /** Region of the current requests. */
    region: () => state.endpoint?.region ?? "us-east-1",
    moveTo: (region: string) => {
      if (state.place !== null) state.endpoint = endpointOf(state.place, bucket, region);
    },
    skewMs: () => state.skewMs,
    setSkew: (ms: number) => {
      state.skewMs = ms;
    },
    now: () => host.clock.now(),
    expire: () => setting.credentials.expire(),
    keys: () => {
      const keys = setting.credentials.current();
      return keys instanceof Promise ? null : keys;
    },
  };

  return {
    service,
    place: () => setting.place(),
    call(call) {
      if (call.key?.split("/").some((part) => part === "." || part === "..") === true)
        throw new InputError(`${service}: a key with a \`.\` or \`..\` part cannot be asked for: \`${call.key}\``);
      return host.http.open({
        method: call.method,
        prepare: () => prepare(call),
        judge: (answer: OpenAnswer) => judge(answer, { service, bucket, key: call.key }, learn),
        service,
        tls: setting.tls,
        signal: call.signal,
        ...(call.body === undefined ? {} : { body: call.body }),
        ...(call.idempotent === undefined ? {} : { idempotent: call.idempotent }),
        ...(call.allow === undefined ? {} : { allow: call.allow }),
        ...(setting.idleMs === null ? {} : { idleMs: setting.idleMs }),
      });
    },
  };
}

function canonicalQuery(query: Readonly<Record<string, string>> | undefined): string {
  if (query === undefined) return "";
  return Object.keys(query)
    .toSorted()
    .map((name) => `${encodeRfc3986(name)}=${encodeRfc3986(query[name] ?? "")}`)
    .join("&");
}
