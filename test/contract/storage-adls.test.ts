import { afterAll, describe, expect, test } from "bun:test";
import { BlobServiceClient } from "@azure/storage-blob";
import { AuthError } from "../../src/core/error.ts";
import type { Store } from "../../src/storage/contract.ts";
import { open } from "../../src/storage/azure/index.ts";
import { blobFake } from "../fake/blob.ts";
import { faultProxy } from "../fake/fault-proxy.ts";
import type { FaultProxy } from "../fake/fault-proxy.ts";
import { identityFetch, identityServices } from "../fake/identity.ts";
import { testHost } from "../support/memory-host.ts";
import { bodyOf, failure, storageContract } from "./storage.ts";
import type { Fault } from "./storage.ts";

const container = "lake";
const signal = new AbortController().signal;
const application = {
  AZURE_TENANT_ID: "11111111-1111-1111-1111-111111111111",
  AZURE_CLIENT_ID: "22222222-2222-2222-2222-222222222222",
  AZURE_CLIENT_SECRET: "azure-secret",
};

const faults: Readonly<Record<Fault, Parameters<FaultProxy["fail"]>[0]>> = {
  busy: { status: 429, headers: { "retry-after": "1" } },
  unavailable: { status: 503, headers: { "x-ms-error-code": "ServerBusy" } },
  truncate: "cut",
  expire: { status: 401, headers: { "x-ms-error-code": "InvalidAuthenticationInfo" } },
};

const fake = await blobFake(container);
const proxy = await faultProxy(fake.url);
const identity = identityServices();
afterAll(async () => {
  await proxy.close();
  const others = fake.problems.filter((problem) => !problem.endsWith("Error: aborted"));
  fake.problems.splice(0, fake.problems.length, ...others);
  await fake.close();
});

/** A store whose account lies at the fake and whose tokens come from the sign-in service. */
async function store(env: Record<string, string> = application): Promise<Store> {
  const signIn = identityFetch(identity);
  const { host } = await testHost({
    env,
    clock: { now: () => Date.now(), sleep: async () => undefined },
    async fetch(url, init) {
      if (url.startsWith("http://127.0.0.1")) return fetch(url, init);
      const answer = await signIn(url, init);
      const token = /"access_token":"([^"]+)"/.exec(await answer.clone().text())?.[1];
      if (token !== undefined) fake.tokens.add(token);
      return answer;
    },
  });
  const options = new Map([["connection_string", `BlobEndpoint=${proxy.url}`]]);
  return open({ url: `azure://${container}/some/prefix`, options, source: "test" }, host);
}

storageContract(
  "Azure Data Lake Gen2 with Entra",
  async () => ({
    store: await store(),
    fail: (fault, times) => proxy.fail(faults[fault], times),
    keys: async () => [...fake.blobs.keys()],
  }),
  {
    // An object below another makes that one a folder.
    hasFolders: true,
    timeoutMs: 60_000,
  },
);

describe("Data Lake Gen2 with Entra", () => {
  test("folders are no objects", async () => {
    const one = await store();
    await one.write?.("tree/inner/leaf", bodyOf("x"), { signal });
    expect(await one.stat("tree/inner", signal)).toBeNull();
    const found: string[] = [];
    for await (const { key } of one.list?.("tree/", signal) ?? []) found.push(key);
    expect(found).toEqual(["tree/inner/leaf"]);
  });

  test("a token that the server calls expired is renewed once", async () => {
    const one = await store();
    await one.write?.("token", bodyOf("x"), { signal });
    const asked = identity.log.filter((line) => line.endsWith("/token")).length;
    fake.tokens.clear();
    expect(await one.stat("token", signal)).toEqual({ key: "token", sizeBytes: 1 });
    expect(identity.log.filter((line) => line.endsWith("/token")).length).toBe(asked + 1);
  });

  test("a wrong secret is an AuthError that names it", async () => {
    const one = await store({ ...application, AZURE_CLIENT_SECRET: "wrong-azure-secret" });
    const refused = await failure(one.read("k", { signal }));
    expect(refused).toBeInstanceOf(AuthError);
    expect(String(refused)).toContain("AZURE_CLIENT_SECRET");
  });

  test("the official client drives the fake and reads what the store wrote", async () => {
    // It sends tokens over TLS only, so it comes as nobody.
    fake.tokens.add("");
    const official = new BlobServiceClient(fake.url, undefined, { retryOptions: { maxTries: 1 } }).getContainerClient(container);
    await (await store()).write?.("official/ours é+%20", bodyOf("ours"), { signal });
    expect((await official.getBlobClient("some/prefix/official/ours é+%20").downloadToBuffer()).toString()).toBe("ours");
    await official.getBlockBlobClient("some/prefix/official/theirs").uploadData(Buffer.from("theirs"));
    expect(new TextDecoder().decode(await (await (await store()).read("official/theirs", { signal })).bytes())).toBe("theirs");
    const names: string[] = [];
    for await (const { name } of official.listBlobsFlat({ prefix: "some/prefix/official/" })) names.push(name);
    expect(names).toEqual(["some/prefix/official/ours é+%20", "some/prefix/official/theirs"]);
    fake.tokens.delete("");
  });
});
