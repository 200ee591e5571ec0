import { join } from "node:path";
import { AuthError, CmlError, ConfigError } from "../core/error.ts";
import type { Secret } from "../core/secret.ts";
import type { Host } from "../host/host.ts";
import { fixed, networkFailure, renewing } from "./credential.ts";
import type { CredentialSource } from "./credential.ts";
import { hasIdentityToken, identityToken } from "./identity-token.ts";
import { openClient, transport, withTransport } from "./gcp-client.ts";
import type { TokenClient } from "./gcp-client.ts";

/** A bearer token. */
export interface AccessToken {
  readonly value: string;
  /** Where it came from, for errors. */
  readonly source: string;
  readonly expiresMs: number | null;
}

export interface GcpOptions {
  /** File with a service account's, a user's or an external account's credentials; when there is no such file, a bearer token itself. */
  readonly credential: Secret | null;
  /** Answer null in place of the search for credentials when none is named. */
  readonly anonymousUnlessNamed: boolean;
  readonly scope: string;
}

/**
 * Token for Google Cloud: what is named by the option or the environment, then the CI's identity token when a provider is named, then Application
 * Default Credentials, then null, which is anonymous. https://cloud.google.com/docs/authentication/application-default-credentials
 */
export function gcpCredentials(options: GcpOptions, host: Host): CredentialSource<AccessToken | null> {
  const { env } = host;
  const text = env.secret("GOOGLE_APPLICATION_CREDENTIALS_DATA");
  const token = env.secret("GOOGLE_OAUTH_ACCESS_TOKEN");
  const file = env.get("GOOGLE_APPLICATION_CREDENTIALS");
  const provider = env.get("GCP_WORKLOAD_IDENTITY_PROVIDER");
  const named = options.credential;
  const renew = (fetch: () => Promise<AccessToken | null>) =>
    renewing(fetch, (one) => (one === null ? null : one.expiresMs), host.clock);
  if (named !== null) return renew(() => namedToken(named, options, host));
  if (text !== undefined) return renew(() => textToken(text.reveal(), text.source, options, host));
  if (token !== undefined) return fixed({ value: token.reveal(), source: token.source, expiresMs: null });
  if (file !== undefined) return renew(() => fileToken(file, "`GOOGLE_APPLICATION_CREDENTIALS`", options, host));
  if (provider !== undefined && hasIdentityToken(host)) return renew(() => exchange(provider, options, host));
  if (options.anonymousUnlessNamed) return fixed(null);
  return renew(() => byDefault(options, host));
}

async function namedToken(named: Secret, options: GcpOptions, host: Host): Promise<AccessToken> {
  const path = named.reveal();
  if ((await host.file.stat(path)) !== null) return fileToken(path, named.source, options, host);
  host.redactor.add(path);
  return { value: path, source: named.source, expiresMs: null };
}

async function fileToken(path: string, source: string, options: GcpOptions, host: Host): Promise<AccessToken> {
  const text = await host.file.readText(path);
  if (text === null)
    throw new ConfigError(`there is no file of Google credentials at \`${path}\``, { hint: `it is named by ${source}` });
  return textToken(text, source, options, host);
}

async function textToken(text: string, source: string, options: GcpOptions, host: Host): Promise<AccessToken> {
  return tokenOf(() => openClient(parseCredentials(text, source), options.scope, host), source, host);
}

/** Null when nothing is found: Google's stores may be read by anyone who is let. */
async function byDefault(options: GcpOptions, host: Host): Promise<AccessToken | null> {
  const path = userFile(host);
  if ((await host.file.stat(path)) !== null) return fileToken(path, `\`${path}\``, options, host);
  if (host.env.get("NO_GCE_CHECK")?.toLowerCase() === "true") return null;
  const { Compute, gcpMetadata } = await import("google-auth-library");
  if (!(await gcpMetadata.isAvailable())) return null;
  return tokenOf(async () => new Compute({ scopes: [options.scope] }), "Google's metadata server", host);
}

/** Where the gcloud program leaves a user's credentials. */
function userFile({ env }: Host): string {
  const folder = env.get("CLOUDSDK_CONFIG") ?? join(env.get("APPDATA") ?? join(env.get("HOME") ?? "/", ".config"), "gcloud");
  return join(folder, "application_default_credentials.json");
}

/** https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines */
async function exchange(provider: string, options: GcpOptions, host: Host): Promise<AccessToken> {
  const { IdentityPoolClient } = await import("google-auth-library");
  const name = provider.replace(/^\/\/iam\.googleapis\.com\//, "");
  const token = await identityToken(host, `https://iam.googleapis.com/${name}`, host.signal);
  const account = host.env.get("GCP_SERVICE_ACCOUNT");
  const made = new IdentityPoolClient({
    type: "external_account",
    audience: `//iam.googleapis.com/${name}`,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: "https://sts.googleapis.com/v1/token",
    subject_token_supplier: { getSubjectToken: async () => token.reveal() },
    scopes: [options.scope],
    transporterOptions: transport(host),
    ...(account === undefined
      ? {}
      : {
          service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:generateAccessToken`,
        }),
  });
  return tokenOf(
    async () => withTransport(made),
    `\`GCP_WORKLOAD_IDENTITY_PROVIDER\` by the identity token of \`${token.source}\``,
    host,
  );
}

/** Clients without an end of their tokens are asked again after this time; they keep what is still good themselves. */
const askAgainMs = 10 * 60_000;

async function tokenOf(client: () => Promise<TokenClient>, source: string, host: Host): Promise<AccessToken> {
  try {
    const made = await client();
    const { token } = await made.getAccessToken();
    if (typeof token !== "string" || token === "") throw new Error("the answer has no token");
    host.redactor.add(token);
    return { value: token, source, expiresMs: made.credentials.expiry_date ?? host.clock.now() + askAgainMs };
  } catch (cause) {
    host.signal.throwIfAborted();
    const unreached = networkFailure(cause, `no token of Google Cloud for ${source}`);
    if (unreached !== null) throw unreached;
    if (cause instanceof CmlError && !(cause instanceof AuthError)) throw cause;
    const message = cause instanceof Error ? host.redactor.redact(cause.message).replace(/\s+/g, " ") : String(cause);
    throw new AuthError(`Google Cloud gave no token for ${source}: ${message.slice(0, 300)}`, { status: 401, cause });
  }
}

function parseCredentials(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would show the text.
    throw new ConfigError(`the Google credentials of ${source} are no JSON`);
  }
}
