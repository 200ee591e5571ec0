import { afterAll, expect } from "bun:test";
import { join } from "node:path";
import { identityServices } from "../../fake/identity.ts";
import { tlsWorld } from "../../fake/tls-proxy.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { unless } from "../../support/skip.ts";

const names = [
  "token.actions.example.com",
  "sts.eu-west-1.amazonaws.com",
  "sts.googleapis.com",
  "login.microsoftonline.com",
  "sts.aliyuncs.com",
];

const reason = Bun.which("openssl") === null ? "openssl makes the private authority" : undefined;
const behindProxy = unless(reason);
const identity = identityServices();
const world = reason === undefined ? await tlsWorld(await temporaryFolder(), identity, names) : null;
afterAll(() => world?.close());

/** What the libraries need to exchange the job's identity token on all four clouds. */
const job = {
  ACTIONS_ID_TOKEN_REQUEST_URL: "https://token.actions.example.com/token?api-version=2",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token",
  AWS_ROLE_ARN: "arn:aws:iam::1:role/r",
  GCP_WORKLOAD_IDENTITY_PROVIDER: "projects/1/locations/global/workloadIdentityPools/p/providers/g",
  AZURE_TENANT_ID: "11111111-1111-1111-1111-111111111111",
  AZURE_CLIENT_ID: "22222222-2222-2222-2222-222222222222",
  ALIBABA_CLOUD_ROLE_ARN: "acs:ram::1:role/r",
  ALIBABA_CLOUD_OIDC_PROVIDER_ARN: "acs:ram::1:oidc-provider/p",
};

async function ask(env: Record<string, string>): Promise<{ found: Record<string, Record<string, unknown>>; stderr: string }> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "../../support/credential-child.ts")], {
    env: { PATH: process.env["PATH"] ?? "", HOME: await temporaryFolder(), ...job, ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  await child.exited;
  return { found: JSON.parse(out), stderr };
}

for (const [name, variable] of [
  ["`--ca-file`", "CML_CA_FILE"],
  ["`NODE_EXTRA_CA_CERTS`", "NODE_EXTRA_CA_CERTS"],
] as const)
  behindProxy(
    `credential libraries reach their services through an authenticated proxy, with a private authority by ${name}`,
    async () => {
      if (world === null) return;
      world.connects.length = 0;
      const { found, stderr } = await ask({ HTTPS_PROXY: world.proxyUrl, [variable]: world.caFile });
      expect(found).toMatchObject({
        aws: { id: expect.stringContaining("ASIA") },
        gcp: { value: expect.stringContaining("federated-") },
        azure: { value: expect.stringContaining("entra-") },
        ali: { id: expect.stringContaining("STS.") },
      });
      expect([...new Set(world.connects)].toSorted()).toEqual(names.map((one) => `${one}:443`).toSorted());
      // The libraries print nothing of their own.
      expect(stderr).toBe("");
    },
    60_000,
  );

behindProxy(
  "without the authority every one of them is refused, in words that say why",
  async () => {
    if (world === null) return;
    const { found } = await ask({ HTTPS_PROXY: world.proxyUrl });
    for (const cloud of ["aws", "gcp", "azure", "ali"]) expect(String(found[cloud]?.["error"])).toContain("certificate");
  },
  60_000,
);
