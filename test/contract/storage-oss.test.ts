import type { Client } from "ali-oss";
import { afterAll, describe, expect, test } from "bun:test";
import { AuthError, ConflictError, NotFoundError } from "../../src/core/error.ts";
import type { Store } from "../../src/storage/contract.ts";
import { open } from "../../src/storage/oss/index.ts";
import { faultProxy } from "../fake/fault-proxy.ts";
import type { FaultProxy } from "../fake/fault-proxy.ts";
import { ossFake } from "../fake/oss.ts";
import { testHost } from "../support/memory-host.ts";
import { bodyOf, failure, noise, storageContract } from "./storage.ts";
import type { Fault } from "./storage.ts";

const signal = new AbortController().signal;
const account = { bucket: "cml-contract", region: "cn-hangzhou", id: "LTAI5example", secret: "oss/secret+EXAMPLE" };

const faults: Readonly<Record<Fault, Parameters<FaultProxy["fail"]>[0]>> = {
  busy: { status: 429, headers: { "retry-after": "1" } },
  unavailable: { status: 503, body: "<Error><Code>ServiceBusy</Code><Message>busy</Message></Error>" },
  truncate: "cut",
  expire: { status: 403, body: "<Error><Code>SecurityTokenExpired</Code><Message>expired</Message></Error>" },
};

const fake = await ossFake(account);
const proxy = await faultProxy(fake.url);
afterAll(async () => {
  await proxy.close();
  // Sources that break half-way are cut off, and the fake sees that.
  const others = fake.problems.filter((problem) => !problem.endsWith("Error: aborted"));
  fake.problems.splice(0, fake.problems.length, ...others);
  await fake.close();
});

interface Wish {
  readonly options?: Readonly<Record<string, string>>;
  readonly url?: string;
  /** Null: the endpoint tells no region, hence the first version of the signature. */
  readonly region?: string | null;
  readonly skewMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly endpoint?: string;
}

async function store(wish: Wish = {}): Promise<Store> {
  const { region = account.region, skewMs = 0 } = wish;
  const { host } = await testHost({
    clock: { now: () => Date.now() + skewMs, sleep: async () => undefined },
    env: { ...(region === null ? {} : { OSS_REGION: region }), ...wish.env },
  });
  const all = {
    oss_endpoint: wish.endpoint ?? proxy.url,
    oss_key_id: account.id,
    oss_key_secret: account.secret,
    ...wish.options,
  };
  const options = new Map(Object.entries(all).filter(([, value]) => value !== ""));
  return open({ url: wish.url ?? `oss://${account.bucket}/some/prefix`, options, source: "test" }, host);
}

for (const region of [account.region, null])
  storageContract(
    `OSS, ${region === null ? "first" : "fourth"} version of the signature`,
    async () => {
      fake.objects.clear();
      return {
        store: await store({ region }),
        fail: (fault, times) => proxy.fail(faults[fault], times),
        keys: async () => [...fake.objects.keys(), ...fake.uploads.keys()],
      };
    },
    { timeoutMs: 60_000 },
  );

