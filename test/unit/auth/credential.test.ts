import { describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { aliCredentials } from "../../../src/auth/ali.ts";
import { awsCredentials } from "../../../src/auth/aws.ts";
import { azureCredentials } from "../../../src/auth/azure.ts";
import { fixed, renewing } from "../../../src/auth/credential.ts";
import { gcpCredentials } from "../../../src/auth/gcp.ts";
import { AuthError, ConfigError, UnavailableError } from "../../../src/core/error.ts";
import { Secret } from "../../../src/core/secret.ts";
import type { Host } from "../../../src/host/host.ts";
import { failure } from "../../contract/storage.ts";
import { identityFetch, identityServices } from "../../fake/identity.ts";
import type { Identity } from "../../fake/identity.ts";
import { testHost } from "../../support/memory-host.ts";

const github = {
  ACTIONS_ID_TOKEN_REQUEST_URL: "https://token.actions.example.com/token?api-version=2",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token",
};
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const serviceAccount = {
  type: "service_account",
  project_id: "p",
  private_key_id: "k1",
  private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  client_email: "robot@p.iam.gserviceaccount.com",
  client_id: "1",
  token_uri: "https://oauth2.googleapis.com/token",
};

interface World {
  readonly host: Host;
  readonly identity: Identity;
  advance(ms: number): void;
}

/** A host whose only network is the services that hand out credentials. */
async function world(env: Record<string, string>, files: Record<string, string> = {}): Promise<World> {
  let now = Date.now();
  const clock = { now: () => now, sleep: async () => undefined };
  const identity = identityServices({ publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(), now: () => now });
  const { host } = await testHost({ env, files, clock, fetch: identityFetch(identity) });
  return { host, identity, advance: (ms) => void (now += ms) };
}

const aws = { id: null, secret: null, token: null, profile: null, files: { config: null, credentials: null }, source: "test" };
const region = async (): Promise<string> => "eu-west-1";
const gcp = { credential: null, anonymousUnlessNamed: true, scope: "https://www.googleapis.com/auth/devstorage.read_write" };
const azure = {
  principal: null,
  exclude: { environment: false, managedIdentity: false },
  scope: "https://storage.azure.com/.default",
};
const ali = { id: null, secret: null, source: "test" };

describe("renewing()", () => {
  test("fetches once for all who wait, and again before the end", async () => {
    let now = 1_000_000;
    let fetched = 0;
    const source = renewing(
      async () => ({ number: (fetched += 1), end: now + 3_600_000 }),
      ({ end }) => end,
      { now: () => now },
    );
    const all = await Promise.all([source.current(), source.current(), source.current()]);
    expect(all.map(({ number }) => number)).toEqual([1, 1, 1]);
    now += 54 * 60_000;
    expect((await source.current()).number).toBe(1);
    now += 2 * 60_000;
    expect((await source.current()).number).toBe(2);
    expect(source.expire()).toBe(true);
    expect((await source.current()).number).toBe(3);
  });

  test("tells a failure to all who wait and tries again for the next", async () => {
    let tries = 0;
    const source = renewing(
      async () => {
        if ((tries += 1) === 1) throw new Error("not yet");
        return tries;
      },
      () => null,
      { now: () => 0 },
    );
    const first = await Promise.allSettled([source.current(), source.current()]);
    expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await source.current()).toBe(2);
  });

  test("fixed() cannot be renewed", () => {
    expect(fixed("x").current()).toBe("x");
    expect(fixed("x").expire()).toBe(false);
  });
});

