/** Run as a program: asks every credential library for a credential and prints what came, as JSON. `CML_CA_FILE` stands for `--ca-file`. */
import { aliCredentials } from "../../src/auth/ali.ts";
import { awsCredentials } from "../../src/auth/aws.ts";
import { azureCredentials } from "../../src/auth/azure.ts";
import { gcpCredentials } from "../../src/auth/gcp.ts";
import { realHost } from "../../src/host/real.ts";

const host = realHost("test").configured({ caFile: process.env["CML_CA_FILE"] });
const files = { config: null, credentials: null };

async function attempt(ask: () => unknown): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    return { error: String(error) };
  }
}

const aws = { id: null, secret: null, token: null, profile: null, files, source: "test" };
const exclude = { environment: false, managedIdentity: false };
const found = {
  aws: await attempt(() => awsCredentials(aws, async () => "eu-west-1", host).current()),
  gcp: await attempt(() => gcpCredentials({ credential: null, anonymousUnlessNamed: true, scope: "scope" }, host).current()),
  azure: await attempt(() =>
    azureCredentials({ principal: null, exclude, scope: "https://storage.azure.com/.default" }, host).current(),
  ),
  ali: await attempt(() => aliCredentials({ id: null, secret: null, source: "test" }, host).current()),
};
await Bun.write(Bun.stdout, JSON.stringify(found));
process.exit(0);
