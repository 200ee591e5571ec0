import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { IntegrityError, NotFoundError, UnavailableError } from "../../../src/core/error.ts";
import { parseAddress, keyPrefix, schemeOf } from "../../../src/storage/address.ts";
import { createBudget } from "../../../src/storage/budget.ts";
import type { Store } from "../../../src/storage/contract.ts";
import { openTransfer, type Download } from "../../../src/storage/transfer.ts";
import { createWindow } from "../../../src/storage/window.ts";
import { noise } from "../../contract/storage.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { testHost } from "../../support/memory-host.ts";
import { memoryStore } from "../../support/memory-store.ts";

const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");

async function world(): Promise<{
  folder: string;
  store: ReturnType<typeof memoryStore>;
  host: Awaited<ReturnType<typeof testHost>>["host"];
}> {
  const { host } = await testHost();
  return { folder: await temporaryFolder(), store: memoryStore(), host };
}

function wanted(folder: string, key: string, bytes: Uint8Array, sizeBytes: number | null = null): Download {
  return { key, to: join(folder, "cache", key), mode: 0o444, hash: md5(bytes), algorithm: "md5", sizeBytes };
}

test("download() puts small, empty, middle and large objects in place, checked and read-only", async () => {
  const { folder, store, host } = await world();
  const sizes = [0, 1, 2048, 3 * 1024 * 1024, 40 * 1024 * 1024 + 7];
  const items = sizes.map((size, index) => {
    const bytes = noise(size);
    store.objects.set(`o/${index}`, bytes);
    return wanted(folder, `o/${index}`, bytes, index === 4 ? size : null);
  });
  const transfer = openTransfer(host, { label: "pull", resumeFolder: join(folder, "notes") });
  const failed = await transfer.download(store, items);
  transfer.close();
  expect(failed).toEqual([]);
  for (const item of items) {
    expect(md5(new Uint8Array(await Bun.file(item.to).arrayBuffer()))).toBe(item.hash ?? "");
    expect((await stat(item.to)).mode & 0o777).toBe(0o444);
  }
  expect(transfer.counts.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
  expect((await readdir(join(folder, "cache", "o"))).toSorted()).toEqual(["0", "1", "2", "3", "4"]);
  expect(await readdir(join(folder, "notes"))).toEqual([]);
});

test("download() goes on after a missing and a damaged object, and names them", async () => {
  const { folder, store, host } = await world();
  const good = noise(100);
  store.objects.set("good", good);
  store.objects.set("damaged", noise(50));
  const transfer = openTransfer(host, { label: "pull" });
  const failed = await transfer.download(store, [
    wanted(folder, "missing", noise(1)),
    wanted(folder, "damaged", noise(51)),
    wanted(folder, "good", good),
  ]);
  transfer.close();
  expect(failed.map(({ item }) => item.key).toSorted()).toEqual(["damaged", "missing"]);
  expect(failed.find(({ item }) => item.key === "missing")?.error).toBeInstanceOf(NotFoundError);
  expect(failed.find(({ item }) => item.key === "damaged")?.error).toBeInstanceOf(IntegrityError);
  expect(await readdir(join(folder, "cache"))).toEqual(["good"]);
});

test("download() of a large object goes on where an earlier run ended", async () => {
  const { folder, store, host } = await world();
  const bytes = noise(50 * 1024 * 1024);
  store.objects.set("big", bytes);
  const item = wanted(folder, "big", bytes, bytes.length);
  let reads = 0;
  const breaking: Store = {
    ...store,
    async read(key, options) {
      if (++reads > 2) throw new UnavailableError("the server is gone", { retryable: false });
      return store.read(key, options);
    },
  };
  const first = openTransfer(host, { label: "pull", jobs: 1, resumeFolder: join(folder, "notes") });
  const failed = await first.download(breaking, [item]);
  first.close();
  expect(failed.length).toBe(1);
  store.calls.length = 0;
  const second = openTransfer(host, { label: "pull", resumeFolder: join(folder, "notes") });
  expect(await second.download(store, [item])).toEqual([]);
  second.close();
  expect(store.calls.filter((call) => call.startsWith("read")).length).toBe(2);
  expect(md5(new Uint8Array(await Bun.file(item.to).arrayBuffer()))).toBe(item.hash ?? "");
  expect(await readdir(join(folder, "cache"))).toEqual(["big"]);
});

test("upload() sends what download() gets back", async () => {
  const { folder, store, host } = await world();
  const bytes = noise(300_000);
  await Bun.write(join(folder, "source"), bytes);
  const transfer = openTransfer(host, { label: "push" });
  const upload = { key: "k", from: join(folder, "source"), hash: md5(bytes), algorithm: "md5", sizeBytes: bytes.length } as const;
  expect(await transfer.upload(store, [upload])).toEqual([]);
  transfer.close();
  expect(md5(store.objects.get("k") ?? new Uint8Array(0))).toBe(md5(bytes));
});

test("createWindow() opens while answers come at once and closes by half on refusal", async () => {
  let now = 0;
  const window = createWindow(4, 64, () => now);
  for (let index = 0; index < 40; index++) await window.run(async () => void (now += 10));
  expect(window.limit).toBeGreaterThan(8);
  const before = window.limit;
  window.shrink();
  expect(window.limit).toBe(before >> 1);
});

test("createWindow() never runs more than its limit", async () => {
  const window = createWindow(3, 3, () => 0);
  let active = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 50 }, () =>
      window.run(async () => {
        most = Math.max(most, ++active);
        await Promise.resolve();
        active--;
      }),
    ),
  );
  expect(most).toBe(3);
});

test("createBudget() grants in order, and more than all of it when nothing else is out", async () => {
  const budget = createBudget(10);
  const order: string[] = [];
  const first = await budget.take(8);
  const second = budget.take(50).then((giveBack) => {
    order.push("second");
    return giveBack;
  });
  const third = budget.take(1).then((giveBack) => {
    order.push("third");
    return giveBack;
  });
  await Promise.resolve();
  expect(order).toEqual([]);
  first();
  (await second)();
  (await third)();
  expect(order).toEqual(["second", "third"]);
});

test("parseAddress() takes addresses apart without decoding", () => {
  expect(parseAddress("s3://bucket/a b/%20", "x")).toEqual({
    scheme: "s3",
    host: "bucket",
    port: null,
    user: null,
    password: null,
    path: "/a b/%20",
  });
  expect(parseAddress("ssh://me:pw@host:2222/~/data/", "x")).toEqual({
    scheme: "ssh",
    host: "host",
    port: 2222,
    user: "me",
    password: "pw",
    path: "/~/data/",
  });
  expect(keyPrefix(parseAddress("s3://bucket", "x"))).toBe("");
  expect(keyPrefix(parseAddress("s3://bucket//a/b//", "x"))).toBe("a/b/");
  expect(schemeOf("C:\\data")).toBe("");
  expect(schemeOf("/data")).toBe("");
  expect(parseAddress("/plain folder", "x").path).toBe("/plain folder");
  expect(() => parseAddress("s3:///x", "remote `r`")).toThrow("remote `r`");
});
