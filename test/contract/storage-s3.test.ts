import { afterAll, describe, expect, test } from "bun:test";
import { AuthError, ConflictError, NotFoundError } from "../../src/core/error.ts";
import type { Store } from "../../src/storage/contract.ts";
import { open } from "../../src/storage/s3/index.ts";
import { faultProxy } from "../fake/fault-proxy.ts";
import type { FaultProxy } from "../fake/fault-proxy.ts";
import { testHost } from "../support/memory-host.ts";
import { noService, startServices } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { unless } from "../support/skip.ts";
import { bodyOf, failure, noise, storageContract, uglyNames } from "./storage.ts";
import type { Fault } from "./storage.ts";

const bucket = "cml-contract";
const signal = new AbortController().signal;

interface Server {
  readonly service: Service;
  readonly prefix: string;
  readonly refuses: readonly string[];
}

const faults: Readonly<Record<Fault, Parameters<FaultProxy["fail"]>[0]>> = {
  busy: { status: 429, headers: { "retry-after": "1" } },
  unavailable: { status: 503, body: "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>" },
  truncate: "cut",
  expire: { status: 400, body: "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>" },
};

/** Below the store's prefix it has more than the 1,024 bytes that S3 takes; versitygw does not count. */
const longest = uglyNames.at(-1) ?? "";

/** Two strict servers with dialects of their own; what each cannot hold is a limit of its folder on disk. */
const servers: readonly Server[] = [
  { service: "versitygw", prefix: "CML_TEST_VGW", refuses: ["double//slash", "backslash\\name"] },
  { service: "minio", prefix: "CML_TEST_S3", refuses: ["double//slash", longest] },
];

for (const server of servers) {
  const reason = noService(server.service);
  // Started here and not in a hook, so that all of the file's tests share it and its end is the file's.
  if (reason === undefined) registerServer(server, await makeWorld(server));
  else unless(`${server.service}: ${reason}`)(`S3 on ${server.service}`, () => undefined);
}

function registerServer({ service, refuses }: Server, world: World): void {
  const { store, proxy } = world;
  describe(service, () => {
    storageContract(
      `S3 on ${service}`,
      async () => {
        return {
          store: await store({}),
          fail: (fault, times) => proxy.fail(faults[fault], times),
        };
      },
      { refuses: uglyNames.filter((name) => refuses.includes(name)), timeoutMs: 120_000 },
    );

    test("errors say what is wrong and with which credential", async () => {
      const good = await store({});
      await good.write?.("here", bodyOf("x"), { signal });
      const wrongSecret = await failure((await store({ secret_access_key: "wrongwrongwrong" })).read("here", { signal }));
      expect(wrongSecret).toBeInstanceOf(AuthError);
      expect(String(wrongSecret)).toContain("SignatureDoesNotMatch");
      expect(wrongSecret instanceof AuthError && wrongSecret.hint).toContain("`access_key_id` of test");
      // A HEAD has no words; they are fetched.
      expect(String(await failure((await store({ secret_access_key: "wrongwrongwrong" })).stat("here", signal)))).toContain(
        "SignatureDoesNotMatch",
      );
      expect(await failure((await store({ access_key_id: "NOBODY" })).read("here", { signal }))).toBeInstanceOf(AuthError);
      expect(await failure((await store({ allow_anonymous_login: "true" })).read("here", { signal }))).toBeInstanceOf(AuthError);
      for (const action of [
        (one: Store) => one.read("k", { signal }),
        (one: Store) => one.stat("k", signal),
        (one: Store) => one.write?.("k", bodyOf("x"), { signal }),
      ]) {
        const found = await failure(Promise.resolve(action(await store({}, "s3://no-such-bucket-here/p"))));
        expect(found).toBeInstanceOf(NotFoundError);
        expect(String(found)).toContain("bucket");
      }
    }, 60_000);

    test("a wrong clock is put right from the server's answer", async () => {
      await (await store({})).write?.("clock", bodyOf("tick"), { signal });
      const late = await store({}, undefined, 40 * 60_000);
      expect(await (await late.read("clock", { signal })).bytes()).toEqual(new TextEncoder().encode("tick"));
      expect(await (await store({}, undefined, -40 * 60_000)).stat("clock", signal)).toEqual({ key: "clock", sizeBytes: 4 });
    }, 60_000);

    test("the region that the server expects is taken over", async () => {
      await (await store({})).write?.("region", bodyOf("x"), { signal });
      expect(await (await store({ region: "eu-west-3" })).stat("region", signal)).toEqual({ key: "region", sizeBytes: 1 });
    }, 60_000);

    test("write() in parts: whole, conditional, and nothing left of a broken one", async () => {
      const one = await store({});
      const data = noise(40 * 1024 * 1024 + 17);
      await one.write?.("parted", bodyOf(data), { ifAbsent: true, signal });
      expect(Buffer.compare(await (await one.read("parted", { signal })).bytes(), data)).toBe(0);
      expect(await failure(one.write?.("parted", bodyOf(data), { ifAbsent: true, signal }) ?? Promise.resolve())).toBeInstanceOf(
        ConflictError,
      );
      const broken = {
        ...bodyOf(data),
        stream: () => new ReadableStream<Uint8Array>({ pull: (c) => c.error(new Error("source broke")) }),
      };
      expect(String(await failure(one.write?.("half", broken, { signal }) ?? Promise.resolve()))).toContain("source broke");
      expect(await one.stat("half", signal)).toBeNull();
      expect(proxy.log.filter((line) => line.startsWith("DELETE") && line.includes("uploadId=")).length).toBe(2);
    }, 120_000);

    test("list() goes over many pages", async () => {
      const one = await store({});
      const keys = Array.from({ length: 1_005 }, (_, index) => `pages/${String(index).padStart(4, "0")}`);
      let next = 0;
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          while (next < keys.length) await one.write?.(keys[next++] ?? "", bodyOf("x"), { signal });
        }),
      );
      const found: string[] = [];
      for await (const { key } of one.list?.("pages/", signal) ?? []) found.push(key);
      expect(found.toSorted()).toEqual(keys);
    }, 120_000);
  });
}

interface World {
  readonly proxy: FaultProxy;
  /** A store on the bucket with the options changed; `skewMs` sets our clock off. */
  store(options: Readonly<Record<string, string>>, url?: string, skewMs?: number): Promise<Store>;
}

async function makeWorld({ service, prefix }: Server): Promise<World> {
  const values = await startServices(service);
  const value = (name: string): string => values.get(`${prefix}_${name}`) ?? "";
  const proxy = await faultProxy(value("ENDPOINT"));
  afterAll(() => proxy.close());
  const keys = { access_key_id: value("KEY"), secret_access_key: value("SECRET") };
  const { S3Client, CreateBucketCommand } = await import("@aws-sdk/client-s3");
  await new S3Client({
    endpoint: value("ENDPOINT"),
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: keys.access_key_id, secretAccessKey: keys.secret_access_key },
  }).send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    proxy,
    async store(options, url = `s3://${bucket}/some/prefix`, skewMs = 0) {
      const clock = { now: () => Date.now() + skewMs, sleep: async () => undefined };
      const { host } = await testHost({ clock });
      const all = { endpointurl: proxy.url, ...keys, ...options };
      return open({ url, options: new Map(Object.entries(all)), source: "test" }, host);
    },
  };
}
