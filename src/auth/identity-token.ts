import { AuthError } from "../core/error.ts";
import { Secret } from "../core/secret.ts";
import type { Host } from "../host/host.ts";

/** Whether the CI gives this job an identity token that a cloud may exchange. */
export function hasIdentityToken(host: Host): boolean {
  return kept(host) !== undefined || requestUrl(host) !== undefined;
}

/**
 * The job's identity token (OpenID Connect) for a cloud. GitHub makes one for any audience when asked; GitLab's and Bitbucket's are made when the
 * job starts, with the audience that its definition names. https://docs.github.com/actions/reference/openid-connect-reference
 */
export async function identityToken(host: Host, audience: string, signal: AbortSignal): Promise<Secret> {
  const found = kept(host);
  if (found !== undefined) return found;
  const url = requestUrl(host);
  const credential = host.env.secret("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
  if (url === undefined || credential === undefined) throw absent();
  const answer = await host.http.request({ url, query: { audience }, credential, service: "GitHub Actions", signal });
  const value: unknown = answer.json();
  const token: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "value") : undefined;
  if (typeof token !== "string" || token === "") throw absent();
  host.redactor.add(token);
  return new Secret(token, "ACTIONS_ID_TOKEN_REQUEST_URL");
}

function kept(host: Host): Secret | undefined {
  const { env } = host;
  return (
    env.secret("CML_ID_TOKEN") ??
    env.secret("GITLAB_OIDC_TOKEN") ??
    env.secret("BITBUCKET_STEP_OIDC_TOKEN") ??
    (env.get("GITLAB_CI") === undefined ? undefined : env.secret("ID_TOKEN"))
  );
}

function requestUrl(host: Host): string | undefined {
  return host.env.secret("ACTIONS_ID_TOKEN_REQUEST_TOKEN") === undefined
    ? undefined
    : host.env.get("ACTIONS_ID_TOKEN_REQUEST_URL");
}

function absent(): AuthError {
  return new AuthError("the CI gave this job no identity token", {
    status: 401,
    hint: "GitHub: `permissions: id-token: write`; GitLab: `id_tokens: GITLAB_OIDC_TOKEN: aud: …`; Bitbucket: `oidc: true`",
  });
}
