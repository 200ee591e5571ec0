import { array, exactOptional, literal, looseObject, number, object, picklist, record, string, unknown, variant } from "valibot";
import type { InferOutput } from "valibot";
import { decode } from "../core/decode.ts";
import { UnsupportedError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import { libraryFetch } from "./library-fetch.ts";

/** What our code needs of the library's clients. */
export interface TokenClient {
  readonly credentials: { readonly expiry_date?: number | null | undefined };
  getAccessToken(): Promise<{ token?: string | null | undefined }>;
}

const serviceAccount = object({
  type: literal("service_account"),
  client_email: string(),
  private_key: string(),
  private_key_id: exactOptional(string()),
});

const user = object({
  type: literal("authorized_user"),
  client_id: string(),
  client_secret: string(),
  refresh_token: string(),
});

const external = object({
  type: literal("external_account"),
  audience: string(),
  subject_token_type: string(),
  token_url: exactOptional(string()),
  service_account_impersonation_url: exactOptional(string()),
  service_account_impersonation: exactOptional(object({ token_lifetime_seconds: exactOptional(number()) })),
  client_id: exactOptional(string()),
  client_secret: exactOptional(string()),
  credential_source: object({
    environment_id: exactOptional(string()),
    region_url: exactOptional(string()),
    regional_cred_verification_url: exactOptional(string()),
    imdsv2_session_token_url: exactOptional(string()),
    file: exactOptional(string()),
    url: exactOptional(string()),
    headers: exactOptional(record(string(), string())),
    format: exactOptional(object({ type: picklist(["text", "json"]), subject_token_field_name: exactOptional(string()) })),
    executable: exactOptional(
      object({ command: string(), timeout_millis: exactOptional(number()), output_file: exactOptional(string()) }),
    ),
  }),
});

const impersonated = object({
  type: literal("impersonated_service_account"),
  service_account_impersonation_url: string(),
  delegates: exactOptional(array(string())),
  source_credentials: unknown(),
});

const credentials = variant("type", [serviceAccount, user, external, impersonated]);

/**
 * Client of the official library for the content of a credentials file. Made by its constructors: the library's own readers of such files print
 * warnings. https://cloud.google.com/docs/authentication/application-default-credentials
 */
export async function openClient(json: unknown, scope: string, host: Host): Promise<TokenClient> {
  const { type } = decode(looseObject({ type: string() }), json, "Google credentials");
  if (!credentials.options.some((one) => one.entries.type.literal === type))
    throw new UnsupportedError(`Google credentials of the type \`${type}\` are not supported`);
  const found = decode(credentials, json, "Google credentials");
  const library = await import("google-auth-library");
  const common = { scopes: [scope], transporterOptions: transport(host) };
  switch (found.type) {
    case "service_account": {
      const { client_email: email, private_key: key, private_key_id: keyId } = found;
      return new library.JWT({ ...common, email, key, ...(keyId === undefined ? {} : { keyId }) });
    }
    case "authorized_user": {
      const { client_id: clientId, client_secret: clientSecret, refresh_token: refreshToken } = found;
      return new library.UserRefreshClient({ ...common, clientId, clientSecret, refreshToken });
    }
    case "external_account":
      return openExternal(found, common);
    default: {
      const { AuthClient, Impersonated } = library;
      const sourceClient = await openClient(found.source_credentials, "https://www.googleapis.com/auth/cloud-platform", host);
      const targetPrincipal = /serviceAccounts\/([^:/]+):/.exec(found.service_account_impersonation_url)?.[1] ?? "";
      if (!(sourceClient instanceof AuthClient)) throw new Error("the source of an impersonation is no client of the library");
      const { delegates = [] } = found;
      return new Impersonated({ ...common, sourceClient, targetPrincipal, delegates, targetScopes: [scope] });
    }
  }
}

const regionalUrl = "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15";

async function openExternal(
  found: InferOutput<typeof external>,
  common: { scopes: string[]; transporterOptions: ReturnType<typeof transport> },
): Promise<TokenClient> {
  const { AwsClient, IdentityPoolClient, PluggableAuthClient } = await import("google-auth-library");
  const { credential_source: source, ...account } = found;
  const options = { ...common, ...account };
  const { environment_id, executable } = source;
  const regional_cred_verification_url = source.regional_cred_verification_url ?? regionalUrl;
  if (environment_id !== undefined)
    return withTransport(
      new AwsClient({ ...options, credential_source: { ...source, environment_id, regional_cred_verification_url } }),
    );
  if (executable !== undefined) return withTransport(new PluggableAuthClient({ ...options, credential_source: { executable } }));
  return withTransport(new IdentityPoolClient({ ...options, credential_source: source }));
}

/** An exchange of tokens is sent by a client of its own, which the library gives no transport: https://github.com/googleapis/google-auth-library-nodejs/blob/main/src/auth/baseexternalclient.ts */
export function withTransport<T extends { readonly transporter: unknown }>(client: T): T {
  const exchange: unknown = Reflect.get(client, "stsCredential");
  if (typeof exchange === "object" && exchange !== null) Reflect.set(exchange, "transporter", client.transporter);
  return client;
}

export function transport(host: Host) {
  return { fetchImplementation: libraryFetch(host, "Google Cloud"), retry: false };
}
