import { AuthError } from "../core/error.ts";
import type { Secret } from "../core/secret.ts";
import type { Host } from "../host/host.ts";
import { networkFailure, renewing } from "./credential.ts";
import type { CredentialSource } from "./credential.ts";
import type { AccessToken } from "./gcp.ts";
import { hasIdentityToken, identityToken } from "./identity-token.ts";

/** A service principal, null for the search. */
export interface AzureOptions {
  readonly principal: { readonly tenant: string; readonly client: string; readonly secret: Secret } | null;
  readonly exclude: { readonly environment: boolean; readonly managedIdentity: boolean };
  readonly scope: string;
}

/** What our code needs of the library's credentials. */
interface TokenCredential {
  getToken(scope: string, options: { abortSignal: AbortSignal }): Promise<{ token: string; expiresOnTimestamp: number } | null>;
}

/**
 * Entra tokens by the official library: a given principal, the CI's identity token when an application is named, then environment, workload
 * identity, managed identity and the programs a person is signed in with. https://learn.microsoft.com/azure/developer/javascript/sdk/authentication/credential-chains
 */
export function azureCredentials(options: AzureOptions, host: Host): CredentialSource<AccessToken> {
  return renewing(
    async () => {
      // Made anew each time: what the library keeps may be the very token that the server has refused.
      let failed: unknown;
      const { credential, source } = await open(options, host, (cause) => (failed = cause));
      return tokenOf(credential, source, options.scope, host).catch((error: unknown) => {
        // In the search, a service that cannot be reached is only one that is not there.
        throw (source === search ? null : networkFailure(failed, `no token of Azure for ${source}`)) ?? error;
      });
    },
    (token) => token.expiresMs,
    host.clock,
  );
}

const search = "the Azure credential chain";

async function open(
  { principal, exclude }: AzureOptions,
  host: Host,
  onFailure: (cause: unknown) => void,
): Promise<{ credential: TokenCredential; source: string }> {
  const identity = await import("@azure/identity");
  const { azureClient } = await import("./azure-client.ts");
  const authority = host.env.get("AZURE_AUTHORITY_HOST");
  const common = {
    httpClient: azureClient(host, onFailure),
    retryOptions: { maxRetries: 0 },
    // Saves the question which cloud this is, and works with a private sign-in server.
    ...(authority === undefined
      ? {}
      : { authorityHost: authority, disableInstanceDiscovery: !/microsoftonline\./.test(authority) }),
  };
  if (principal !== null) {
    const { tenant, client, secret } = principal;
    return { credential: new identity.ClientSecretCredential(tenant, client, secret.reveal(), common), source: secret.source };
  }
  const { env } = host;
  const tenant = env.get("AZURE_TENANT_ID");
  const client = env.get("AZURE_CLIENT_ID");
  const secret = env.secret("AZURE_CLIENT_SECRET");
  if (tenant !== undefined && client !== undefined && secret !== undefined && !exclude.environment)
    return {
      credential: new identity.ClientSecretCredential(tenant, client, secret.reveal(), common),
      source: "`AZURE_CLIENT_SECRET`",
    };
  const isExchange = env.get("AZURE_FEDERATED_TOKEN_FILE") === undefined && hasIdentityToken(host);
  if (tenant !== undefined && client !== undefined && isExchange) {
    const assertion = async (): Promise<string> =>
      (await identityToken(host, "api://AzureADTokenExchange", host.signal)).reveal();
    return {
      credential: new identity.ClientAssertionCredential(tenant, client, assertion, common),
      source: "`AZURE_CLIENT_ID` by the job's identity token",
    };
  }
  const clientId = client === undefined ? {} : { clientId: client };
  const links = [
    ...(exclude.environment ? [] : [new identity.EnvironmentCredential(common)]),
    ...(env.get("AZURE_FEDERATED_TOKEN_FILE") === undefined ? [] : [new identity.WorkloadIdentityCredential(common)]),
    ...(exclude.managedIdentity ? [] : [new identity.ManagedIdentityCredential({ ...common, ...clientId })]),
    new identity.AzureCliCredential(),
    new identity.AzurePowerShellCredential(),
    new identity.AzureDeveloperCliCredential(),
  ];
  return { credential: new identity.ChainedTokenCredential(...links), source: search };
}

const hint =
  "set `AZURE_STORAGE_CONNECTION_STRING`, or `AZURE_STORAGE_ACCOUNT` and `AZURE_STORAGE_KEY`, or `AZURE_CLIENT_ID`, `AZURE_TENANT_ID` and `AZURE_CLIENT_SECRET`";

async function tokenOf(credential: TokenCredential, source: string, scope: string, host: Host): Promise<AccessToken> {
  let found;
  try {
    found = await credential.getToken(scope, { abortSignal: host.signal });
  } catch (cause) {
    host.signal.throwIfAborted();
    throw refusal(cause, source, host);
  }
  if (found === null) throw new AuthError(`Azure gave no token for ${source}`, { status: 401 });
  host.redactor.add(found.token);
  return { value: found.token, source, expiresMs: found.expiresOnTimestamp };
}

function refusal(cause: unknown, source: string, host: Host): AuthError {
  const lines = host.redactor.redact(cause instanceof Error ? cause.message : String(cause)).split("\n");
  // The chain tells for each of its links, over many lines, why it does not apply.
  if (cause instanceof Error && cause.name === "AggregateAuthenticationError") {
    const links = lines.flatMap((line) => /^\w*Error: (?:Error: )?(.*?)(?:\. |$)/.exec(line)?.[1] ?? []);
    return new AuthError("no Azure credentials were found", {
      status: 401,
      hint,
      cause: new Error(links.join("; ").slice(0, 600)),
    });
  }
  const message = lines.join(" ").replace(/\s+/g, " ").slice(0, 400);
  return new AuthError(`Azure gave no token for ${source}: ${message}`, { status: 401, hint, cause: new Error(message) });
}