describe("OSS", () => {
  test("errors say what is wrong and with which credential", async () => {
    await (await store()).write?.("here", bodyOf("x"), { signal });
    const wrong = await store({ options: { oss_key_secret: "wrong" } });
    for (const act of [() => wrong.read("here", { signal }), () => wrong.stat("here", signal)]) {
      const refused = await failure(act());
      expect(refused).toBeInstanceOf(AuthError);
      expect(String(refused)).toContain("SignatureDoesNotMatch");
      expect(refused instanceof AuthError && refused.hint).toContain("`oss_key_id` of test");
    }
    const other = await store({ url: "oss://no-such-bucket/p" });
    for (const act of [() => other.read("k", { signal }), () => other.stat("k", signal)]) {
      const found = await failure(act());
      expect(found).toBeInstanceOf(NotFoundError);
      expect(String(found)).toContain("bucket");
    }
  });

  test("a wrong clock is put right from the server's answer", async () => {
    await (await store()).write?.("clock", bodyOf("tick"), { signal });
    for (const skewMs of [40 * 60_000, -40 * 60_000])
      expect(await (await store({ skewMs })).stat("clock", signal)).toEqual({ key: "clock", sizeBytes: 4 });
  });

  test("a session's token is sent, and named when it has expired", async () => {
    fake.setToken("the-session-token");
    const one = await store({
      options: { oss_key_id: "", oss_key_secret: "" },
      env: { OSS_ACCESS_KEY_ID: account.id, OSS_ACCESS_KEY_SECRET: account.secret, OSS_SESSION_TOKEN: "the-session-token" },
    });
    await one.write?.("token", bodyOf("x"), { signal });
    expect(await one.stat("token", signal)).toEqual({ key: "token", sizeBytes: 1 });
    fake.expireToken();
    const late = await failure(one.stat("token", signal));
    expect(late instanceof AuthError && late.hint).toContain("OSS_ACCESS_KEY_ID");
    fake.setToken(null);
  });

  test("write() in parts: whole, conditional, and nothing of a broken one", async () => {
    const one = await store();
    const data = noise(33 * 1024 * 1024 + 17);
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
    expect(fake.uploads.size).toBe(0);
    expect(await one.stat("half", signal)).toBeNull();
  }, 60_000);

  test("addresses: the bucket before a name, the region from the endpoint", async () => {
    const seen: string[] = [];
    const { host } = await testHost({
      fetch: async (url, init) => {
        seen.push(`${url} ${new Headers(init.headers).get("authorization")?.split(",")[0]}`);
        return new Response("", { headers: { "content-length": "0" } });
      },
    });
    for (const endpoint of [
      "oss-cn-shanghai.aliyuncs.com",
      "http://oss-us-west-1-internal.aliyuncs.com",
      "https://files.example.com",
    ]) {
      const options = new Map(Object.entries({ oss_endpoint: endpoint, oss_key_id: "ID", oss_key_secret: "SECRET" }));
      const one = open({ url: "oss://data/p", options, source: "test" }, host);
      await one.stat("k", signal);
    }
    expect(seen[0]).toMatch(
      /^https:\/\/data\.oss-cn-shanghai\.aliyuncs\.com\/p\/k OSS4-HMAC-SHA256 Credential=ID\/\d{8}\/cn-shanghai\//,
    );
    expect(seen[1]).toMatch(/^http:\/\/data\.oss-us-west-1-internal\.aliyuncs\.com\/p\/k OSS4.*\/us-west-1\/oss\//);
    expect(seen[2]).toMatch(/^https:\/\/data\.files\.example\.com\/p\/k OSS ID:/);
  });
});

async function officialClient(authorizationV4: boolean, more: object = {}): Promise<Client> {
  const { default: OSS } = await import("ali-oss");
  return new OSS({
    accessKeyId: account.id,
    accessKeySecret: account.secret,
    bucket: account.bucket,
    endpoint: fake.url,
    region: `oss-${account.region}`,
    authorizationV4,
    retryMax: 0,
    ...more,
  });
}

describe.each([true, false])("the official client drives the fake, fourth version of the signature: %p", (isFourth) => {
  test("objects, errors, listing over pages, parts", async () => {
    const official = await officialClient(isFourth);
    fake.objects.clear();
    for (const name of ["dir/a b+c é.txt", "dir/b", "dir/c", "other/d"]) await official.put(name, Buffer.from(name));
    expect((await official.get("dir/a b+c é.txt")).content.toString()).toBe("dir/a b+c é.txt");
    expect((await official.head("dir/b")).status).toBe(200);
    expect(String(await failure(official.get("dir/none")))).toContain("does not exist");
    expect(
      String(await failure(official.put("dir/b", Buffer.from("x"), { headers: { "x-oss-forbid-overwrite": "true" } }))),
    ).toContain("already exists");
    const found: string[] = [];
    let token: string | undefined;
    do {
      const page = await official.listV2({ prefix: "dir/", ...(token === undefined ? {} : { "continuation-token": token }) });
      found.push(...page.objects.map(({ name }) => name));
      token = page.isTruncated ? page.nextContinuationToken : undefined;
    } while (token !== undefined);
    expect(found).toEqual(["dir/a b+c é.txt", "dir/b", "dir/c"]);
    await official.multipartUpload("dir/parts", Buffer.from(noise(250 * 1024)), { partSize: 100 * 1024, parallel: 1 });
    expect(fake.objects.get("dir/parts")?.length).toBe(250 * 1024);
    await official.delete("dir/b");
    expect(fake.objects.has("dir/b")).toBe(false);
  });

  test("a wrong secret and an unknown key are refused", async () => {
    expect(String(await failure((await officialClient(isFourth, { accessKeySecret: "wrong" })).get("dir/c")))).toContain(
      "signature",
    );
    expect(String(await failure((await officialClient(isFourth, { accessKeyId: "NOBODY" })).get("dir/c")))).toContain(
      "Access Key",
    );
  });

  test("the official client and the store read each other's objects", async () => {
    const official = await officialClient(isFourth);
    const one = await store({ region: isFourth ? account.region : null });
    await one.write?.("ours é+%20", bodyOf("ours"), { signal });
    expect((await official.get("some/prefix/ours é+%20")).content.toString()).toBe("ours");
    await official.put("some/prefix/theirs #1", Buffer.from("theirs"));
    expect(new TextDecoder().decode(await (await one.read("theirs #1", { signal })).bytes())).toBe("theirs");
  });
});