describe("AWS", () => {
  test("keys of options before the environment, which comes before everything else", async () => {
    const env = { AWS_ACCESS_KEY_ID: "ENVID", AWS_SECRET_ACCESS_KEY: "env-secret", AWS_SESSION_TOKEN: "env-token" };
    const { host, identity } = await world({ ...env, AWS_ROLE_ARN: "arn:aws:iam::1:role/r", ...github });
    const given = { ...aws, id: new Secret("OPTID", "`access_key_id` of test"), secret: new Secret("opt-secret", "x") };
    expect(await awsCredentials(given, region, host).current()).toMatchObject({
      id: "OPTID",
      token: null,
      source: "`access_key_id` of test",
    });
    expect(await awsCredentials(aws, region, host).current()).toEqual({
      id: "ENVID",
      secret: "env-secret",
      token: "env-token",
      source: "AWS_ACCESS_KEY_ID",
      expiresMs: null,
    });
    expect(identity.log).toEqual([]);
  });

  test("half of a pair is a ConfigError", async () => {
    const { host } = await world({});
    expect(() => awsCredentials({ ...aws, id: new Secret("OPTID", "x") }, region, host)).toThrow(ConfigError);
  });

  test("GitHub's identity token is exchanged for the role, renewed in time, and redacted", async () => {
    const { host, identity, advance } = await world({ AWS_ROLE_ARN: "arn:aws:iam::1:role/r", ...github });
    const source = awsCredentials(aws, region, host);
    const keys = await source.current();
    expect(keys).toMatchObject({ id: "ASIA2", secret: "aws-secret-2", token: "aws-session-2" });
    expect(keys.source).toContain("ACTIONS_ID_TOKEN_REQUEST_URL");
    expect(await source.current()).toBe(keys);
    expect(host.redactor.redact("token aws-session-2 secret aws-secret-2 jwt github-jwt-for-sts.amazonaws.com")).not.toContain(
      "aws-",
    );
    advance(56 * 60_000);
    expect((await source.current()).id).toBe("ASIA4");
    expect(identity.log).toEqual([
      "GET token.actions.example.com/token",
      "POST sts.eu-west-1.amazonaws.com/",
      "GET token.actions.example.com/token",
      "POST sts.eu-west-1.amazonaws.com/",
    ]);
  });

  test.each([
    ["GITLAB_OIDC_TOKEN", {}],
    ["BITBUCKET_STEP_OIDC_TOKEN", {}],
    ["CML_ID_TOKEN", {}],
    ["ID_TOKEN", { GITLAB_CI: "true" }],
  ])("the identity token of %s is exchanged", async (name, more) => {
    const { host, identity } = await world({ AWS_ROLE_ARN: "arn:aws:iam::1:role/r", [name]: "jwt-of-the-job", ...more });
    identity.accepted.add("jwt-of-the-job");
    expect((await awsCredentials(aws, region, host).current()).id).toBe("ASIA1");
  });

  test("a refused identity token is an AuthError in the server's words", async () => {
    const { host } = await world({ AWS_ROLE_ARN: "arn:aws:iam::1:role/r", GITLAB_OIDC_TOKEN: "foreign-jwt-of-the-job" });
    const refused = await failure(Promise.resolve(awsCredentials(aws, region, host).current()));
    expect(refused).toBeInstanceOf(AuthError);
    expect(String(refused)).toContain("The token is not from us");
    expect(String(refused)).toContain("GITLAB_OIDC_TOKEN");
    expect(String(refused)).not.toContain("foreign-jwt");
  });

  test("a profile of the shared files, also by a program of its own", async () => {
    const program = `printf '{"Version":1,"AccessKeyId":"PROCID","SecretAccessKey":"proc-secret"}'`;
    const { host } = await world(
      { AWS_ACCESS_KEY_ID: "ENVID", AWS_SECRET_ACCESS_KEY: "env-secret" },
      {
        "aws/credentials": "[other]\naws_access_key_id = FILEID\naws_secret_access_key = file-secret\n",
        "aws/config": `[profile other]\nregion = eu-north-1\n[profile program]\ncredential_process = sh -c "${program.replaceAll('"', '\\"')}"\n`,
      },
    );
    const files = { config: join(host.cwd, "aws/config"), credentials: join(host.cwd, "aws/credentials") };
    const keys = await awsCredentials({ ...aws, profile: "other", files }, region, host).current();
    expect(keys).toMatchObject({ id: "FILEID", secret: "file-secret", source: "profile `other`" });
    const found = await failure(Promise.resolve(awsCredentials({ ...aws, profile: "absent", files }, region, host).current()));
    expect(found).toBeInstanceOf(AuthError);
  });
});

