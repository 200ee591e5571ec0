import { join } from "node:path";
import { azureCredentials } from "../../auth/azure.ts";
import type { CredentialSource } from "../../auth/credential.ts";
import type { AccessToken } from "../../auth/gcp.ts";
import { ConfigError } from "../../core/error.ts";
import { Secret } from "../../core/secret.ts";
import type { Host } from "../../host/host.ts";
import type { Address } from "../address.ts";
import type { StoreConfig } from "../contract.ts";
import { flagOption, numberOption, secretOption, textOption } from "../option.ts";
import { readConnectionString } from "./connection-string.ts";

/** How requests prove who sends them. */
export type Access =
  | { readonly kind: "key"; readonly account: string; readonly key: Uint8Array; readonly source: string }
  | { readonly kind: "sas"; readonly query: Readonly<Record<string, string>>; readonly source: string }
  | { readonly kind: "token"; readonly tokens: CredentialSource<AccessToken> }
  | { readonly kind: "none" };

/** Where requests go, and as whom. */
export interface Setting {
  /** `https://account.blob.core.windows.net`, with a path for an emulator. */
  readonly endpoint: string;
  readonly access: Access;
}

const scope = "https://storage.azure.com/.default";

/**
 * In the order of DVC: connection string, service principal, key, signature, what the library finds, nobody. Each value from the remote's options, else
 * `AZURE_STORAGE_…`, else `[storage]` of the Azure CLI's settings. https://dvc.org/doc/user-guide/data-management/remote-storage/azure-blob-storage
 */
export async function readSetting(config: StoreConfig, address: Address, host: Host): Promise<Setting> {
  const { env } = host;
  const cli = await readCliSettings(host);
  const secret = (option: string, variable: Secret | undefined, cliName: string): Secret | null =>
    secretOption(config, option) ?? variable ?? cli.secret(cliName);
  const connection = secret("connection_string", env.secret("AZURE_STORAGE_CONNECTION_STRING"), "connection_string");
  if (connection !== null) return fromConnection(connection, config, host);
  const ofAddress = address.user === null ? null : (address.host.split(".")[0] ?? null);
  const account = textOption(config, "account_name") ?? ofAddress ?? env.get("AZURE_STORAGE_ACCOUNT") ?? cli.text("account");
  if (account === null) {
    throw new ConfigError(`${config.source} names no Azure account`, {
      hint: "set `account_name` of the remote, `AZURE_STORAGE_ACCOUNT` or `AZURE_STORAGE_CONNECTION_STRING`",
    });
  }
  const endpoint =
    address.user === null ? `https://${account}.blob.core.windows.net` : `https://${address.host.replace(".dfs.", ".blob.")}`;
  const principal = principalOf(config, host);
  if (principal !== null) return { endpoint, access: { kind: "token", tokens: tokensOf(config, principal, host) } };
  const key = secret("account_key", env.secret("AZURE_STORAGE_KEY") ?? env.secret("AZURE_STORAGE_ACCOUNT_KEY"), "key");
  if (key !== null) return { endpoint, access: keyAccess(account, key, host) };
  const sas = secret("sas_token", env.secret("AZURE_STORAGE_SAS_TOKEN"), "sas_token");
  if (sas !== null) return { endpoint, access: sasAccess(sas, host) };
  if (flagOption(config, "allow_anonymous_login") === true || env.get("AZURE_STORAGE_ANON")?.toLowerCase() === "true")
    return { endpoint, access: { kind: "none" } };
  return { endpoint, access: { kind: "token", tokens: tokensOf(config, null, host) } };
}

export function idleMsOf(config: StoreConfig): number | null {
  const seconds = ["timeout", "read_timeout", "connection_timeout"].map((name) => numberOption(config, name));
  const given = seconds.filter((one) => one !== null);
  return given.length === 0 ? null : Math.max(...given) * 1000;
}

function fromConnection(connection: Secret, config: StoreConfig, host: Host): Setting {
  const { endpoint, account, key, sas } = readConnectionString(connection);
  const { source } = connection;
  if (account !== null && key !== null) return { endpoint, access: keyAccess(account, new Secret(key, source), host) };
  if (sas !== null) return { endpoint, access: sasAccess(new Secret(sas, source), host) };
  return { endpoint, access: { kind: "token", tokens: tokensOf(config, principalOf(config, host), host) } };
}

function keyAccess(account: string, key: Secret, host: Host): Access {
  const text = key.reveal();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new ConfigError(`the account key from ${key.source} is no base64 text`);
  host.redactor.add(text);
  return { kind: "key", account, key: Buffer.from(text, "base64"), source: key.source };
}

function sasAccess(sas: Secret, host: Host): Access {
  const query = Object.fromEntries(new URLSearchParams(sas.reveal().replace(/^\?/, "")));
  if (query["sig"] === undefined) throw new ConfigError(`the signature (SAS) from ${sas.source} has no \`sig\``);
  host.redactor.add(query["sig"]);
  return { kind: "sas", query, source: sas.source };
}

interface Principal {
  readonly tenant: string;
  readonly client: string;
  readonly secret: Secret;
}

function principalOf(config: StoreConfig, { env }: Host): Principal | null {
  const tenant = textOption(config, "tenant_id") ?? env.get("AZURE_STORAGE_TENANT_ID") ?? null;
  const client = textOption(config, "client_id") ?? env.get("AZURE_STORAGE_CLIENT_ID") ?? null;
  const secret = secretOption(config, "client_secret") ?? env.secret("AZURE_STORAGE_CLIENT_SECRET") ?? null;
  return tenant === null || client === null || secret === null ? null : { tenant, client, secret };
}

function tokensOf(config: StoreConfig, principal: Principal | null, host: Host): CredentialSource<AccessToken> {
  const exclude = {
    environment: flagOption(config, "exclude_environment_credential") === true,
    managedIdentity: flagOption(config, "exclude_managed_identity_credential") === true,
  };
  return azureCredentials({ principal, exclude, scope }, host);
}

/** `[storage]` of `~/.azure/config`. */
async function readCliSettings(host: Host): Promise<{ text(name: string): string | null; secret(name: string): Secret | null }> {
  const home = host.env.get("HOME") ?? host.env.get("USERPROFILE");
  const folder = host.env.get("AZURE_CONFIG_DIR") ?? (home === undefined ? undefined : join(home, ".azure"));
  const path = folder === undefined ? null : join(folder, "config");
  const text = path === null ? null : await host.file.readText(path);
  const section = /^\[storage\]\s*$([\s\S]*?)(?=^\[|(?![\s\S]))/im.exec(text ?? "")?.[1] ?? "";
  const values = new Map([...section.matchAll(/^\s*(\w+)\s*=\s*(.*?)\s*$/gm)].map(([, name, value]) => [name, value] as const));
  const find = (name: string): string | null => values.get(name) || null;
  return {
    text: find,
    secret(name) {
      const value = find(name);
      return value === null ? null : new Secret(value, `\`${name}\` of ${path ?? ""}`);
    },
  };
}
