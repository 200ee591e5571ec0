import { ConfigError } from "../core/error.ts";

/** Address of a store taken apart. Nothing is decoded: DVC takes `%20` and `+` in bucket addresses as they stand. */
export interface Address {
  /** Lower case; `""` for a plain folder. */
  readonly scheme: string;
  /** Bucket, container or host as written. */
  readonly host: string;
  readonly port: number | null;
  readonly user: string | null;
  readonly password: string | null;
  /** What follows the host, with its leading slash; `""` when nothing does. A folder's whole path. */
  readonly path: string;
}

const pattern = /^([A-Za-z][\w+.-]*):\/\/(?:([^/@]*)@)?(\[[^\]]*\]|[^/:]*)(?::(\d+))?(\/.*)?$/s;

/** Scheme of an address in lower case, `""` for a plain folder. `C:\data` is a folder, too. */
export function schemeOf(url: string): string {
  return /^([A-Za-z][\w+.-]*):\/\//.exec(url)?.[1]?.toLowerCase() ?? "";
}

/** `ConfigError` when the text has a scheme but no host. */
export function parseAddress(url: string, source: string): Address {
  const scheme = schemeOf(url);
  if (scheme === "") return { scheme, host: "", port: null, user: null, password: null, path: url };
  if (scheme === "file" || scheme === "local") {
    return { scheme: "", host: "", port: null, user: null, password: null, path: url.slice(url.indexOf("://") + 3) };
  }
  const match = pattern.exec(url);
  const host = match?.[3] ?? "";
  if (match === null || host === "") throw new ConfigError(`${source} has an address without a host or bucket: \`${url}\``);
  const [user, password] = split(match[2]);
  return { scheme, host, port: match[4] === undefined ? null : Number(match[4]), user, password, path: match[5] ?? "" };
}

function split(userInfo: string | undefined): [string | null, string | null] {
  if (userInfo === undefined || userInfo === "") return [null, null];
  const colon = userInfo.indexOf(":");
  if (colon < 0) return [decodeURIComponent(userInfo), null];
  return [decodeURIComponent(userInfo.slice(0, colon)), decodeURIComponent(userInfo.slice(colon + 1))];
}

/** Prefix of every key of the store: the address's path without slashes at its ends, then one slash; `""` for a bare bucket. */
export function keyPrefix(address: Address): string {
  const path = address.path.replace(/^\/+/, "").replace(/\/+$/, "");
  return path === "" ? "" : `${path}/`;
}
