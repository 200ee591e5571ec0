import { join } from "node:path";
import { walkFiles } from "../host/disk.ts";
import type { Host } from "../host/host.ts";
import type { Download, Failed, Transfer, Upload } from "../storage/transfer.ts";
import type { Remote } from "./remotes.ts";

/** Records of past stage runs; they lie in the flat root of cache and remote, in DVC 3, too. */
const prefix = "runs/";
const recordName = /^runs\/[0-9a-f]{2}\/[0-9a-f]{64}\/[0-9a-f]{64}$/;

export interface RunCacheWorld {
  readonly host: Host;
  readonly transfer: Transfer;
  readonly cacheFolder: string;
}

/** Fetches the records that are missing here; they never change under their name. Nothing where a remote has no listing or other keys. */
export async function pullRunCache({ host, transfer, cacheFolder }: RunCacheWorld, remote: Remote): Promise<Failed<Download>[]> {
  if (remote.store.list === undefined || remote.isVersionAware) return [];
  const items: Download[] = [];
  for await (const { key, sizeBytes } of remote.store.list(prefix, host.signal)) {
    if (!recordName.test(key)) continue;
    const to = join(cacheFolder, ...key.split("/"));
    if ((await host.file.stat(to)) !== null) continue;
    items.push({ key, to, hash: null, algorithm: "md5", sizeBytes });
  }
  return transfer.download(remote.store, items);
}

export interface PushedRecords {
  readonly count: number;
  readonly failed: readonly Failed<Upload>[];
}

/** Sends the records that the remote lacks. */
export async function pushRunCache({ host, transfer, cacheFolder }: RunCacheWorld, remote: Remote): Promise<PushedRecords> {
  if (remote.store.list === undefined || remote.isVersionAware) return { count: 0, failed: [] };
  const known = new Set<string>();
  for await (const { key } of remote.store.list(prefix, host.signal)) known.add(key);
  const items: Upload[] = [];
  for await (const { path } of walkFiles(join(cacheFolder, "runs"))) {
    const key = path.slice(cacheFolder.length + 1).replaceAll("\\", "/");
    if (!recordName.test(key) || known.has(key)) continue;
    const found = await host.file.stat(path);
    if (found !== null) items.push({ key, from: path, hash: null, algorithm: "md5", sizeBytes: found.sizeBytes });
  }
  let count = 0;
  const failed = await transfer.upload(remote.store, items, () => count++);
  return { count, failed };
}
