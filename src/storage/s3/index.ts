import { AuthError, CmlError, ConflictError, NotFoundError, UnsupportedError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import { keyPrefix, parseAddress } from "../address.ts";
import { listObjects } from "../bucket-list.ts";
import { upload } from "../bucket-upload.ts";
import { contentOf, emptyContent, rangeHeader, totalOf } from "../content.ts";
import type { Body, Content, Entry, ReadOptions, Store, StoreConfig, WriteOptions } from "../contract.ts";
import { createClient } from "./client.ts";
import type { S3Client } from "./client.ts";
import { missing } from "./problem.ts";
import type { Protection } from "./protection.ts";
import { readSetting } from "./setting.ts";

/** Amazon S3 and servers that speak its protocol. */
export function open(config: StoreConfig, host: Host): Store {
  const address = parseAddress(config.url, config.source);
  const prefix = keyPrefix(address);
  const setting = readSetting(config, host);
  const title = `S3 bucket ${address.host}${prefix === "" ? "" : `/${prefix.slice(0, -1)}`}`;
  const client = createClient(address.host, `S3 bucket ${address.host}`, setting, host);
  const { protection } = setting;
  const send = async (key: string, body: Body, options: WriteOptions): Promise<void> => {
    const { singleBytes, partBytes } = await client.place();
    await upload({ client, ...protection, ifAbsent, singleBytes, partBytes, host }, prefix + key, body, options);
  };
  const lookUp = createLookUp(client, protection);
  let knowsConditions = true;
  return {
    title,
    traits: { concurrency: { start: 64, most: 256 }, ranges: true, conditionalWrite: true },
    async stat(key, signal) {
      const sizeBytes = await lookUp(prefix + key, signal);
      return sizeBytes === null ? null : { key, sizeBytes };
    },
    read: (key, options) => read(client, protection, prefix + key, options, lookUp),
    async write(key, body, options) {
      const { signal } = options;
      const isConditional = options.ifAbsent === true;
      try {
        if (!isConditional || knowsConditions) return await send(key, body, options);
      } catch (error) {
        if (!isConditional || !isUnknownCondition(error)) throw error;
        knowsConditions = false;
      }
      if ((await lookUp(prefix + key, signal)) !== null) throw new ConflictError(`${title}: \`${key}\` exists already`);
      await send(key, body, { signal });
    },
    async *list(within, signal): AsyncIterable<Entry> {
      for await (const { key, sizeBytes } of listObjects(client, prefix + within, signal))
        if (key.length > prefix.length) yield { key: key.slice(prefix.length), sizeBytes };
    },
    async remove(key, signal) {
      (await client.call({ method: "DELETE", key: prefix + key, allow: [404], signal })).discard();
    },
  };
}

const ifAbsent = { plain: { "if-none-match": "*" } };

/** Whether a server turned down a request because of its condition, which older ones do not know. */
function isUnknownCondition(error: unknown): boolean {
  return error instanceof UnsupportedError || (error instanceof CmlError && error.details["code"] === "NotImplemented");
}

type LookUp = (key: string, signal: AbortSignal) => Promise<number | null>;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
async function read(
  client: S3Client,
  protection: Protection,
  key: string,
  options: ReadOptions,
  lookUp: LookUp,
): Promise<Content> {
  const { range, version, signal } = options;
  const wanted = range === undefined ? undefined : rangeHeader(range);
  if (wanted === null) {
    const size = await lookUp(key, signal);
    if (size === null) throw missing({ service: client.service, bucket: "", key });
    return emptyContent(size);
  }
  const response = await client.call({
    method: "GET",
    key,
    headers: protection.access,
    ...(version === undefined ? {} : { query: { versionId: version } }),
    ...(wanted === undefined ? {} : { plain: { range: wanted }, allow: [416] }),
    signal,
  });
  return contentOf(response);
}

/**
 * Size of an object, null when it is not there. A `HEAD` is answered without words: what it does not explain is asked again in another way, and a
 * bucket that is missing is told from an object that is.
 */
function createLookUp(client: S3Client, protection: Protection): LookUp {
  let isBucketThere = false;
  return async (key, signal) => {
    let response;
    try {
      response = await client.call({ method: "HEAD", key, headers: protection.access, allow: [404], signal });
    } catch (error) {
      if (!(error instanceof CmlError) || (!(error instanceof AuthError) && error.details["status"] !== 400)) throw error;
      return sizeByRead(client, protection, key, signal);
    }
    response.discard();
    if (response.status !== 404) return Number(response.headers.get("content-length"));
    if (!isBucketThere) await checkBucket(client, signal);
    isBucketThere = true;
    return null;
  };
}

async function sizeByRead(client: S3Client, protection: Protection, key: string, signal: AbortSignal): Promise<number | null> {
  try {
    const plain = { range: "bytes=0-0" };
    const response = await client.call({ method: "GET", key, headers: protection.access, plain, allow: [416], signal });
    response.discard();
    return totalOf(response);
  } catch (error) {
    if (error instanceof NotFoundError && error.details["code"] !== "NoSuchBucket") return null;
    throw error;
  }
}

/** A credential may lack the right to ask for the bucket: then the object's answer stands. https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
async function checkBucket(client: S3Client, signal: AbortSignal): Promise<void> {
  try {
    (await client.call({ method: "HEAD", key: null, signal })).discard();
  } catch (error) {
    if (error instanceof NotFoundError)
      throw new NotFoundError(`${client.service}: there is no such bucket`, { cause: error.cause });
    if (!(error instanceof AuthError)) throw error;
  }
}
