import type { Row } from "../core/table.ts";
import { ConfigError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import { schemeOf } from "./address.ts";
import type { OpenStore, Store, StoreConfig } from "./contract.ts";

/** What a kind of store is, as data: help, choice by address and "unknown store" need no driver code. */
export interface StoreRow extends Row {
  /** Schemes of its addresses; `""` is a plain folder. */
  readonly schemes: readonly string[];
  readonly example: string;
  readonly capabilities: Readonly<Record<StoreCapability, boolean>>;
  readonly docs: string;
  readonly load: () => Promise<{ readonly open: OpenStore }>;
}

/** Methods of a `Store` that a driver may lack, and reading of old versions; declared here, present or absent there. */
export type StoreCapability = "write" | "list" | "remove" | "versions";

const all = { write: true, list: true, remove: true, versions: false } as const;

export const stores = {
  local: {
    title: "local folder",
    schemes: ["", "file", "local"],
    example: "/mnt/share/dvc",
    capabilities: all,
    docs: "https://dvc.org/doc/user-guide/data-management/remote-storage#file-systems-local-remotes",
    load: () => import("./local/index.ts"),
  },
  s3: {
    title: "Amazon S3 and compatibles",
    schemes: ["s3"],
    example: "s3://bucket/prefix",
    capabilities: { ...all, versions: true },
    docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/",
    load: () => import("./s3/index.ts"),
  },
  gcs: {
    title: "Google Cloud Storage",
    schemes: ["gs", "gcs"],
    example: "gs://bucket/prefix",
    capabilities: { ...all, versions: true },
    docs: "https://cloud.google.com/storage/docs/json_api",
    load: () => import("./gcs/index.ts"),
  },
  azure: {
    title: "Azure Blob Storage",
    schemes: ["azure"],
    example: "azure://container/prefix",
    capabilities: { ...all, versions: true },
    docs: "https://learn.microsoft.com/rest/api/storageservices/",
    load: () => import("./azure/index.ts"),
  },
  oss: {
    title: "Alibaba Cloud OSS",
    schemes: ["oss"],
    example: "oss://bucket/prefix",
    capabilities: all,
    docs: "https://www.alibabacloud.com/help/en/oss/developer-reference/",
    load: () => import("./oss/index.ts"),
  },
  http: {
    title: "HTTP server",
    schemes: ["http", "https"],
    example: "https://host/path",
    capabilities: { write: true, list: false, remove: false, versions: false },
    docs: "https://dvc.org/doc/user-guide/data-management/remote-storage/http",
    load: () => import("./http/index.ts"),
  },
  ssh: {
    title: "SSH server",
    schemes: ["ssh", "sftp"],
    example: "ssh://user@host/path",
    capabilities: all,
    docs: "https://dvc.org/doc/user-guide/data-management/remote-storage/ssh",
    load: () => import("./ssh/index.ts"),
  },
  webdav: {
    title: "WebDAV server",
    schemes: ["webdav", "webdavs", "webdav+http", "webdav+https"],
    example: "webdavs://host/path",
    capabilities: all,
    docs: "https://dvc.org/doc/user-guide/data-management/remote-storage/webdav",
    load: () => import("./webdav/index.ts"),
  },
} as const satisfies Readonly<Record<string, StoreRow>>;

export type StoreId = keyof typeof stores;

/** The row whose scheme an address has. `ConfigError` when no driver knows it. */
export function storeOf(url: string, source: string): StoreRow {
  const scheme = schemeOf(url);
  const rows: readonly StoreRow[] = Object.values(stores);
  const row = rows.find((one) => one.schemes.includes(scheme));
  if (row !== undefined) return row;
  throw new ConfigError(`${source} has an address of an unknown kind: \`${scheme}://\``, {
    hint: `known: ${rows.map((one) => one.example).join(", ")}`,
  });
}

export async function openStore(config: StoreConfig, host: Host): Promise<Store> {
  const { open } = await storeOf(config.url, config.source).load();
  return open(config, host);
}
