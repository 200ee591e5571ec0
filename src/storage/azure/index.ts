import { NotFoundError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import { keyPrefix, parseAddress } from "../address.ts";
import { contentOf, emptyContent, rangeHeader } from "../content.ts";
import type { Content, Entry, ReadOptions, Store, StoreConfig } from "../contract.ts";
import { createClient } from "./client.ts";
import type { AzureClient } from "./client.ts";
import { listBlobs } from "./list.ts";
import { idleMsOf, readSetting } from "./setting.ts";
import type { Setting } from "./setting.ts";
import { upload } from "./upload.ts";

/** Azure Blob Storage, also of accounts with a hierarchical namespace (Data Lake Storage Gen2). */
export function open(config: StoreConfig, host: Host): Store {
  const address = parseAddress(config.url, config.source);
  const prefix = keyPrefix(address);
  // `azure://container@account.dfs.core.windows.net/path` names the account, too.
  const container = address.user ?? address.host;
  const service = `Azure container ${container}`;
  let read: Promise<Setting> | undefined;
  const setting = (): Promise<Setting> => (read ??= readSetting(config, address, host));
  const client = createClient({ container, service, idleMs: idleMsOf(config), setting }, host);
  return {
    title: `${service}${prefix === "" ? "" : `/${prefix.slice(0, -1)}`}`,
    traits: { concurrency: { start: 64, most: 128 }, ranges: true, conditionalWrite: true },
    async stat(key, signal) {
      const sizeBytes = await lookUp(client, prefix + key, signal);
      return sizeBytes === null ? null : { key, sizeBytes };
    },
    read: (key, options) => readBlob(client, prefix + key, options),
    write: (key, body, options) => upload(client, prefix + key, body, options),
    async *list(within, signal): AsyncIterable<Entry> {
      for await (const { key, sizeBytes } of listBlobs(client, prefix + within, signal))
        if (key.length > prefix.length) yield { key: key.slice(prefix.length), sizeBytes };
    },
    async remove(key, signal) {
      try {
        (await client.call({ method: "DELETE", key: prefix + key, signal })).discard();
      } catch (error) {
        if (!isMissingObject(error)) throw error;
      }
    },
  };
}

function isMissingObject(error: unknown): boolean {
  return (
    error instanceof NotFoundError &&
    error.details["code"] !== "ContainerNotFound" &&
    error.details["code"] !== "FilesystemNotFound"
  );
}

/** https://learn.microsoft.com/rest/api/storageservices/get-blob-properties: null when it is not there, or is a folder. */
async function lookUp(client: AzureClient, key: string, signal: AbortSignal): Promise<number | null> {
  try {
    const response = await client.call({ method: "HEAD", key, signal });
    response.discard();
    const { headers } = response;
    if (headers.get("x-ms-resource-type") === "directory" || headers.get("x-ms-meta-hdi_isfolder") === "true") return null;
    return Number(headers.get("content-length"));
  } catch (error) {
    if (isMissingObject(error)) return null;
    throw error;
  }
}

/** https://learn.microsoft.com/rest/api/storageservices/get-blob */
async function readBlob(client: AzureClient, key: string, options: ReadOptions): Promise<Content> {
  const { range, version, signal } = options;
  const wanted = range === undefined ? undefined : rangeHeader(range);
  if (wanted === null) {
    const size = await lookUp(client, key, signal);
    if (size === null) throw new NotFoundError(`${client.service}: there is no object \`${key}\``);
    return emptyContent(size);
  }
  const response = await client.call({
    method: "GET",
    key,
    ...(version === undefined ? {} : { query: { versionid: version } }),
    ...(wanted === undefined ? {} : { headers: { "x-ms-range": wanted }, allow: [416] }),
    signal,
  });
  return contentOf(response);
}
