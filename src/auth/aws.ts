import { AuthError, ConfigError } from "../core/error.ts";
import type { Secret } from "../core/secret.ts";
import type { Host } from "../host/host.ts";
import type { ProfileFiles } from "./aws-profile.ts";
import type { AwsKeys } from "./aws-sign.ts";
import { fixed, networkFailure, renewing } from "./credential.ts";
import type { CredentialSource } from "./credential.ts";
import { hasIdentityToken, identityToken } from "./identity-token.ts";

export interface AwsOptions {
  readonly id: Secret | null;
  readonly secret: Secret | null;
  readonly token: Secret | null;
  readonly profile: string | null;
  readonly files: ProfileFiles;
  /** Who names these options, for errors. */
  readonly source: string;
}

/** Region in which roles are assumed; asked only when the exchange is made. */
export type RegionOf = () => Promise<string>;

/**
 * Keys given by options, then by the environment unless a profile is named, then the CI's identity token when a role is named, then the official
 * chain (profiles, SSO, processes, web identity, containers, instance metadata). Offline until the first use.
 */
export function awsCredentials(options: AwsOptions, region: RegionOf, host: Host): CredentialSource<AwsKeys> {
  const { id, secret } = options;
  if ((id === null) !== (secret === null))
    throw new ConfigError(`${options.source}: \`access_key_id\` and \`secret_access_key\` belong together`);
  if (id !== null && secret !== null) return fixed(keysOf(id, secret, options.token));
  const ownId = host.env.secret("AWS_ACCESS_KEY_ID");
  const ownSecret = host.env.secret("AWS_SECRET_ACCESS_KEY");
  if (options.profile === null && ownId !== undefined && ownSecret !== undefined)
    return fixed(keysOf(ownId, ownSecret, host.env.secret("AWS_SESSION_TOKEN") ?? null));
  const role = host.env.get("AWS_ROLE_ARN");
  const isExchange =
    options.profile === null &&
    role !== undefined &&
    host.env.get("AWS_WEB_IDENTITY_TOKEN_FILE") === undefined &&
    hasIdentityToken(host);
  const fetch = isExchange ? () => exchange(role, region, host) : () => chain(options, region, host);
  return renewing(fetch, (keys) => keys.expiresMs, host.clock);
}

function keysOf(id: Secret, secret: Secret, token: Secret | null): AwsKeys {
  return { id: id.reveal(), secret: secret.reveal(), token: token?.reveal() ?? null, source: id.source, expiresMs: null };
}

async function exchange(roleArn: string, region: RegionOf, host: Host): Promise<AwsKeys> {
  const { fromWebToken } = await import("@aws-sdk/credential-providers");
  const token = await identityToken(host, "sts.amazonaws.com", host.signal);
  const provide = fromWebToken({
    roleArn,
    webIdentityToken: token.reveal(),
    roleSessionName: sessionName(host),
    clientConfig: await clientConfig(region, host),
  });
  return provided(provide, `\`AWS_ROLE_ARN\` by the identity token of \`${token.source}\``, host);
}

/** At most 64 of `[\w+=,.@-]`. */
function sessionName(host: Host): string {
  const name = host.env.get("AWS_ROLE_SESSION_NAME") ?? `cml-${host.env.get("GITHUB_RUN_ID") ?? host.clock.now()}`;
  return name.replace(/[^\w+=,.@-]/g, "-").slice(0, 64);
}

async function chain(options: AwsOptions, region: RegionOf, host: Host): Promise<AwsKeys> {
  const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
  const profile = options.profile ?? host.env.get("AWS_PROFILE");
  const provide = fromNodeProviderChain({
    ...(profile === undefined ? {} : { profile }),
    ...(options.files.credentials === null ? {} : { filepath: options.files.credentials }),
    ...(options.files.config === null ? {} : { configFilepath: options.files.config }),
    clientConfig: await clientConfig(region, host),
  });
  return provided(provide, profile === undefined ? "the AWS credential chain" : `profile \`${profile}\``, host);
}

interface Provided {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
}

async function provided(provide: () => Promise<Provided>, source: string, host: Host): Promise<AwsKeys> {
  const found = await provide().catch((cause: unknown) => {
    host.signal.throwIfAborted();
    throw refusal(cause, source, host);
  });
  for (const value of [found.secretAccessKey, found.sessionToken]) if (value !== undefined) host.redactor.add(value);
  return {
    id: found.accessKeyId,
    secret: found.secretAccessKey,
    token: found.sessionToken ?? null,
    source,
    expiresMs: found.expiration?.getTime() ?? null,
  };
}

function refusal(cause: unknown, source: string, host: Host): Error {
  const unreached = networkFailure(cause, `no AWS credentials for ${source}`);
  if (unreached !== null) return unreached;
  const message = cause instanceof Error ? host.redactor.redact(cause.message).replace(/\s+/g, " ") : "unknown failure";
  if (cause instanceof Error && cause.name === "CredentialsProviderError" && /could not load credentials/i.test(message))
    return new AuthError("no AWS credentials were found", {
      status: 401,
      cause,
      hint: "set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, `AWS_PROFILE`, or `AWS_ROLE_ARN` in a job with an identity token",
    });
  return new AuthError(`AWS gave no credentials for ${source}: ${message}`, { status: 401, cause });
}

/** The official library with our network: its own ignores `HTTPS_PROXY` and private certificates. */
async function clientConfig(region: RegionOf, host: Host) {
  const { sdkHandler } = await import("./aws-handler.ts");
  const endpoint = host.env.get("AWS_ENDPOINT_URL_STS");
  return { region: await region(), requestHandler: sdkHandler(host), ...(endpoint === undefined ? {} : { endpoint }) };
}
