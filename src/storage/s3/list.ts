import { IntegrityError } from "../../core/error.ts";
import { parseXml, xmlChild, xmlList, xmlText } from "../../core/xml.ts";
import type { Entry } from "../contract.ts";
import type { S3Client } from "./client.ts";

interface Page {
  readonly entries: readonly Entry[];
  readonly next: string | null;
}

/** Every object whose name starts with `prefix`. The next page is asked for while this one is taken. */
export async function* listObjects(client: S3Client, prefix: string, signal: AbortSignal): AsyncIterable<Entry> {
  let pending: Promise<Page> | null = listPage(client, prefix, null, signal);
  let previous: string | null = null;
  while (pending !== null) {
    const page: Page = await pending;
    if (page.next !== null && page.next === previous)
      throw new IntegrityError(`${client.service}: the listing of \`${prefix}\` repeats a page`);
    previous = page.next;
    pending = page.next === null ? null : listPage(client, prefix, page.next, signal);
    // Awaited in the next turn; the caller may leave before.
    pending?.catch(() => undefined);
    yield* page.entries;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
async function listPage(client: S3Client, prefix: string, token: string | null, signal: AbortSignal): Promise<Page> {
  const response = await client.call({
    method: "GET",
    key: null,
    query: {
      "encoding-type": "url",
      "list-type": "2",
      prefix,
      ...(token === null ? {} : { "continuation-token": token }),
    },
    signal,
  });
  const text = new TextDecoder().decode(await response.bytes());
  const result = xmlChild(parseXml(text, client.service, ["Contents"]), "ListBucketResult");
  if (result === null) throw new IntegrityError(`${client.service}: the answer is no listing`);
  const isEncoded = xmlText(result, "EncodingType")?.trim() === "url";
  const next = xmlText(result, "IsTruncated")?.trim() === "true" ? xmlText(result, "NextContinuationToken") : null;
  if (next === null && xmlText(result, "IsTruncated")?.trim() === "true")
    throw new IntegrityError(`${client.service}: the listing is cut off and has no next page`);
  return {
    next,
    entries: xmlList(result, "Contents").map((item) => entryOf(xmlText(item, "Key"), xmlText(item, "Size"), isEncoded, client)),
  };
}

function entryOf(key: string | null, size: string | null, isEncoded: boolean, client: S3Client): Entry {
  const sizeBytes = Number(size ?? Number.NaN);
  if (key === null || !Number.isSafeInteger(sizeBytes))
    throw new IntegrityError(`${client.service}: the listing has an entry without key or size`);
  return { key: isEncoded ? decodeURIComponent(key.replaceAll("+", " ")) : key, sizeBytes };
}
