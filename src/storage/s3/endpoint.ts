import type { Place } from "./setting.ts";

/** Base of every request: the path of a key follows it. */
export interface Endpoint {
  /** `https://host`. */
  readonly origin: string;
  /** Value of `Host`. */
  readonly host: string;
  /** Percent-encoded path of the bucket, which the key follows, with a trailing slash. */
  readonly path: string;
  readonly region: string;
}

/**
 * Address of a bucket. AWS itself is asked by virtual host where the bucket's name can be one under its certificate, a given endpoint by path unless
 * the profile says otherwise, as botocore does. https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function endpointOf(place: Place, bucket: string, region: string): Endpoint {
  const scheme = place.useSsl ? "https" : "http";
  const base = place.endpoint ?? `${scheme}://s3.${region}.${region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com"}`;
  const { host, pathname, protocol } = new URL(base);
  const folder = pathname.replace(/\/+$/, "");
  const isVirtual = place.endpoint === null ? place.style !== "path" : place.style === "virtual";
  if (isVirtual && canBeHost(bucket, protocol)) {
    const virtual = host.startsWith(`${bucket}.`) ? host : `${bucket}.${host}`;
    return { origin: `${protocol}//${virtual}`, host: virtual, path: `${folder}/`, region };
  }
  return { origin: `${protocol}//${host}`, host, path: `${folder}/${encodeURIComponent(bucket)}/`, region };
}

/** A dot in the name would leave the wildcard of the certificate. */
function canBeHost(bucket: string, protocol: string): boolean {
  return protocol === "http:"
    ? /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)
    : /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket);
}
