import { IntegrityError } from "../../core/error.ts";
import { parseXml, xmlChild, xmlList, xmlText } from "../../core/xml.ts";
import type { XmlElement } from "../../core/xml.ts";
import type { Entry } from "../contract.ts";
import type { AzureClient } from "./client.ts";

interface Page {
  readonly entries: readonly Entry[];
  readonly next: string | null;
}

/** Every blob whose name starts with `prefix`; folders of an account with a hierarchical namespace are none. */
export async function* listBlobs(client: AzureClient, prefix: string, signal: AbortSignal): AsyncIterable<Entry> {
  let marker: string | null = null;
  do {
    const page: Page = await listPage(client, prefix, marker, signal);
    if (page.next !== null && page.next === marker)
      throw new IntegrityError(`${client.service}: the listing of \`${prefix}\` repeats a page`);
    marker = page.next;
    yield* page.entries;
  } while (marker !== null);
}

/** https://learn.microsoft.com/rest/api/storageservices/list-blobs */
async function listPage(client: AzureClient, prefix: string, marker: string | null, signal: AbortSignal): Promise<Page> {
  const response = await client.call({
    method: "GET",
    key: null,
    query: {
      comp: "list",
      maxresults: "5000",
      prefix,
      restype: "container",
      ...(marker === null ? {} : { marker }),
    },
    signal,
  });
  const text = new TextDecoder("utf-8").decode(await response.bytes());
  const result = xmlChild(parseXml(text, client.service, ["Blob"]), "EnumerationResults");
  if (result === null) throw new IntegrityError(`${client.service}: the answer is no listing`);
  const blobs = xmlList(xmlChild(result, "Blobs"), "Blob");
  return { next: xmlText(result, "NextMarker") || null, entries: blobs.flatMap((blob) => entryOf(blob, client)) };
}

function entryOf(blob: XmlElement, client: AzureClient): Entry[] {
  const properties = xmlChild(blob, "Properties");
  if (xmlText(properties, "ResourceType")?.trim() === "directory") return [];
  const name = xmlText(blob, "Name");
  const sizeBytes = Number(xmlText(properties, "Content-Length") ?? Number.NaN);
  if (name === null || !Number.isSafeInteger(sizeBytes))
    throw new IntegrityError(`${client.service}: the listing has an entry without name or size`);
  // Names with characters that XML cannot hold are percent-encoded and marked so.
  const isEncoded = xmlText(xmlChild(blob, "Name"), "@Encoded") === "true";
  return [{ key: isEncoded ? decodeURIComponent(name) : name, sizeBytes }];
}