describe("Google Cloud", () => {
  test("a service account by file, by text, and a bearer token in place of a file", async () => {
    const text = JSON.stringify(serviceAccount);
    const { host } = await world({}, { "key.json": text });
    const named = (value: string) => gcpCredentials({ ...gcp, credential: new Secret(value, "`credentialpath` of test") }, host);
    expect(await named(join(host.cwd, "key.json")).current()).toMatchObject({
      value: "service-token-1",
      source: "`credentialpath` of test",
    });
    expect(await named("ya29.bearer-token").current()).toMatchObject({ value: "ya29.bearer-token" });
    expect(host.redactor.redact("sent ya29.bearer-token")).not.toContain("ya29");
    const nobody = await world({ NO_GCE_CHECK: "true", HOME: host.cwd });
    expect(await gcpCredentials({ ...gcp, anonymousUnlessNamed: false }, nobody.host).current()).toBeNull();
    const absent = await world({ GOOGLE_APPLICATION_CREDENTIALS: "/nowhere/key.json" });
    expect(await failure(Promise.resolve(gcpCredentials(gcp, absent.host).current()))).toBeInstanceOf(ConfigError);
    const byText = await world({ GOOGLE_APPLICATION_CREDENTIALS_DATA: text });
    expect(await gcpCredentials(gcp, byText.host).current()).toMatchObject({ value: "service-token-1" });
  });

  test("a user's file, and an external account's", async () => {
    const user = { type: "authorized_user", client_id: "c", client_secret: "s", refresh_token: "user-refresh" };
    const external = {
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/g",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: "https://sts.googleapis.com/v1/token",
      credential_source: {
        url: "https://token.actions.example.com/token?audience=https://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/g",
        headers: { Authorization: "Bearer request-token" },
        format: { type: "json", subject_token_field_name: "value" },
      },
    };
    const { host, identity } = await world({}, { "user.json": JSON.stringify(user), "external.json": JSON.stringify(external) });
    const of = (name: string) => gcpCredentials({ ...gcp, credential: new Secret(join(host.cwd, name), "test") }, host).current();
    expect(await of("user.json")).toMatchObject({ value: "user-token-1" });
    expect(await of("external.json")).toMatchObject({ value: "federated-3" });
    expect(identity.log).toContain("POST sts.googleapis.com/v1/token");
  });

  test("a wrong key is an AuthError that names its source", async () => {
    const { privateKey: other } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const wrong = { ...serviceAccount, private_key: other.export({ type: "pkcs8", format: "pem" }).toString() };
    const { host } = await world({ GOOGLE_APPLICATION_CREDENTIALS_DATA: JSON.stringify(wrong) });
    const refused = await failure(Promise.resolve(gcpCredentials(gcp, host).current()));
    expect(refused).toBeInstanceOf(AuthError);
    expect(String(refused)).toContain("GOOGLE_APPLICATION_CREDENTIALS_DATA");
    expect(String(refused)).toContain("invalid_grant");
  });

  test("the job's identity token is exchanged, and a service account impersonated; renewed in time", async () => {
    const provider = "projects/1/locations/global/workloadIdentityPools/p/providers/g";
    const { host, identity, advance } = await world({ GCP_WORKLOAD_IDENTITY_PROVIDER: provider, ...github });
    const source = gcpCredentials(gcp, host);
    expect(await source.current()).toMatchObject({ value: "federated-2" });
    advance(58 * 60_000);
    expect(await source.current()).toMatchObject({ value: "federated-4" });
    const account = { GCP_WORKLOAD_IDENTITY_PROVIDER: provider, GCP_SERVICE_ACCOUNT: "robot@p.iam.gserviceaccount.com" };
    const other = await world({ ...account, GITLAB_OIDC_TOKEN: "jwt-of-the-job" });
    other.identity.accepted.add("jwt-of-the-job");
    expect(await gcpCredentials(gcp, other.host).current()).toMatchObject({ value: "impersonated-2" });
    expect(identity.log[0]).toBe("GET token.actions.example.com/token");
  });
});

