import { createHash } from "node:crypto";
import { emptyHash } from "../auth/aws-sign.ts";
import { IntegrityError, NotFoundError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import type { OpenRequest } from "../host/http.ts";
import type { BucketCall, BucketClient } from "./bucket.ts";
import type { Body, Range, WriteOptions } from "./contract.ts";
import { inMemoryBytes, inParallel, mebibyte, partsOf, singleBytes } from "./part.ts";

/** Parts of one object sent at once. */
const width = 4;
const abortMs = 10_000;
/** Smaller ones are refused, but for the last. */
const smallestPart = 5 * mebibyte;

export interface Upload {
  readonly client: BucketClient;
  /** Headers of the request that makes an object: a single upload, or the start of one in parts. */
  readonly create: Readonly<Record<string, string>>;
  /** Headers of the requests for parts. */
  readonly access: Readonly<Record<string, string>>;
  /** What makes a request fail when the object exists. */
  readonly ifAbsent: Pick<BucketCall, "headers" | "plain">;
  /** Bodies above it go in parts; the usual sizes when null. */
  readonly singleBytes: number | null;
  readonly partBytes: number | null;
  readonly host: Host;
}

/** One request for what fits, parts for the rest: S3's protocol, which others took over. */
export async function upload(world: Upload, key: string, body: Body, options: WriteOptions): Promise<void> {
  if (body.sizeBytes <= (world.singleBytes ?? singleBytes)) return putObject(world, key, body, options);
  const partBytes = world.partBytes === null ? undefined : Math.max(world.partBytes, smallestPart);
  return putParts(world, key, body, partsOf(body.sizeBytes, partBytes), options);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
async function putObject(world: Upload, key: string, body: Body, options: WriteOptions): Promise<void> {
  const response = await world.client.call({
    method: "PUT",
    key,
    headers: { ...world.create, ...condition(world, options).headers },
    plain: { "content-length": String(body.sizeBytes), ...condition(world, options).plain },
    ...(await payload(body, { start: 0, end: body.sizeBytes })),
    signal: options.signal,
  });
  response.discard();
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
async function putParts(world: Upload, key: string, body: Body, parts: readonly Range[], options: WriteOptions): Promise<void> {
  const { client } = world;
  const created = await client.call({
    method: "POST",
    key,
    query: { uploads: "" },
    headers: { ...world.create, ...condition(world, options).headers },
    // A second try leaves an empty upload behind at worst, which is aborted by the bucket's rules.
    idempotent: true,
    signal: options.signal,
  });
  const uploadId = element(await textOf(created.bytes()), "UploadId", client.service);
  try {
    const tags = await inParallel(parts, width, (part, index) =>
      putPart(world, { key, uploadId, body, options }, part, index + 1),
    );
    await complete(world, { key, uploadId, body, options }, tags);
  } catch (error) {
    await abort(world, key, uploadId);
    throw error;
  }
}

interface Parted {
  readonly key: string;
  readonly uploadId: string;
  readonly body: Body;
  readonly options: WriteOptions;
}

async function putPart(
  { client, access }: Upload,
  { key, uploadId, body, options }: Parted,
  part: Range,
  number: number,
): Promise<string> {
  const response = await client.call({
    method: "PUT",
    key,
    query: { partNumber: String(number), uploadId },
    headers: access,
    plain: { "content-length": String(part.end - part.start) },
    ...(await payload(body, part)),
    signal: options.signal,
  });
  response.discard();
  const tag = response.headers.get("etag");
  if (tag === null) throw new IntegrityError(`${client.service}: the upload of a part of \`${key}\` was answered without ETag`);
  return tag;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html: a failure may come with status 200. */
async function complete(world: Upload, { key, uploadId, body, options }: Parted, tags: readonly string[]): Promise<void> {
  const { client, access } = world;
  const rows = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escape(tag)}</ETag></Part>`);
  const xml = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${rows.join("")}</CompleteMultipartUpload>`;
  try {
    const response = await client.call({
      method: "POST",
      key,
      query: { uploadId },
      ...(condition(world, options).headers === undefined ? {} : { headers: { ...condition(world, options).headers } }),
      plain: { "content-type": "application/xml", ...condition(world, options).plain },
      body: xml,
      bodyHash: () => createHash("sha256").update(xml).digest("hex"),
      idempotent: true,
      signal: options.signal,
    });
    const text = await textOf(response.bytes());
    if (/<Error>/.test(text))
      throw new IntegrityError(
        `${client.service}: \`${key}\` was not put together: ${element(text, "Message", client.service)}`,
        {
          retryable: true,
        },
      );
  } catch (error) {
    // The first try was carried out and its answer lost: the second finds no upload.
    if (!(error instanceof NotFoundError) || (await sizeOf(client, key, access, options.signal)) !== body.sizeBytes) throw error;
  }
}

async function sizeOf(client: BucketClient, key: string, headers: Upload["access"], signal: AbortSignal): Promise<number | null> {
  const response = await client.call({ method: "HEAD", key, headers, allow: [404], signal });
  response.discard();
  return response.status === 404 ? null : Number(response.headers.get("content-length"));
}

/** Parts that nobody will put together cost money. The wish to stop does not stop this, a time limit does. */
async function abort({ client, host }: Upload, key: string, uploadId: string): Promise<void> {
  try {
    const signal = AbortSignal.timeout(abortMs);
    (await client.call({ method: "DELETE", key, query: { uploadId }, allow: [404], signal })).discard();
  } catch (error) {
    host.log.debug(
      `${client.service}: the parts of \`${key}\` could not be removed: ${error instanceof Error ? error.message : ""}`,
    );
  }
}

/** Small bodies from memory, larger ones as they are read; the hash is that of the same bytes. */
async function payload(
  body: Body,
  range: Range,
): Promise<{ body: NonNullable<OpenRequest["body"]>; bodyHash: () => string | Promise<string> }> {
  const size = range.end - range.start;
  if (size === 0) return { body: new Uint8Array(), bodyHash: () => emptyHash };
  if (size <= inMemoryBytes) {
    const bytes = await body.bytes(range);
    return { body: bytes, bodyHash: () => createHash("sha256").update(bytes).digest("hex") };
  }
  return {
    body: () => body.stream(range),
    async bodyHash() {
      const hash = createHash("sha256");
      for await (const chunk of body.stream(range)) hash.update(chunk);
      return hash.digest("hex");
    },
  };
}

function condition(world: Upload, options: WriteOptions): Upload["ifAbsent"] {
  return options.ifAbsent === true ? world.ifAbsent : {};
}

async function textOf(bytes: Promise<Uint8Array>): Promise<string> {
  return new TextDecoder().decode(await bytes);
}

function element(text: string, name: string, service: string): string {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  if (found === undefined) throw new IntegrityError(`${service}: the answer has no \`${name}\``);
  return found
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
