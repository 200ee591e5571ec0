import { expect, test } from "bun:test";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { open } from "../../../src/storage/s3/index.ts";
import type { Store } from "../../../src/storage/contract.ts";
import { bodyOf, noise } from "../../contract/storage.ts";
import { testHost } from "../../support/memory-host.ts";

/** What matters of a request: the rest is the client's own business. */
interface Sent {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

const signal = new AbortController().signal;
const now = Date.UTC(2026, 2, 4, 5, 6, 7);
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret/EXAMPLE", sessionToken: "session+token" };
const uploadId = "upload&id=1";
const etag = '"etag"';

/** Headers that the two may differ in: how the program names itself, and the checksums that the SDK adds by its own default. */
const ignored =
  /^(user-agent|x-amz-user-agent|amz-sdk-.*|accept-encoding|content-length|x-amz-sdk-checksum-algorithm|x-amz-checksum-.*|x-amz-content-sha256|x-amz-date|authorization|content-type|expect)$/;

function wanted(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name, value]) => !ignored.test(name) && value !== undefined && name !== "host"),
  );
}

/** Our requests, answered as S3 would. */
async function ours(options: Record<string, string>, act: (store: Store) => Promise<unknown>): Promise<Sent[]> {
  const sent: Sent[] = [];
  const { host } = await testHost({
    clock: { now: () => now, sleep: async () => undefined },
    fetch: async (url, init) => {
      const { host: name, pathname, searchParams } = new URL(url);
      const headers = Object.fromEntries(new Headers(init.headers));
      expect(headers["authorization"]).toStartWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/");
      const query = Object.fromEntries(searchParams);
      sent.push({ method: init.method ?? "GET", host: name, path: pathname, query, headers: wanted(headers) });
      if (init.method === "POST" && "uploads" in query)
        return new Response(
          `<InitiateMultipartUploadResult><UploadId>upload&amp;id=1</UploadId></InitiateMultipartUploadResult>`,
        );
      if (init.method === "POST") return new Response("<CompleteMultipartUploadResult/>");
      if ("list-type" in query) return new Response("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
      return new Response("", { headers: { etag } });
    },
  });
  const all = {
    access_key_id: credentials.accessKeyId,
    secret_access_key: credentials.secretAccessKey,
    session_token: credentials.sessionToken,
    region: "eu-west-1",
    ...options,
  };
  await act(open({ url: "s3://data-bucket/pre fix", options: new Map(Object.entries(all)), source: "test" }, host));
  return sent;
}

type Command = (client: S3Client) => Promise<unknown>;

async function theirs(endpoint: string | undefined, act: Command): Promise<Sent> {
  let sent: Sent | undefined;
  const client = new S3Client({
    region: "eu-west-1",
    credentials,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    maxAttempts: 1,
    requestHandler: {
      async handle(request: {
        method: string;
        hostname: string;
        port?: number;
        path: string;
        query: Record<string, string>;
        headers: Record<string, string>;
      }) {
        const query = Object.fromEntries(Object.entries(request.query).filter(([name]) => name !== "x-id"));
        const port = request.port === undefined ? "" : `:${request.port}`;
        sent = {
          method: request.method,
          host: request.hostname + port,
          path: request.path,
          query,
          headers: wanted(request.headers),
        };
        throw new Error("seen");
      },
    },
  });
  await act(client).catch((error: unknown) => {
    if (sent === undefined) throw error;
  });
  if (sent === undefined) throw new Error("the SDK sent nothing");
  return sent;
}

const Bucket = "data-bucket";
const Key = "pre fix/files/md5/ab/c+d é";
const key = "files/md5/ab/c+d é";
const large = bodyOf(noise(33 * 1024 * 1024));
const customerKey = Buffer.alloc(32, 7).toString("base64");
const customer = { SSECustomerAlgorithm: "AES256", SSECustomerKey: customerKey };

const cases: readonly {
  readonly name: string;
  readonly options?: Record<string, string>;
  readonly act: (store: Store) => Promise<unknown>;
  readonly commands: readonly Command[];
}[] = [
  {
    name: "read",
    act: async (store) => (await store.read(key, { signal })).bytes(),
    commands: [(client) => client.send(new GetObjectCommand({ Bucket, Key }))],
  },
  {
    name: "read a range of a version",
    act: async (store) => (await store.read(key, { range: { start: 5, end: 9 }, version: "v/1", signal })).bytes(),
    commands: [(client) => client.send(new GetObjectCommand({ Bucket, Key, Range: "bytes=5-8", VersionId: "v/1" }))],
  },
  {
    name: "stat under a customer's key, requester pays",
    options: { sse_customer_key: customerKey, requester_pays: "true" },
    act: (store) => store.stat(key, signal),
    commands: [(client) => client.send(new HeadObjectCommand({ Bucket, Key, ...customer, RequestPayer: "requester" }))],
  },
  {
    name: "write with KMS and grants, only when absent",
    options: { sse: "aws:kms", sse_kms_key_id: "kms-1", grant_read: 'id="x"', grant_full_control: "id=y" },
    act: async (store) => store.write?.(key, bodyOf("content"), { ifAbsent: true, signal }),
    commands: [
      (client) =>
        client.send(
          new PutObjectCommand({
            Bucket,
            Key,
            Body: "content",
            ServerSideEncryption: "aws:kms",
            SSEKMSKeyId: "kms-1",
            GrantRead: 'id="x"',
            GrantFullControl: "id=y",
            IfNoneMatch: "*",
          }),
        ),
    ],
  },
  {
    name: "write in parts under a customer's key",
    options: { acl: "bucket-owner-full-control", sse_customer_key: customerKey },
    act: async (store) => store.write?.(key, large, { ifAbsent: true, signal }),
    commands: [
      (client) => client.send(new CreateMultipartUploadCommand({ Bucket, Key, ACL: "bucket-owner-full-control", ...customer })),
      ...[1, 2, 3].map(
        (PartNumber): Command =>
          (client) =>
            client.send(new UploadPartCommand({ Bucket, Key, PartNumber, UploadId: uploadId, Body: "x", ...customer })),
      ),
      (client) =>
        client.send(
          new CompleteMultipartUploadCommand({
            Bucket,
            Key,
            UploadId: uploadId,
            IfNoneMatch: "*",
            MultipartUpload: { Parts: [] },
          }),
        ),
    ],
  },
  {
    name: "list",
    act: async (store) => {
      for await (const _ of store.list?.("files/", signal) ?? []) throw new Error("nothing is there");
    },
    commands: [(client) => client.send(new ListObjectsV2Command({ Bucket, Prefix: "pre fix/files/", EncodingType: "url" }))],
  },
  {
    name: "remove",
    act: async (store) => store.remove?.(key, signal),
    commands: [(client) => client.send(new DeleteObjectCommand({ Bucket, Key }))],
  },
];

for (const endpoint of [undefined, "https://minio.example.com:9000"]) {
  for (const { name, options, act, commands } of cases) {
    test(`S3 store sends what the AWS SDK sends: ${name}${endpoint === undefined ? "" : ", own endpoint"}`, async () => {
      const mine = await ours({ ...options, ...(endpoint === undefined ? {} : { endpointurl: endpoint }) }, act);
      const official = await Promise.all(commands.map((command) => theirs(endpoint, command)));
      const byPart = (a: Sent, b: Sent): number => Number(a.query["partNumber"] ?? 0) - Number(b.query["partNumber"] ?? 0);
      const [parts, rest] = [
        mine.filter((one) => "partNumber" in one.query).toSorted(byPart),
        mine.filter((one) => !("partNumber" in one.query)),
      ];
      const ordered = parts.length === 0 ? rest : [...rest.slice(0, 1), ...parts, ...rest.slice(1)];
      expect(ordered).toEqual(official);
    });
  }
}

test("S3 store removes the parts of a failed write as the SDK does", async () => {
  const broken = { ...large, stream: () => new ReadableStream<Uint8Array>({ start: (c) => c.error(new Error("source broke")) }) };
  const mine = await ours({ endpointurl: "http://minio.example.com" }, async (store) =>
    store.write?.(key, broken, { signal }).catch(() => undefined),
  );
  const official = await theirs("http://minio.example.com", (client) =>
    client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: uploadId })),
  );
  expect(mine.at(-1)).toEqual(official);
});
