import { afterAll, expect, test } from "bun:test";
import { BlobServiceClient } from "@azure/storage-blob";
import { signSharedKey } from "../../../src/auth/azure-sign.ts";
import { open } from "../../../src/storage/azure/index.ts";
import type { Store } from "../../../src/storage/contract.ts";
import { bodyOf, noise } from "../../contract/storage.ts";
import { serve } from "../../fake/server.ts";
import type { Request } from "../../fake/server.ts";
import { testHost } from "../../support/memory-host.ts";

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

const signal = new AbortController().signal;
const secret = Buffer.alloc(64, 9).toString("base64");
const ignored = /^x-ms-(version|date|client-request-id|return-client-request-id)$/;

const server = await serve((request) => {
  const signed = signSharedKey(partsOf(request), "acct", Buffer.from(secret, "base64"));
  // The same signer judges both: what the official client signs must be what ours would.
  if (request.headers["authorization"] !== signed) return { status: 403, headers: { "x-ms-error-code": "AuthenticationFailed" } };
  if (request.query.get("comp") === "list")
    return {
      status: 200,
      headers: { "content-type": "application/xml" },
      body: "<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>",
    };
  const headers = { "content-length": "0", etag: '"1"', "last-modified": new Date(0).toUTCString() };
  return { status: request.method === "DELETE" ? 202 : request.method === "PUT" ? 201 : 200, headers };
});
afterAll(() => server.close());

function partsOf({ method, path, query, headers }: Request) {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) given[name] = value;
  return { method, path, query: Object.fromEntries(query), headers: given };
}

function sentOf(request: Request): Sent {
  const { method, path, query, headers } = partsOf(request);
  const counted = Object.entries(headers).filter(
    ([name]) => (name.startsWith("x-ms-") && !ignored.test(name)) || name === "if-none-match" || name === "content-length",
  );
  return { method, path, query, headers: Object.fromEntries(counted.filter(([, value]) => value !== "0")) };
}

async function seen(act: () => Promise<unknown>): Promise<Sent[]> {
  const before = server.log.length;
  await act();
  return server.log.slice(before).map(sentOf);
}

const connection = `DefaultEndpointsProtocol=http;AccountName=acct;AccountKey=${secret};BlobEndpoint=${server.url}/acct;`;
const container = BlobServiceClient.fromConnectionString(connection, { retryOptions: { maxTries: 1 } }).getContainerClient(
  "data",
);
const name = "pre fix/files/md5/ab/c+d é";
const key = "files/md5/ab/c+d é";
const large = noise(33 * 1024 * 1024);
const blockOf = (index: number): string => Buffer.from(`cml-${String(index).padStart(6, "0")}`).toString("base64");

async function ours(act: (store: Store) => Promise<unknown>): Promise<Sent[]> {
  const { host } = await testHost();
  const options = new Map([["connection_string", connection]]);
  return seen(() => act(open({ url: "azure://data/pre fix", options, source: "test" }, host)));
}

const cases: readonly {
  readonly name: string;
  readonly act: (store: Store) => Promise<unknown>;
  readonly official: () => Promise<unknown>;
}[] = [
  {
    name: "read",
    act: async (store) => (await store.read(key, { signal })).bytes(),
    official: () => container.getBlobClient(name).download(),
  },
  {
    name: "read a range of a version",
    act: async (store) =>
      (await store.read(key, { range: { start: 5, end: 9 }, version: "2026-01-02T03:04:05.0000000Z", signal })).bytes(),
    official: () => container.getBlobClient(name).withVersion("2026-01-02T03:04:05.0000000Z").download(5, 4),
  },
  { name: "stat", act: (store) => store.stat(key, signal), official: () => container.getBlobClient(name).getProperties() },
  {
    name: "write when absent",
    act: async (store) => store.write?.(key, bodyOf("content"), { ifAbsent: true, signal }),
    official: () => container.getBlockBlobClient(name).upload("content", 7, { conditions: { ifNoneMatch: "*" } }),
  },
  {
    name: "write in blocks",
    act: async (store) => store.write?.(key, bodyOf(large), { signal }),
    async official() {
      const blob = container.getBlockBlobClient(name);
      const size = 16 * 1024 * 1024;
      for (const index of [0, 1, 2]) {
        const part = large.slice(index * size, (index + 1) * size);
        await blob.stageBlock(blockOf(index), part, part.length);
      }
      await blob.commitBlockList([0, 1, 2].map(blockOf), { blobHTTPHeaders: { blobContentType: "application/octet-stream" } });
    },
  },
  {
    name: "list",
    act: async (store) => {
      for await (const _ of store.list?.("files/", signal) ?? []) throw new Error("nothing is there");
    },
    official: () => container.listBlobsFlat({ prefix: "pre fix/files/" }).byPage({ maxPageSize: 5000 }).next(),
  },
  { name: "remove", act: async (store) => store.remove?.(key, signal), official: () => container.getBlobClient(name).delete() },
];

for (const one of cases)
  test(`Azure store sends what the official client sends: ${one.name}`, async () => {
    const byBlock = (a: Sent, b: Sent): number =>
      a.query["blockid"] === undefined || b.query["blockid"] === undefined ? 0 : a.query["blockid"] < b.query["blockid"] ? -1 : 1;
    const withoutLength = (all: Sent[]): Sent[] =>
      // The two write the list of blocks with other white space.
      all.map((sent) =>
        sent.query["comp"] === "blocklist" ? { ...sent, headers: { ...sent.headers, "content-length": "any" } } : sent,
      );
    expect(withoutLength((await ours(one.act)).toSorted(byBlock))).toEqual(withoutLength(await seen(one.official)));
  });
