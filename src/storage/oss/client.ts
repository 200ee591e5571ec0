import { ossQuery, signOss } from "../../auth/ali-sign.ts";
import { encodePath } from "../../auth/aws-sign.ts";
import type { AliKeys } from "../../auth/ali.ts";
import { InputError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { PreparedRequest } from "../../host/http.ts";
import type { BucketCall, BucketClient } from "../bucket.ts";
import { judge } from "./problem.ts";
import type { Learn } from "./problem.ts";
import type { Setting } from "./setting.ts";

/** Sends requests to one bucket, each signed when it is sent. */
export function createClient(bucket: string, service: string, setting: Setting, host: Host): BucketClient {
  const { credentials, region } = setting;
  let skewMs = 0;

  function build(call: BucketCall, keys: AliKeys): PreparedRequest {
    const query = call.query ?? {};
    const text = ossQuery(query);
    const parts = { method: call.method, bucket, key: call.key ?? "", query, headers: { ...call.headers, ...call.plain } };
    return {
      url: `${setting.base}/${encodePath(call.key ?? "")}${text === "" ? "" : `?${text}`}`,
      headers: signOss(parts, keys, region, host.clock.now() + skewMs),
    };
  }

  const prepare = (call: BucketCall): PreparedRequest | Promise<PreparedRequest> => {
    const keys = credentials.current();
    return keys instanceof Promise ? keys.then((value) => build(call, value)) : build(call, keys);
  };
  const learn: Learn = {
    expire: () => credentials.expire(),
    skewMs: () => skewMs,
    setSkew(ms) {
      skewMs = ms;
    },
    now: () => host.clock.now(),
    source() {
      const keys = credentials.current();
      return keys instanceof Promise ? "the credential chain" : keys.source;
    },
  };
  return {
    service,
    call(call) {
      const { method, key, signal } = call;
      if (key?.split("/").some((part) => part === "." || part === "..") === true)
        throw new InputError(`${service}: a key with a \`.\` or \`..\` part cannot be asked for: \`${key}\``);
      return host.http.open({
        method,
        prepare: () => prepare(call),
        judge: (answer) => judge(answer, { service, bucket, key }, learn),
        service,
        signal,
        ...(call.body === undefined ? {} : { body: call.body }),
        ...(call.idempotent === undefined ? {} : { idempotent: call.idempotent }),
        ...(call.allow === undefined ? {} : { allow: call.allow }),
      });
    },
  };
}
