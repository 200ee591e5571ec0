import { createHash } from "node:crypto";
import { looseObject, string } from "valibot";
import { decode } from "../core/decode.ts";
import { AuthError, ConfigError } from "../core/error.ts";
import type { Secret } from "../core/secret.ts";
import type { Host } from "../host/host.ts";
import { fixed, renewing } from "./credential.ts";
import type { CredentialSource } from "./credential.ts";
import { hasIdentityToken, identityToken } from "./identity-token.ts";

/** Keys of an Alibaba Cloud account, or of a session in it. */
export interface AliKeys {
  readonly id: string;
  readonly secret: string;
  readonly token: string | null;
  readonly source: string;
  readonly expiresMs: number | null;
}

export interface AliOptions {
  readonly id: Secret | null;
  readonly secret: Secret | null;
  readonly source: string;
}

/** The library does not tell when its keys end; it keeps them while they are good, so asking is cheap. */
const askAgainMs = 10 * 60_000;

/** Keys given by options, then by the environment, then the CI's identity token when a role is named, then the official library's chain. */
export function aliCredentials(options: AliOptions, host: Host): CredentialSource<AliKeys> {
  const { env } = host;
  const { id, secret } = options;
  if ((id === null) !== (secret === null))
    throw new ConfigError(`${options.source}: \`oss_key_id\` and \`oss_key_secret\` belong together`);
  if (id !== null && secret !== null) return fixed(keysOf(id, secret, undefined));
  const ossId = env.secret("OSS_ACCESS_KEY_ID");
  const ossSecret = env.secret("OSS_ACCESS_KEY_SECRET");
  if (ossId !== undefined && ossSecret !== undefined) return fixed(keysOf(ossId, ossSecret, env.secret("OSS_SESSION_TOKEN")));
  const cloudId = env.secret("ALIBABA_CLOUD_ACCESS_KEY_ID");
  const cloudSecret = env.secret("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
  if (cloudId !== undefined && cloudSecret !== undefined)
    return fixed(keysOf(cloudId, cloudSecret, env.secret("ALIBABA_CLOUD_SECURITY_TOKEN")));
  const role = env.get("ALIBABA_CLOUD_ROLE_ARN");
  const provider = env.get("ALIBABA_CLOUD_OIDC_PROVIDER_ARN");
  const isExchange = env.get("ALIBABA_CLOUD_OIDC_TOKEN_FILE") === undefined && hasIdentityToken(host);
  const fetch =
    role !== undefined && provider !== undefined && isExchange ? () => exchange({ role, provider }, host) : () => chain(host);
  return renewing(fetch, (keys) => keys.expiresMs, host.clock);
}

function keysOf(id: Secret, secret: Secret, token: Secret | undefined): AliKeys {
  return { id: id.reveal(), secret: secret.reveal(), token: token?.reveal() ?? null, source: id.source, expiresMs: null };
}

const answerSchema = looseObject({
  Credentials: looseObject({ AccessKeyId: string(), AccessKeySecret: string(), SecurityToken: string(), Expiration: string() }),
});

/** https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerolewithoidc: needs no signature. */
async function exchange({ role, provider }: { role: string; provider: string }, host: Host): Promise<AliKeys> {
  const token = await identityToken(host, "sts.aliyuncs.com", host.signal);
  const session = (host.env.get("ALIBABA_CLOUD_ROLE_SESSION_NAME") ?? "cml").replace(/[^\w.@-]/g, "-");
  const form = {
    Action: "AssumeRoleWithOIDC",
    Version: "2015-04-01",
    Format: "JSON",
    Timestamp: new Date(host.clock.now()).toISOString().replace(/\.\d+/, ""),
    SignatureNonce: createHash("sha256").update(`${host.clock.now()} ${host.random()}`).digest("hex").slice(0, 32),
    RoleArn: role,
    OIDCProviderArn: provider,
    OIDCToken: token.reveal(),
    RoleSessionName: session,
  };
  const answer = await host.http.request({
    method: "POST",
    url: "https://sts.aliyuncs.com/",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
    idempotent: true,
    allow: [400, 403, 404],
    service: "Alibaba Cloud STS",
    signal: host.signal,
  });
  const source = `\`ALIBABA_CLOUD_ROLE_ARN\` by the identity token of \`${token.source}\``;
  if (answer.status >= 400) throw refused(source, words(answer.json()));
  const { Credentials: keys } = decode(answerSchema, answer.json(), "Alibaba Cloud STS");
  for (const value of [keys.AccessKeySecret, keys.SecurityToken]) host.redactor.add(value);
  return {
    id: keys.AccessKeyId,
    secret: keys.AccessKeySecret,
    token: keys.SecurityToken,
    source,
    expiresMs: Date.parse(keys.Expiration),
  };
}

function words(answer: unknown): string {
  const of = (name: string): string => {
    const value: unknown = typeof answer === "object" && answer !== null ? Reflect.get(answer, name) : undefined;
    return typeof value === "string" ? value : "";
  };
  return `${of("Message")} (${of("Code")})`;
}

async function chain(host: Host): Promise<AliKeys> {
  const { DefaultCredentialsProvider } = await import("@alicloud/credentials");
  try {
    const found = await DefaultCredentialsProvider.builder().build().getCredentials();
    for (const value of [found.accessKeySecret, found.securityToken]) host.redactor.add(value);
    return {
      id: found.accessKeyId,
      secret: found.accessKeySecret,
      token: found.securityToken || null,
      source: "the Alibaba Cloud credential chain",
      expiresMs: host.clock.now() + askAgainMs,
    };
  } catch (cause) {
    host.signal.throwIfAborted();
    throw new AuthError("no Alibaba Cloud credentials were found", {
      status: 401,
      cause: cause instanceof Error ? new Error(host.redactor.redact(cause.message)) : cause,
      hint: "set `OSS_ACCESS_KEY_ID` and `OSS_ACCESS_KEY_SECRET`, or `ALIBABA_CLOUD_ROLE_ARN` and `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` in a job with an identity token",
    });
  }
}

function refused(source: string, message: string): AuthError {
  return new AuthError(`Alibaba Cloud gave no credentials for ${source}: ${message}`, { status: 401 });
}
