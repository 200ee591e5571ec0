import { gcpCredentials } from "../../auth/gcp.ts";
import { decode } from "../../core/decode.ts";
import { AuthError, IntegrityError, NotFoundError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import { fixed } from "../../auth/credential.ts";
import { keyPrefix, parseAddress } from "../address.ts";
import { contentOf, emptyContent, rangeHeader } from "../content.ts";
import type { Content, Entry, ReadOptions, Store, StoreConfig } from "../contract.ts";
import { flagOption, secretOption, textOption } from "../option.ts";
import { createClient, objectPath } from "./client.ts";
import type { GcsClient } from "./client.ts";
import { upload } from "./upload.ts";
import { listSchema, objectSchema } from "./wire.ts";

const scope = "https://www.googleapis.com/auth/devstorage.read_write";

/** Google Cloud Storage by its JSON API. */
export function open(config: StoreConfig, host: Host): Store {
  const address = parseAddress(config.url, config.source);
  const prefix = keyPrefix(address);
  const given = textOption(config, "endpointurl") ?? host.env.get("STORAGE_EMULATOR_HOST") ?? null;
  const isAnonymous = flagOption(config, "allow_anonymous_login") === true;
  const credential = secretOption(config, "credentialpath");
  const credentials = isAnonymous
    ? fixed(null)
    : gcpCredentials({ credential, anonymousUnlessNamed: given !== null, scope }, host);
  const title = `GCS bucket ${address.host}${prefix === "" ? "" : `/${prefix.slice(0, -1)}`}`;
  const service = `GCS bucket ${address.host}`;
  const client = createClient({ bucket: address.host, service, endpoint: endpointOf(given), credentials }, host);
  const lookUp = createLookUp(client);
  return {
    title,
    traits: { concurrency: { start: 64, most: 128 }, ranges: true, conditionalWrite: true },
    async stat(key, signal) {
      const sizeBytes = await lookUp(prefix + key, signal);
      return sizeBytes === null ? null : { key, sizeBytes };
    },
    read: (key, options) => read(client, prefix + key, options, lookUp),
    write: (key, body, options) => upload(client, host, prefix + key, body, options),
    async *list(within, signal): AsyncIterable<Entry> {
      for await (const { key, sizeBytes } of listObjects(client, prefix + within, signal))
        if (key.length > prefix.length) yield { key: key.slice(prefix.length), sizeBytes };
    },
    async remove(key, signal) {
      const path = objectPath(client, prefix + key, service);
      (await client.call({ method: "DELETE", path, key, allow: [404], signal })).discard();
    },
  };
}

/** The emulator's variable may lack the scheme. */
function endpointOf(given: string | null): string {
  if (given === null) return "https://storage.googleapis.com";
  const url = given.replace(/\/+$/, "").replace(/\/storage\/v1$/, "");
  return /^https?:\/\//.test(url) ? url : `http://${url}`;
}

type LookUp = (key: string, signal: AbortSignal) => Promise<number | null>;

/** https://cloud.google.com/storage/docs/json_api/v1/objects/get */
function createLookUp(client: GcsClient): LookUp {
  let isBucketThere = false;
  return async (key, signal) => {
    const path = `${objectPath(client, key, client.service)}?fields=size`;
    try {
      const response = await client.call({ method: "GET", path, key, signal });
      return decode(objectSchema, await json(response.bytes(), client), client.service).size;
    } catch (error) {
      if (!(error instanceof NotFoundError) || error.details["code"] === "NoSuchBucket") throw error;
      if (!isBucketThere) await checkBucket(client, signal);
      isBucketThere = true;
      return null;
    }
  };
}

/** A missing object and a missing bucket may be answered alike. Who may not list keeps the object's answer. */
async function checkBucket(client: GcsClient, signal: AbortSignal): Promise<void> {
  try {
    const path = `/storage/v1${client.bucketPath}/o?maxResults=1&fields=nextPageToken`;
    (await client.call({ method: "GET", path, key: null, signal })).discard();
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
  }
}

async function read(client: GcsClient, key: string, options: ReadOptions, lookUp: LookUp): Promise<Content> {
  const { range, version, signal } = options;
  const wanted = range === undefined ? undefined : rangeHeader(range);
  if (wanted === null) {
    const size = await lookUp(key, signal);
    if (size === null) throw new NotFoundError(`${client.service}: there is no object \`${key}\``);
    return emptyContent(size);
  }
  const generation = version === undefined ? "" : `&generation=${encodeURIComponent(version)}`;
  const response = await client.call({
    method: "GET",
    path: `${objectPath(client, key, client.service)}?alt=media${generation}`,
    key,
    // Objects kept in compressed form are given as they are kept, whose length is the announced one.
    headers: { "accept-encoding": "gzip", ...(wanted === undefined ? {} : { range: wanted }) },
    ...(wanted === undefined ? {} : { allow: [416] }),
    signal,
  });
  return contentOf(response);
}

/** https://cloud.google.com/storage/docs/json_api/v1/objects/list */
async function* listObjects(client: GcsClient, prefix: string, signal: AbortSignal): AsyncIterable<Entry> {
  let token: string | undefined;
  do {
    const query = new URLSearchParams({ prefix, maxResults: "1000", fields: "items(name,size),nextPageToken" });
    if (token !== undefined) query.set("pageToken", token);
    const path = `/storage/v1${client.bucketPath}/o?${query.toString()}`;
    const response = await client.call({ method: "GET", path, key: null, signal });
    const page = decode(listSchema, await json(response.bytes(), client), client.service);
    for (const { name, size } of page.items) yield { key: name, sizeBytes: size };
    if (page.nextPageToken !== undefined && page.nextPageToken === token)
      throw new IntegrityError(`${client.service}: the listing of \`${prefix}\` repeats a page`);
    token = page.nextPageToken;
  } while (token !== undefined);
}

async function json(bytes: Promise<Uint8Array>, client: GcsClient): Promise<unknown> {
  const text = new TextDecoder().decode(await bytes);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new IntegrityError(`${client.service}: the answer is no JSON`, { cause });
  }
}
