import type { OpenRequest } from "../../host/http.ts";
import type { Body, Range, WriteOptions } from "../contract.ts";
import { inMemoryBytes, inParallel, partsOf, singleBytes } from "../part.ts";
import type { AzureClient } from "./client.ts";

/** Blocks of one blob sent at once. */
const width = 4;

/** One request for what fits, blocks for the rest; blocks that are not put together vanish by themselves. */
export function upload(client: AzureClient, key: string, body: Body, options: WriteOptions): Promise<void> {
  return body.sizeBytes <= singleBytes ? putBlob(client, key, body, options) : putBlocks(client, key, body, options);
}

/** https://learn.microsoft.com/rest/api/storageservices/put-blob */
async function putBlob(client: AzureClient, key: string, body: Body, options: WriteOptions): Promise<void> {
  const response = await client.call({
    method: "PUT",
    key,
    headers: {
      "content-length": String(body.sizeBytes),
      "content-type": "application/octet-stream",
      "x-ms-blob-type": "BlockBlob",
      ...condition(options),
    },
    body: await payload(body, { start: 0, end: body.sizeBytes }),
    signal: options.signal,
  });
  response.discard();
}

/** https://learn.microsoft.com/rest/api/storageservices/put-block-list */
async function putBlocks(client: AzureClient, key: string, body: Body, options: WriteOptions): Promise<void> {
  const ids = await inParallel(partsOf(body.sizeBytes), width, (part, index) =>
    putBlock(client, key, { body, part, index, options }),
  );
  const xml = `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join("")}</BlockList>`;
  const response = await client.call({
    method: "PUT",
    key,
    query: { comp: "blocklist" },
    headers: {
      "content-length": String(xml.length),
      "content-type": "application/xml",
      "x-ms-blob-content-type": "application/octet-stream",
      ...condition(options),
    },
    body: xml,
    signal: options.signal,
  });
  response.discard();
}

interface Block {
  readonly body: Body;
  readonly part: Range;
  readonly index: number;
  readonly options: WriteOptions;
}

async function putBlock(client: AzureClient, key: string, { body, part, index, options }: Block): Promise<string> {
  // Names of equal length, as the service demands.
  const blockid = Buffer.from(`cml-${String(index).padStart(6, "0")}`).toString("base64");
  const response = await client.call({
    method: "PUT",
    key,
    query: { blockid, comp: "block" },
    headers: { "content-length": String(part.end - part.start), "content-type": "application/octet-stream" },
    body: await payload(body, part),
    signal: options.signal,
  });
  response.discard();
  return blockid;
}

/** Small bodies from memory, larger ones as they are read. */
async function payload(body: Body, range: Range): Promise<NonNullable<OpenRequest["body"]>> {
  return range.end - range.start <= inMemoryBytes ? body.bytes(range) : () => body.stream(range);
}

function condition(options: WriteOptions): Record<string, string> {
  return options.ifAbsent === true ? { "if-none-match": "*" } : {};
}
