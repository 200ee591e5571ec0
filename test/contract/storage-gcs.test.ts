import { afterAll, describe, expect, test } from "bun:test";
import { NotFoundError } from "../../src/core/error.ts";
import type { Store } from "../../src/storage/contract.ts";
import { open } from "../../src/storage/gcs/index.ts";
import { faultProxy } from "../fake/fault-proxy.ts";
import type { FaultProxy } from "../fake/fault-proxy.ts";
import { testHost } from "../support/memory-host.ts";
import { noService, startServices } from "../support/service.ts";
import { unless } from "../support/skip.ts";
import { bodyOf, failure, noise, storageContract } from "./storage.ts";
import type { Fault } from "./storage.ts";

const bucket = "cml-contract";
const signal = new AbortController().signal;

const faults: Readonly<Record<Fault, Parameters<FaultProxy["fail"]>[0]>> = {
  busy: { status: 429, headers: { "retry-after": "1" } },
  unavailable: { status: 503, body: '{"error":{"code":503,"message":"backend error"}}' },
  truncate: "cut",
  expire: { status: 401, body: '{"error":{"code":401,"message":"Invalid Credentials"}}' },
};

const reason = noService("gcs");
if (reason === undefined) await register();
else unless(`fake-gcs-server: ${reason}`)("storage contract: GCS on fake-gcs-server", () => undefined);

async function register(): Promise<void> {
  const upstream = (await startServices("gcs")).get("CML_TEST_GCS_ENDPOINT") ?? "";
  const proxy = await faultProxy(upstream);
  afterAll(() => proxy.close());
  const made = await fetch(`${upstream}/storage/v1/b?project=test`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: bucket }),
  });
  expect(made.status).toBe(200);

  async function store(options: Readonly<Record<string, string>> = {}, url = `gs://${bucket}/some/prefix`): Promise<Store> {
    const { host } = await testHost({ clock: { now: () => Date.now(), sleep: async () => undefined } });
    const all = { endpointurl: proxy.url, credentialpath: "token-of-the-test", ...options };
    return open({ url, options: new Map(Object.entries(all)), source: "test" }, host);
  }

  describe("fake-gcs-server", () => {
    storageContract(
      "GCS on fake-gcs-server",
      async () => ({ store: await store(), fail: (fault, times) => proxy.fail(faults[fault], times) }),
      {
        // Its folders on disk take these for separators.
        refuses: ["double//slash", "backslash\\name"],
        timeoutMs: 120_000,
      },
    );

    test("a missing bucket is told from a missing object", async () => {
      const other = await store({}, "gs://no-such-bucket-here/p");
      for (const act of [
        () => other.read("k", { signal }),
        () => other.stat("k", signal),
        () => other.write?.("k", bodyOf("x"), { signal }),
      ]) {
        const found = await failure(Promise.resolve(act()));
        expect(found).toBeInstanceOf(NotFoundError);
        expect(String(found)).toContain("bucket");
      }
    });

    test("write() in a session: whole, and nothing of a broken one", async () => {
      const one = await store();
      const data = noise(40 * 1024 * 1024 + 17);
      await one.write?.("parted", bodyOf(data), { ifAbsent: true, signal });
      expect(Buffer.compare(await (await one.read("parted", { signal })).bytes(), data)).toBe(0);
      const broken = {
        ...bodyOf(data),
        stream: () => new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("source broke")) }),
      };
      expect(String(await failure(one.write?.("half", broken, { signal }) ?? Promise.resolve()))).toContain("source broke");
      expect(await one.stat("half", signal)).toBeNull();
    }, 120_000);
  });
}
