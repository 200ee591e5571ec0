import type { CredentialSource } from "../../auth/credential.ts";
import type { AccessToken } from "../../auth/gcp.ts";
import { InputError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { OpenRequest, OpenResponse, PreparedRequest } from "../../host/http.ts";
import { judge } from "./problem.ts";
import type { Learn } from "./problem.ts";

export interface GcsCall {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Below the endpoint, with its query, or the whole address of an upload's session. */
  readonly path: string;
  /** Name of the object, for errors; null for the bucket. */
  readonly key: string | null;
  /** The object need not be there: what is missing is the bucket. */
  readonly isCreation?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: OpenRequest["body"];
  readonly idempotent?: boolean;
  readonly allow?: readonly number[];
  readonly signal: AbortSignal;
}

export interface GcsClient {
  readonly service: string;
  /** `/b/BUCKET`, percent-encoded. */
  readonly bucketPath: string;
  call(call: GcsCall): Promise<OpenResponse>;
}

export interface GcsOptions {
  readonly bucket: string;
  readonly service: string;
  /** `https://storage.googleapis.com`. */
  readonly endpoint: string;
  readonly credentials: CredentialSource<AccessToken | null>;
}

/** Sends requests to the JSON API, each with the token of its moment. https://cloud.google.com/storage/docs/json_api */
export function createClient({ bucket, service, endpoint, credentials }: GcsOptions, host: Host): GcsClient {
  const build = (call: GcsCall, token: AccessToken | null): PreparedRequest => ({
    url: call.path.startsWith("/") ? endpoint + call.path : call.path,
    headers: token === null ? { ...call.headers } : { ...call.headers, authorization: `Bearer ${token.value}` },
  });
  const prepare = (call: GcsCall): PreparedRequest | Promise<PreparedRequest> => {
    const token = credentials.current();
    return token instanceof Promise ? token.then((value) => build(call, value)) : build(call, token);
  };
  const learn: Learn = {
    expire: () => credentials.expire(),
    source() {
      const token = credentials.current();
      return token instanceof Promise || token === null ? null : token.source;
    },
  };
  return {
    service,
    bucketPath: `/b/${encodeURIComponent(bucket)}`,
    call(call) {
      const { method, key, signal } = call;
      return host.http.open({
        method,
        prepare: () => prepare(call),
        judge: (answer) => judge(answer, { service, bucket, key, isCreation: call.isCreation === true }, learn),
        service,
        signal,
        ...(call.body === undefined ? {} : { body: call.body }),
        ...(call.idempotent === undefined ? {} : { idempotent: call.idempotent }),
        ...(call.allow === undefined ? {} : { allow: call.allow }),
      });
    },
  };
}

/** A key as one segment of a path: its slashes are encoded, too. */
export function objectPath(client: GcsClient, key: string, service: string): string {
  // A segment of dots alone is taken for a folder by every reader of addresses, also in its encoded form.
  if (key === "." || key === "..") throw new InputError(`${service}: no key: \`${key}\``);
  return `/storage/v1${client.bucketPath}/o/${encodeURIComponent(key)}`;
}