describe("Azure", () => {
  const application = {
    AZURE_TENANT_ID: "11111111-1111-1111-1111-111111111111",
    AZURE_CLIENT_ID: "22222222-2222-2222-2222-222222222222",
  };

  test("a service principal of options and of the environment, renewed in time", async () => {
    const { host, advance } = await world({});
    const principal = {
      tenant: application.AZURE_TENANT_ID,
      client: application.AZURE_CLIENT_ID,
      secret: new Secret("azure-secret", "`client_secret` of test"),
    };
    const source = azureCredentials({ ...azure, principal }, host);
    const first = await source.current();
    expect(first.value).toStartWith("entra-");
    expect(first.source).toBe("`client_secret` of test");
    expect(await source.current()).toBe(first);
    const byEnvironment = await world({ ...application, AZURE_CLIENT_SECRET: "azure-secret" });
    expect((await azureCredentials(azure, byEnvironment.host).current()).value).toStartWith("entra-");
    advance(0);
  });

  test("the job's identity token is the application's assertion", async () => {
    const { host, identity } = await world({ ...application, ...github });
    expect((await azureCredentials(azure, host).current()).value).toStartWith("entra-");
    expect(identity.log).toContain("GET token.actions.example.com/token");
    const gitlab = await world({ ...application, GITLAB_OIDC_TOKEN: "jwt-of-the-job" });
    gitlab.identity.accepted.add("jwt-of-the-job");
    expect((await azureCredentials(azure, gitlab.host).current()).source).toContain("identity token");
  });

  test("a wrong secret is an AuthError in the server's words", async () => {
    const { host } = await world({ ...application, AZURE_CLIENT_SECRET: "wrong-azure-secret" });
    const refused = await failure(Promise.resolve(azureCredentials(azure, host).current()));
    expect(refused).toBeInstanceOf(AuthError);
    expect(String(refused)).toContain("AADSTS7000215");
    expect(String(refused)).toContain("AZURE_CLIENT_SECRET");
    expect(String(refused)).not.toContain("wrong-azure-secret");
  });
});

test("a service that cannot be reached is UnavailableError, not a refusal", async () => {
  const env = {
    ...github,
    AWS_ROLE_ARN: "arn:aws:iam::1:role/r",
    GOOGLE_APPLICATION_CREDENTIALS_DATA: JSON.stringify(serviceAccount),
    AZURE_TENANT_ID: "11111111-1111-1111-1111-111111111111",
    AZURE_CLIENT_ID: "22222222-2222-2222-2222-222222222222",
    AZURE_CLIENT_SECRET: "azure-secret",
  };
  const { host } = await testHost({
    env,
    clock: { now: () => Date.now(), sleep: async () => undefined },
    fetch: async (url) => {
      if (url.includes("token.actions")) return Response.json({ value: "github-jwt" });
      throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    },
  });
  for (const source of [awsCredentials(aws, region, host), gcpCredentials(gcp, host), azureCredentials(azure, host)]) {
    const found = await failure(Promise.resolve(source.current()));
    expect(found).toBeInstanceOf(UnavailableError);
    expect(String(found)).toContain("connection refused");
  }
}, 30_000);

describe("Alibaba Cloud", () => {
  test("keys of options, of OSS's names, of the cloud's names", async () => {
    const { host } = await world({ OSS_ACCESS_KEY_ID: "OSSID", OSS_ACCESS_KEY_SECRET: "oss-secret" });
    expect(await aliCredentials(ali, host).current()).toMatchObject({
      id: "OSSID",
      secret: "oss-secret",
      source: "OSS_ACCESS_KEY_ID",
    });
    const cloud = {
      ALIBABA_CLOUD_ACCESS_KEY_ID: "ALIID",
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: "ali-secret",
      ALIBABA_CLOUD_SECURITY_TOKEN: "ali-token",
    };
    expect(await aliCredentials(ali, (await world(cloud)).host).current()).toMatchObject({ id: "ALIID", token: "ali-token" });
    expect(() => aliCredentials({ ...ali, id: new Secret("x", "x") }, host)).toThrow(ConfigError);
  });

  test("the job's identity token is exchanged for the role, and refused in the server's words", async () => {
    const role = { ALIBABA_CLOUD_ROLE_ARN: "acs:ram::1:role/r", ALIBABA_CLOUD_OIDC_PROVIDER_ARN: "acs:ram::1:oidc-provider/p" };
    const { host, advance } = await world({ ...role, ...github });
    const source = aliCredentials(ali, host);
    expect(await source.current()).toMatchObject({ id: "STS.2", secret: "ali-secret-2", token: "ali-token-2" });
    advance(56 * 60_000);
    expect(await source.current()).toMatchObject({ id: "STS.4" });
    const foreign = await world({ ...role, GITLAB_OIDC_TOKEN: "foreign-jwt-of-the-job" });
    const refused = await failure(Promise.resolve(aliCredentials(ali, foreign.host).current()));
    expect(refused).toBeInstanceOf(AuthError);
    expect(String(refused)).toContain("AuthenticationFail.OIDCToken.Invalid");
  });
});
