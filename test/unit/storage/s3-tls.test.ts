import { afterAll, expect } from "bun:test";
import { createServer } from "node:https";
import { UnavailableError } from "../../../src/core/error.ts";
import { open } from "../../../src/storage/s3/index.ts";
import { failure } from "../../contract/storage.ts";
import { certify } from "../../fake/tls-proxy.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { testHost } from "../../support/memory-host.ts";
import { unless } from "../../support/skip.ts";

const reason = Bun.which("openssl") === null ? "openssl makes the private authority" : undefined;
const withTls = unless(reason);
const world = reason === undefined ? await serve() : null;
afterAll(() => world?.close());
const signal = new AbortController().signal;

async function serve() {
  const { key, cert, caFile } = certify(await temporaryFolder(), ["localhost"]);
  const server = createServer({ key: await Bun.file(key).text(), cert: await Bun.file(cert).text() }, (_, response) =>
    response.writeHead(200, { "content-length": "4" }).end("fine"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { caFile, url: `https://localhost:${port}`, close: () => (server.closeAllConnections(), server.close()) };
}

async function read(options: Readonly<Record<string, string>>, env: Record<string, string> = {}): Promise<string> {
  const { host } = await testHost({ env, clock: { now: () => Date.now(), sleep: async () => undefined } });
  const all = { endpointurl: world?.url ?? "", access_key_id: "AKIDEXAMPLE", secret_access_key: "secret-example", ...options };
  const store = open({ url: "s3://data/p", options: new Map(Object.entries(all)), source: "test" }, host);
  return new TextDecoder().decode(await (await store.read("k", { signal })).bytes());
}

withTls("a store with a private authority is read by `ssl_verify`, by `AWS_CA_BUNDLE`, or unchecked", async () => {
  const caFile = world?.caFile ?? "";
  expect(await read({ ssl_verify: caFile })).toBe("fine");
  expect(await read({}, { AWS_CA_BUNDLE: caFile })).toBe("fine");
  expect(await read({ ssl_verify: "false" })).toBe("fine");
});

withTls("an authority that nobody named is an error that says what to set", async () => {
  const found = await failure(read({}));
  expect(found).toBeInstanceOf(UnavailableError);
  expect(String(found)).toContain("certificate");
  expect(found instanceof UnavailableError && found.hint).toContain("NODE_EXTRA_CA_CERTS");
  expect(await failure(read({ ssl_verify: "true" }))).toBeInstanceOf(UnavailableError);
});
