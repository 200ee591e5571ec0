import { createVerify } from "node:crypto";

export interface IdentityRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

export interface IdentityAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly type?: string;
}

export interface Identity {
  answer(request: IdentityRequest): IdentityAnswer;
  /** `POST host/path` of every request. */
  readonly log: string[];
  /** Lifetime of what is handed out. */
  lifeMs: number;
  /** Identity tokens that clouds take; GitHub's are `github-jwt-for-AUDIENCE`. */
  readonly accepted: Set<string>;
}

/** Public half of the service account that Google knows. */
export interface IdentityOptions {
  readonly publicKey?: string;
  readonly now?: () => number;
}

/**
 * The services that exchange identities for credentials, as one: GitHub's token service, STS of AWS, Google and Alibaba, and Microsoft's sign-in.
 * Each answer is numbered, so that a renewal can be told.
 */
export function identityServices({ publicKey, now = Date.now }: IdentityOptions = {}): Identity {
  const log: string[] = [];
  let sequence = 0;
  const identity: Identity = { answer, log, lifeMs: 3_600_000, accepted: new Set() };
  const isAccepted = (token: string | null, audience: string): boolean =>
    token !== null && (token === `github-jwt-for-${audience}` || identity.accepted.has(token));
  const end = (): string => new Date(now() + identity.lifeMs).toISOString();

  function answer(request: IdentityRequest): IdentityAnswer {
    const { url } = request;
    log.push(`${request.method} ${url.host}${url.pathname}`);
    sequence += 1;
    const form = new URLSearchParams(request.body);
    if (url.host === "token.actions.example.com") return github(request);
    if (/^sts\.[a-z0-9-]+\.amazonaws\.com$/.test(url.host)) return aws(form);
    if (url.host === "sts.googleapis.com") return google(form);
    if (url.host === "iamcredentials.googleapis.com") return impersonation(request);
    if (url.host === "oauth2.googleapis.com") return googleToken(form);
    if (url.host === "login.microsoftonline.com") return microsoft(request, form);
    if (url.host === "sts.aliyuncs.com") return alibaba(form);
    return { status: 404, body: `no such service: ${url.host}` };
  }

  function github({ headers, url }: IdentityRequest): IdentityAnswer {
    if (headers.get("authorization") !== "Bearer request-token") return { status: 401, body: { message: "Bad credentials" } };
    return { status: 200, body: { value: `github-jwt-for-${url.searchParams.get("audience")}` } };
  }

  function aws(form: URLSearchParams): IdentityAnswer {
    const type = "text/xml";
    if (form.get("Action") !== "AssumeRoleWithWebIdentity") return { status: 400, body: "unknown action" };
    if (!isAccepted(form.get("WebIdentityToken"), "sts.amazonaws.com")) {
      const error = "<Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>The token is not from us</Message>";
      return { status: 400, type, body: `<ErrorResponse><Error>${error}</Error><RequestId>r1</RequestId></ErrorResponse>` };
    }
    const keys = `<AccessKeyId>ASIA${sequence}</AccessKeyId><SecretAccessKey>aws-secret-${sequence}</SecretAccessKey><SessionToken>aws-session-${sequence}</SessionToken><Expiration>${end()}</Expiration>`;
    const user = `<AssumedRoleUser><Arn>${form.get("RoleArn")}</Arn><AssumedRoleId>A:${form.get("RoleSessionName")}</AssumedRoleId></AssumedRoleUser>`;
    return {
      status: 200,
      type,
      body: `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>${keys}</Credentials>${user}</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
    };
  }

  function google(form: URLSearchParams): IdentityAnswer {
    const audience = form.get("audience") ?? "";
    if (!isAccepted(form.get("subject_token"), `https:${audience}`))
      return { status: 400, body: { error: "invalid_grant", error_description: "The token is not from us" } };
    return {
      status: 200,
      body: { access_token: `federated-${sequence}`, expires_in: identity.lifeMs / 1000, token_type: "Bearer" },
    };
  }

  function impersonation({ headers }: IdentityRequest): IdentityAnswer {
    if (headers.get("authorization")?.startsWith("Bearer federated-") !== true) return { status: 401, body: {} };
    return { status: 200, body: { accessToken: `impersonated-${sequence}`, expireTime: end() } };
  }

  function googleToken(form: URLSearchParams): IdentityAnswer {
    const isUser = form.get("grant_type") === "refresh_token" && form.get("refresh_token") === "user-refresh";
    if (!isUser && !isSigned(form.get("assertion") ?? "", publicKey))
      return { status: 400, body: { error: "invalid_grant", error_description: "Invalid JWT Signature." } };
    const token = `${isUser ? "user" : "service"}-token-${sequence}`;
    return { status: 200, body: { access_token: token, expires_in: identity.lifeMs / 1000, token_type: "Bearer" } };
  }

  function microsoft({ url }: IdentityRequest, form: URLSearchParams): IdentityAnswer {
    const base = `https://${url.host}/${url.pathname.split("/")[1]}`;
    if (url.pathname.endsWith("/discovery/instance")) {
      const metadata = [{ preferred_network: url.host, preferred_cache: url.host, aliases: [url.host] }];
      return { status: 200, body: { tenant_discovery_endpoint: `${base}/v2.0/.well-known/openid-configuration`, metadata } };
    }
    if (url.pathname.endsWith("/.well-known/openid-configuration")) {
      const endpoints = {
        token_endpoint: `${base}/oauth2/v2.0/token`,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        end_session_endpoint: `${base}/oauth2/v2.0/logout`,
        issuer: `${base}/v2.0`,
        jwks_uri: `${base}/discovery/v2.0/keys`,
      };
      return { status: 200, body: endpoints };
    }
    const isKnown =
      form.get("client_secret") === "azure-secret" || isAccepted(form.get("client_assertion"), "api://AzureADTokenExchange");
    if (!isKnown)
      return {
        status: 401,
        body: { error: "invalid_client", error_description: "AADSTS7000215: Invalid client secret provided." },
      };
    return { status: 200, body: { token_type: "Bearer", expires_in: identity.lifeMs / 1000, access_token: `entra-${sequence}` } };
  }

  function alibaba(form: URLSearchParams): IdentityAnswer {
    if (form.get("Action") !== "AssumeRoleWithOIDC" || !isAccepted(form.get("OIDCToken"), "sts.aliyuncs.com"))
      return {
        status: 400,
        body: { Code: "AuthenticationFail.OIDCToken.Invalid", Message: "The token is not from us", RequestId: "r1" },
      };
    const keys = {
      AccessKeyId: `STS.${sequence}`,
      AccessKeySecret: `ali-secret-${sequence}`,
      SecurityToken: `ali-token-${sequence}`,
      Expiration: end(),
    };
    return { status: 200, body: { RequestId: "r1", Credentials: keys } };
  }

  return identity;
}

function isSigned(token: string, publicKey: string | undefined): boolean {
  const [head = "", claims = "", signature = ""] = token.split(".");
  if (publicKey === undefined || signature === "") return false;
  return createVerify("RSA-SHA256").update(`${head}.${claims}`).verify(publicKey, signature, "base64url");
}

/** The services as the network of a test's host. */
export function identityFetch(identity: Identity) {
  return async (address: string, init: RequestInit): Promise<Response> => {
    const url = new URL(address);
    const body =
      typeof init.body === "string" ? init.body : init.body instanceof Uint8Array ? new TextDecoder().decode(init.body) : "";
    const {
      status,
      body: given,
      type,
    } = identity.answer({ method: init.method ?? "GET", url, headers: new Headers(init.headers), body });
    const text = typeof given === "string" ? given : JSON.stringify(given);
    return new Response(text, { status, headers: { "content-type": type ?? "application/json" } });
  };
}
