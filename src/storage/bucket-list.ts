import { IntegrityError } from "../core/error.ts";
import { parseXml, xmlChild, xmlList, xmlText } from "../core/xml.ts";
import type { Entry } from "./contract.ts";
import type { BucketClient } from "./bucket.ts";

interface Page {
  readonly entries: readonly Entry[];
  readonly next: string | null;
}

/** Every object whose name starts with `prefix`. The next page is asked for while this one is taken. */
export async function* listObjects(client: BucketClient, prefix: string, signal: AbortSignal): AsyncIterable<Entry> {
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
async function listPage(client: BucketClient, prefix: string, token: string | null, signal: AbortSignal): Promise<Page> {
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
  return readQuickly(text, client) ?? readPage(text, client);
}

/**
 * A listing as servers write it, without entities in its keys, taken apart by its tags: an XML parser needs ten times as long, and a listing may
 * have a million entries. Null when it is not so plain.
 */
function readQuickly(text: string, client: BucketClient): Page | null {
  if (!text.includes("<ListBucketResult") || text.includes("<!")) return null;
  const isEncoded = text.includes("<EncodingType>url</EncodingType>");
  const entries: Entry[] = [];
  const contents = text.split("<Contents>");
  for (const part of contents.slice(1)) {
    const entry = part.slice(0, part.indexOf("</Contents>"));
    const key = between(entry, "<Key>", "</Key>");
    const size = between(entry, "<Size>", "</Size>");
    if (key === null || size === null || key.includes("&")) return null;
    entries.push(entryOf(key, size, isEncoded, client));
  }
  // What stands around the entries: the first part, and what follows the last entry.
  const rest = (contents[0] ?? "") + (contents.length > 1 ? (contents.at(-1)?.split("</Contents>")[1] ?? "") : "");
  const next = between(rest, "<NextContinuationToken>", "</NextContinuationToken>");
  if (next?.includes("&") === true) return null;
  return { entries, next: nextOf(between(rest, "<IsTruncated>", "</IsTruncated>"), next, client) };
}

function between(text: string, before: string, after: string): string | null {
  const start = text.indexOf(before);
  const end = start < 0 ? -1 : text.indexOf(after, start);
  return end < 0 ? null : text.slice(start + before.length, end);
}

function readPage(text: string, client: BucketClient): Page {
  const result = xmlChild(parseXml(text, client.service, ["Contents"]), "ListBucketResult");
  if (result === null) throw new IntegrityError(`${client.service}: the answer is no listing`);
  const isEncoded = xmlText(result, "EncodingType")?.trim() === "url";
  const entries = xmlList(result, "Contents").map((item) =>
    entryOf(xmlText(item, "Key"), xmlText(item, "Size"), isEncoded, client),
  );
  return { entries, next: nextOf(xmlText(result, "IsTruncated"), xmlText(result, "NextContinuationToken"), client) };
}

function nextOf(isTruncated: string | null, token: string | null, client: BucketClient): string | null {
  if (isTruncated?.trim() !== "true") return null;
  if (token === null) throw new IntegrityError(`${client.service}: the listing is cut off and has no next page`);
  return token;
}

function entryOf(key: string | null, size: string | null, isEncoded: boolean, client: BucketClient): Entry {
  const sizeBytes = Number(size ?? Number.NaN);
  if (key === null || !Number.isSafeInteger(sizeBytes))
    throw new IntegrityError(`${client.service}: the listing has an entry without key or size`);
  return { key: isEncoded ? decodeURIComponent(key.replaceAll("+", " ")) : key, sizeBytes };
}
