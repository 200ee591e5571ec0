import { AuthError, NotFoundError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import { keyPrefix, parseAddress } from "../address.ts";
import { listObjects } from "../bucket-list.ts";
import type { BucketClient } from "../bucket.ts";
import { upload } from "../bucket-upload.ts";
import { contentOf, emptyContent, rangeHeader } from "../content.ts";
import type { Content, Entry, ReadOptions, Store, StoreConfig } from "../contract.ts";
import { createClient } from "./client.ts";
import { readSetting } from "./setting.ts";

/** Alibaba Cloud Object Storage Service. */
export function open(config: StoreConfig, host: Host): Store {
  const address = parseAddress(config.url, config.source);
  const prefix = keyPrefix(address);
  const service = `OSS bucket ${address.host}`;
  const client = createClient(address.host, service, readSetting(config, address.host, host), host);
  const world = { client, create: {}, access: {}, ifAbsent, singleBytes: null, partBytes: null, host };
  const lookUp = createLookUp(client);
  return {
    title: `${service}${prefix === "" ? "" : `/${prefix.slice(0, -1)}`}`,
    traits: { concurrency: { start: 64, most: 128 }, ranges: true, conditionalWrite: true },
    async stat(key, signal) {
      const sizeBytes = await lookUp(prefix + key, signal);
      return sizeBytes === null ? null : { key, sizeBytes };
    },
    read: (key, options) => read(client, prefix + key, options, lookUp),
    write: (key, body, options) => upload(world, prefix + key, body, options),
    async *list(within, signal): AsyncIterable<Entry> {
      for await (const { key, sizeBytes } of listObjects(client, prefix + within, signal))
        if (key.length > prefix.length) yield { key: key.slice(prefix.length), sizeBytes };
    },
    async remove(key, signal) {
      (await client.call({ method: "DELETE", key: prefix + key, signal })).discard();
    },
  };
}

/** https://www.alibabacloud.com/help/en/oss/developer-reference/putobject */
const ifAbsent = { headers: { "x-oss-forbid-overwrite": "true" } };

type LookUp = (key: string, signal: AbortSignal) => Promise<number | null>;

/** https://www.alibabacloud.com/help/en/oss/developer-reference/headobject */
function createLookUp(client: BucketClient): LookUp {
  let isBucketThere = false;
  return async (key, signal) => {
    try {
      const response = await client.call({ method: "HEAD", key, signal });
      response.discard();
      return Number(response.headers.get("content-length"));
    } catch (error) {
      if (!(error instanceof NotFoundError) || error.details["code"] === "NoSuchBucket") throw error;
      if (!isBucketThere && error.details["code"] !== "NoSuchKey") await checkBucket(client, signal);
      isBucketThere = true;
      return null;
    }
  };
}

/** Who may not list keeps the object's answer. */
async function checkBucket(client: BucketClient, signal: AbortSignal): Promise<void> {
  try {
    (await client.call({ method: "GET", key: null, query: { "list-type": "2", "max-keys": "1" }, signal })).discard();
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
  }
}

/** https://www.alibabacloud.com/help/en/oss/developer-reference/getobject */
async function read(client: BucketClient, key: string, options: ReadOptions, lookUp: LookUp): Promise<Content> {
  const { range, version, signal } = options;
  const wanted = range === undefined ? undefined : rangeHeader(range);
  if (wanted === null) {
    const size = await lookUp(key, signal);
    if (size === null) throw new NotFoundError(`${client.service}: there is no object \`${key}\``);
    return emptyContent(size);
  }
  const response = await client.call({
    method: "GET",
    key,
    // Without it a range behind the end is answered with the whole object.
    ...(wanted === undefined ? {} : { headers: { "x-oss-range-behavior": "standard" }, plain: { range: wanted }, allow: [416] }),
    ...(version === undefined ? {} : { query: { versionId: version } }),
    signal,
  });
  return contentOf(response);
}
