import { createHash } from "node:crypto";
import { ConfigError } from "../../core/error.ts";
import type { StoreConfig } from "../contract.ts";
import { textOption } from "../option.ts";

/** Headers by which objects are encrypted and shared. */
export interface Protection {
  /** Of the request that makes an object: a single upload, or the start of one in parts. */
  readonly create: Readonly<Record<string, string>>;
  /** Of every request for the bytes of an object under a customer's key: parts, reads, look-ups. */
  readonly access: Readonly<Record<string, string>>;
}

const grants = {
  grant_read: "x-amz-grant-read",
  grant_read_acp: "x-amz-grant-read-acp",
  grant_write_acp: "x-amz-grant-write-acp",
  grant_full_control: "x-amz-grant-full-control",
} as const;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html */
export function protection(config: StoreConfig): Protection {
  const create: Record<string, string> = {};
  const put = (header: string, option: string): void => {
    const value = textOption(config, option);
    if (value !== null) create[header] = value;
  };
  put("x-amz-server-side-encryption", "sse");
  put("x-amz-server-side-encryption-aws-kms-key-id", "sse_kms_key_id");
  put("x-amz-acl", "acl");
  for (const [option, header] of Object.entries(grants)) put(header, option);
  if (create["x-amz-acl"] !== undefined && Object.values(grants).some((header) => create[header] !== undefined))
    throw new ConfigError(`${config.source}: \`acl\` and \`grant_…\` exclude each other`);
  const access = customerKey(config);
  return { create: { ...create, ...access }, access };
}

function customerKey(config: StoreConfig): Record<string, string> {
  const key = textOption(config, "sse_customer_key");
  if (key === null) return {};
  if (textOption(config, "sse_kms_key_id") !== null)
    throw new ConfigError(`${config.source}: \`sse_kms_key_id\` and \`sse_customer_key\` exclude each other`);
  const bytes = Buffer.from(key, "base64");
  if (bytes.length !== 32) throw new ConfigError(`${config.source}: \`sse_customer_key\` is not the base64 text of 32 bytes`);
  return {
    "x-amz-server-side-encryption-customer-algorithm": textOption(config, "sse_customer_algorithm") ?? "AES256",
    "x-amz-server-side-encryption-customer-key": bytes.toString("base64"),
    "x-amz-server-side-encryption-customer-key-md5": createHash("md5").update(bytes).digest("base64"),
  };
}
