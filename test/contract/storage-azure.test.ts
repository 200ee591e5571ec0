import { afterAll, describe, expect, test } from "bun:test";
import { AuthError, ConflictError, NotFoundError } from "../../src/core/error.ts";
import type { Store } from "../../src/storage/contract.ts";
import { open } from "../../src/storage/azure/index.ts";
import { faultProxy } from "../fake/fault-proxy.ts";
import type { FaultProxy } from "../fake/fault-proxy.ts";
import { testHost } from "../support/memory-host.ts";
import { noService, startServices } from "../support/service.ts";
import { unless } from "../support/skip.ts";
import { bodyOf, failure, noise, storageContract } from "./storage.ts";
import type { Fault } from "./storage.ts";

const container = "cml-contract";
const signal = new AbortController().signal;

const faults: Readonly<Record<Fault, Parameters<FaultProxy["fail"]>[0]>> = {
  busy: { status: 429, headers: { "retry-after": "1" } },
  unavailable: { status: 503, headers: { "x-ms-error-code": "ServerBusy" }, body: "<Error><Code>ServerBusy</Code></Error>" },
  truncate: "cut",
  expire: { status: 401, headers: { "x-ms-error-code": "InvalidAuthenticationInfo" } },
};

const reason = noService("azurite");
if (reason === undefined) await register();
else unless(`Azurite: ${reason}`)("storage contract: Azure Blob on Azurite", () => undefined);

async function register(): Promise<void> {
  const values = await startServices("azurite");
  const value = (name: string): string => values.get(`CML_TEST_AZURE_${name}`) ?? "";
  const upstream = new URL(value("ENDPOINT"));
  const proxy = await faultProxy(upstream.origin);
  afterAll(() => proxy.close());
  const account = value("ACCOUNT");
  const connection = (key = value("KEY")): string =>
    `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};BlobEndpoint=${proxy.url}/${account};`;
  const { BlobServiceClient, ContainerSASPermissions, StorageSharedKeyCredential, generateBlobSASQueryParameters } =
    await import("@azure/storage-blob");
  const official = BlobServiceClient.fromConnectionString(values.get("AZURE_STORAGE_CONNECTION_STRING") ?? "");
  await official.createContainer(container);

  function sas(minutes: number, permissions: string): string {
    return generateBlobSASQueryParameters(
      {
        containerName: container,
        permissions: ContainerSASPermissions.parse(permissions),
        startsOn: new Date(Date.now() - 3_600_000),
        expiresOn: new Date(Date.now() + minutes * 60_000),
      },
      new StorageSharedKeyCredential(account, value("KEY")),
    ).toString();
  }

  async function store(
    options: Readonly<Record<string, string>> = { connection_string: connection() },
    url = `azure://${container}/some/prefix`,
    skewMs = 0,
  ): Promise<Store> {
    const { host } = await testHost({ clock: { now: () => Date.now() + skewMs, sleep: async () => undefined } });
    return open({ url, options: new Map(Object.entries(options)), source: "test" }, host);
  }

  describe("azurite", () => {
    storageContract(
      "Azure Blob on Azurite",
      async () => ({ store: await store(), fail: (fault, times) => proxy.fail(faults[fault], times) }),
      {
        // Listed with a slash in its place.
        refuses: ["backslash\\name"],
        timeoutMs: 120_000,
      },
    );

    test("errors say what is wrong and with which credential", async () => {
      await (await store()).write?.("here", bodyOf("x"), { signal });
      const wrong = await store({ connection_string: connection(Buffer.from("wrong key").toString("base64")) });
      const refused = await failure(wrong.read("here", { signal }));
      expect(refused).toBeInstanceOf(AuthError);
      expect(refused instanceof AuthError && refused.hint).toContain("`connection_string` of test");
      expect(await failure(wrong.stat("here", signal))).toBeInstanceOf(AuthError);
      const other = await store({ connection_string: connection() }, "azure://no-such-container/p");
      for (const act of [
        () => other.read("k", { signal }),
        () => other.stat("k", signal),
        () => other.write?.("k", bodyOf("x"), { signal }),
        () => other.remove?.("k", signal),
      ]) {
        const found = await failure(Promise.resolve(act()));
        expect(found).toBeInstanceOf(NotFoundError);
        expect(String(found)).toContain("container");
      }
    });

    test("a shared access signature: good, expired, without the right", async () => {
      await (await store()).write?.("sas", bodyOf("x"), { signal });
      const at = (token: string): Promise<Store> =>
        store({ connection_string: `BlobEndpoint=${proxy.url}/${account};SharedAccessSignature=${token}` });
      const good = await at(sas(60, "racwdl"));
      expect(await good.stat("sas", signal)).toEqual({ key: "sas", sizeBytes: 1 });
      await good.write?.("sas/more", bodyOf(noise(33 * 1024 * 1024)), { signal });
      const found: string[] = [];
      for await (const { key } of good.list?.("sas/", signal) ?? []) found.push(key);
      expect(found).toEqual(["sas/more"]);
      const late = await failure((await at(sas(-30, "racwdl"))).read("sas", { signal }));
      expect(late).toBeInstanceOf(AuthError);
      expect(await failure((await at(sas(60, "r"))).write?.("sas", bodyOf("y"), { signal }) ?? Promise.resolve())).toBeInstanceOf(
        AuthError,
      );
    }, 60_000);

    test("write() in blocks: whole, conditional, and nothing of a broken one", async () => {
      const one = await store();
      const data = noise(40 * 1024 * 1024 + 17);
      await one.write?.("parted", bodyOf(data), { ifAbsent: true, signal });
      expect(Buffer.compare(await (await one.read("parted", { signal })).bytes(), data)).toBe(0);
      expect(await failure(one.write?.("parted", bodyOf(data), { ifAbsent: true, signal }) ?? Promise.resolve())).toBeInstanceOf(
        ConflictError,
      );
      const broken = {
        ...bodyOf(data),
        stream: () => new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("source broke")) }),
      };
      expect(String(await failure(one.write?.("half", broken, { signal }) ?? Promise.resolve()))).toContain("source broke");
      expect(await one.stat("half", signal)).toBeNull();
    }, 120_000);

    test("the official client reads what the store wrote, and the other way round", async () => {
      const one = await store();
      const client = official.getContainerClient(container);
      await one.write?.("shared/ours é+%20", bodyOf("ours"), { signal });
      expect((await client.getBlobClient("some/prefix/shared/ours é+%20").downloadToBuffer()).toString()).toBe("ours");
      await client.getBlockBlobClient("some/prefix/shared/theirs #1").uploadData(Buffer.from("theirs"));
      expect(new TextDecoder().decode(await (await one.read("shared/theirs #1", { signal })).bytes())).toBe("theirs");
    });
  });
}
