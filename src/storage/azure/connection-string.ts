import { ConfigError } from "../../core/error.ts";
import type { Secret } from "../../core/secret.ts";

export interface Connection {
  readonly endpoint: string;
  readonly account: string | null;
  readonly key: string | null;
  readonly sas: string | null;
}

/** Published name and key of every emulator. */
const developmentAccount = "devstoreaccount1";
const developmentKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string */
export function readConnectionString(text: Secret): Connection {
  const values = new Map<string, string>();
  for (const part of text.reveal().split(";")) {
    const equals = part.indexOf("=");
    if (equals > 0) values.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim());
  }
  if (values.get("usedevelopmentstorage")?.toLowerCase() === "true") {
    const proxy = values.get("developmentstorageproxyuri") ?? "http://127.0.0.1";
    return {
      endpoint: `${proxy.replace(/\/$/, "")}:10000/${developmentAccount}`,
      account: developmentAccount,
      key: developmentKey,
      sas: null,
    };
  }
  const account = values.get("accountname") ?? null;
  const given = values.get("blobendpoint");
  if (given === undefined && account === null)
    throw new ConfigError(`the connection string from ${text.source} has neither \`AccountName\` nor \`BlobEndpoint\``);
  const scheme = values.get("defaultendpointsprotocol") ?? "https";
  const endpoint = given ?? `${scheme}://${account}.blob.${values.get("endpointsuffix") ?? "core.windows.net"}`;
  if (!URL.canParse(endpoint)) throw new ConfigError(`the connection string from ${text.source} has no valid \`BlobEndpoint\``);
  return {
    endpoint: endpoint.replace(/\/+$/, ""),
    account: account ?? accountOf(endpoint),
    key: values.get("accountkey") ?? null,
    sas: values.get("sharedaccesssignature") ?? null,
  };
}

/** Of `https://account.blob.…`, or `http://127.0.0.1:10000/account`. */
function accountOf(endpoint: string): string | null {
  const { hostname, pathname } = new URL(endpoint);
  return pathname.length > 1 ? (pathname.split("/")[1] ?? null) : (hostname.split(".")[0] ?? null);
}
