import { aliCredentials } from "../../auth/ali.ts";
import type { AliKeys } from "../../auth/ali.ts";
import type { CredentialSource } from "../../auth/credential.ts";
import { ConfigError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { StoreConfig } from "../contract.ts";
import { secretOption, textOption } from "../option.ts";

export interface Setting {
  /** `https://bucket.oss-cn-hangzhou.aliyuncs.com`, or an address and `/bucket`. */
  readonly base: string;
  readonly host: string;
  /** Null when the endpoint does not tell: then the first version of the signature is used. */
  readonly region: string | null;
  readonly credentials: CredentialSource<AliKeys>;
}

/** Options of DVC's OSS remotes: https://dvc.org/doc/user-guide/data-management/remote-storage/alibaba-cloud-oss */
export function readSetting(config: StoreConfig, bucket: string, host: Host): Setting {
  const given = textOption(config, "oss_endpoint") ?? host.env.get("OSS_ENDPOINT");
  if (given === undefined)
    throw new ConfigError(`${config.source} names no endpoint`, {
      hint: "set `oss_endpoint` of the remote or `OSS_ENDPOINT`, for example `oss-cn-hangzhou.aliyuncs.com`",
    });
  const text = /^https?:\/\//i.test(given) ? given : `https://${given}`;
  if (!URL.canParse(text)) throw new ConfigError(`${config.source}: the endpoint is no address: \`${given}\``);
  const url = new URL(text);
  const isPath = /^(\d+\.){3}\d+$|^\[|^localhost$/.test(url.hostname);
  const name = isPath || url.hostname.startsWith(`${bucket}.`) ? url.host : `${bucket}.${url.host}`;
  return {
    base: `${url.protocol}//${name}${isPath ? `/${encodeURIComponent(bucket)}` : ""}`,
    host: name,
    region: host.env.get("OSS_REGION")?.replace(/^oss-/, "") ?? regionOf(url.hostname),
    credentials: aliCredentials(
      { id: secretOption(config, "oss_key_id"), secret: secretOption(config, "oss_key_secret"), source: config.source },
      host,
    ),
  };
}

/** https://www.alibabacloud.com/help/en/oss/user-guide/regions-and-endpoints */
function regionOf(hostname: string): string | null {
  return /(?:^|\.)(?:s3\.)?oss-([a-z]+(?:-[a-z0-9]+)+?)(?:-internal)?\.aliyuncs\.com$/.exec(hostname)?.[1] ?? null;
}
