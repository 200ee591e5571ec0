import { CmlError, IntegrityError, UnavailableError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { OpenResponse } from "../../host/http.ts";
import type { Body, WriteOptions } from "../contract.ts";
import { inMemoryBytes, mebibyte, singleBytes } from "../part.ts";
import type { GcsClient } from "./client.ts";

/** Bytes of one request of a session; a multiple of 256 KiB. */
const chunkBytes = 16 * mebibyte;
const abortMs = 10_000;
const maxStalls = 6;

/** One request for what fits, a resumable session for the rest. */
export function upload(client: GcsClient, host: Host, key: string, body: Body, options: WriteOptions): Promise<void> {
  return body.sizeBytes <= singleBytes
    ? uploadAtOnce(client, key, body, options)
    : uploadInSession(client, host, key, body, options);
}

function address(client: GcsClient, key: string, type: "media" | "resumable", options: WriteOptions): string {
  const condition = options.ifAbsent === true ? "&ifGenerationMatch=0" : "";
  return `/upload/storage/v1${client.bucketPath}/o?uploadType=${type}&name=${encodeURIComponent(key)}${condition}`;
}

/** https://cloud.google.com/storage/docs/uploading-objects-from-memory */
async function uploadAtOnce(client: GcsClient, key: string, body: Body, options: WriteOptions): Promise<void> {
  const content = body.sizeBytes <= inMemoryBytes ? await body.bytes() : () => body.stream();
  const response = await client.call({
    method: "POST",
    path: address(client, key, "media", options),
    key,
    isCreation: true,
    headers: { "content-type": "application/octet-stream", "content-length": String(body.sizeBytes) },
    body: content,
    // The same bytes under the same name: a second time changes nothing.
    idempotent: true,
    signal: options.signal,
  });
  response.discard();
}

/** https://cloud.google.com/storage/docs/performing-resumable-uploads */
async function uploadInSession(client: GcsClient, host: Host, key: string, body: Body, options: WriteOptions): Promise<void> {
  const { signal } = options;
  const started = await client.call({
    method: "POST",
    path: address(client, key, "resumable", options),
    key,
    isCreation: true,
    headers: {
      "content-length": "0",
      "x-upload-content-type": "application/octet-stream",
      "x-upload-content-length": String(body.sizeBytes),
    },
    body: "",
    idempotent: true,
    signal,
  });
  started.discard();
  const session = started.headers.get("location");
  if (session === null) throw new IntegrityError(`${client.service}: the upload of \`${key}\` was answered without an address`);
  try {
    await sendChunks({ client, host, key, session, signal }, body);
  } catch (error) {
    await abandon(client, host, key, session);
    throw error;
  }
}

interface Session {
  readonly client: GcsClient;
  readonly host: Host;
  readonly key: string;
  readonly session: string;
  readonly signal: AbortSignal;
}

/** Sends chunk after chunk; after a failure the server says how much it has. */
async function sendChunks(world: Session, body: Body): Promise<void> {
  const total = body.sizeBytes;
  let sent = 0;
  for (let stalls = 0; sent < total;) {
    const end = Math.min(total, sent + chunkBytes);
    const from = sent;
    let next: number;
    try {
      next = await sendChunk(world, body, from, end);
    } catch (error) {
      if (!(error instanceof CmlError) || !error.retryable || (stalls += 1) > maxStalls) throw error;
      next = await askProgress(world, total);
    }
    if (next > from) stalls = 0;
    else if ((stalls += 1) > maxStalls)
      throw new UnavailableError(`${world.client.service}: the upload of \`${world.key}\` does not advance`);
    sent = next;
  }
}

async function sendChunk({ client, key, session, signal }: Session, body: Body, start: number, end: number): Promise<number> {
  const response = await client.call({
    method: "PUT",
    path: session,
    key,
    headers: {
      "content-length": String(end - start),
      "content-range": `bytes ${start}-${end - 1}/${body.sizeBytes}`,
    },
    body: () => body.stream({ start, end }),
    allow: [308],
    signal,
  });
  return progressOf(response, body.sizeBytes);
}

async function askProgress({ client, key, session, signal }: Session, total: number): Promise<number> {
  const response = await client.call({
    method: "PUT",
    path: session,
    key,
    headers: { "content-length": "0", "content-range": `bytes */${total}` },
    body: "",
    allow: [308],
    signal,
  });
  return progressOf(response, total);
}

/** 308 with `Range: bytes=0-N` is unfinished, without it nothing has arrived. */
function progressOf(response: OpenResponse, total: number): number {
  response.discard();
  if (response.status !== 308) return total;
  const last = /(\d+)\s*$/.exec(response.headers.get("range") ?? "")?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}

/** The wish to stop does not stop this, a time limit does. */
async function abandon(client: GcsClient, host: Host, key: string, session: string): Promise<void> {
  try {
    const signal = AbortSignal.timeout(abortMs);
    (await client.call({ method: "DELETE", path: session, key, allow: [404, 410, 499], signal })).discard();
  } catch (error) {
    host.log.debug(
      `${client.service}: the upload of \`${key}\` could not be given up: ${error instanceof Error ? error.message : ""}`,
    );
  }
}
