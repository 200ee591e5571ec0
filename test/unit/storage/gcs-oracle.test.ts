import { afterAll, expect, test } from "bun:test";
import { Storage } from "@google-cloud/storage";
import { OAuth2Client } from "google-auth-library";
import { open } from "../../../src/storage/gcs/index.ts";
import type { Store } from "../../../src/storage/contract.ts";
import { bodyOf } from "../../contract/storage.ts";
import { serve } from "../../fake/server.ts";
import type { Request } from "../../fake/server.ts";
import { testHost } from "../../support/memory-host.ts";

/** What the two must agree on: everything that tells the server what to do. */
interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

const signal = new AbortController().signal;
const counted = ["authorization", "range", "x-upload-content-length", "content-range"];

/** Parameters that only shape or trace the answer. */
const ignored = new Set(["fields", "prettyPrint", "projection", "maxResults", "autoPaginate", "uploadType"]);

function sentOf({ method, path, query, headers }: Request): Sent {
  return {
    method,
    path,
    query: Object.fromEntries([...query].filter(([name]) => !ignored.has(name))),
    headers: Object.fromEntries(counted.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))),
  };
}

const server = await serve((request, url) => {
  if (request.query.get("uploadType") === "resumable" && request.method === "POST")
    return { status: 200, headers: { location: `${url}/upload/session?upload_id=1`, "content-length": "0" } };
  if (request.query.get("alt") === "media") return { status: 200, headers: { "content-length": "0" } };
  if (request.method === "DELETE") return { status: 204 };
  return { status: 200, body: { name: "n", size: "7", items: [] } };
});
afterAll(() => server.close());

async function seen(act: () => Promise<unknown>): Promise<Sent[]> {
  const before = server.log.length;
  await act();
  return server.log.slice(before).map(sentOf);
}

async function ours(act: (store: Store) => Promise<unknown>): Promise<Sent[]> {
  const { host } = await testHost();
  const options = new Map(Object.entries({ endpointurl: server.url, credentialpath: "bearer-of-test" }));
  return seen(() => act(open({ url: "gs://data-bucket/pre fix", options, source: "test" }, host)));
}

const authClient = new OAuth2Client();
authClient.setCredentials({ access_token: "bearer-of-test" });
const official = new Storage({
  apiEndpoint: server.url,
  projectId: "p",
  retryOptions: { autoRetry: false },
  useAuthWithCustomEndpoint: true,
  authClient,
}).bucket("data-bucket");
const name = "pre fix/files/md5/ab/c+d é";
const key = "files/md5/ab/c+d é";

const cases: readonly {
  readonly name: string;
  readonly act: (store: Store) => Promise<unknown>;
  readonly official: () => Promise<unknown>;
}[] = [
  {
    name: "read",
    act: async (store) => (await store.read(key, { signal })).bytes(),
    official: () => official.file(name).download({ validation: false }),
  },
  {
    name: "read a range of a generation",
    act: async (store) => (await store.read(key, { range: { start: 5, end: 9 }, version: "1700000000000001", signal })).bytes(),
    official: () => official.file(name, { generation: 1_700_000_000_000_001 }).download({ start: 5, end: 8, validation: false }),
  },
  { name: "stat", act: (store) => store.stat(key, signal), official: () => official.file(name).getMetadata() },
  {
    name: "write when absent",
    act: async (store) => store.write?.(key, bodyOf("content"), { ifAbsent: true, signal }),
    official: () =>
      official.file(name).save("content", { resumable: false, validation: false, preconditionOpts: { ifGenerationMatch: 0 } }),
  },
  {
    name: "list",
    act: async (store) => {
      for await (const _ of store.list?.("files/", signal) ?? []) throw new Error("nothing is there");
    },
    official: () => official.getFiles({ prefix: "pre fix/files/" }),
  },
  { name: "remove", act: async (store) => store.remove?.(key, signal), official: () => official.file(name).delete() },
];

for (const one of cases)
  test(`GCS store sends what the official client sends: ${one.name}`, async () => {
    const mine = await ours(one.act);
    const theirs = await seen(one.official);
    expect(mine).toEqual(theirs);
    expect(mine[0]?.headers["authorization"]).toBe("Bearer bearer-of-test");
  });
