import { createHmac } from "node:crypto";

/** A request as it is signed. */
export interface SharedKeyParts {
  readonly method: string;
  /** Percent-encoded path as sent. */
  readonly path: string;
  /** Decoded parameters. */
  readonly query: Readonly<Record<string, string>>;
  /** All headers that count, lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

const plainHeaders = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "if-modified-since",
  "if-match",
  "if-none-match",
  "if-unmodified-since",
  "range",
];

/** Value of `Authorization`. https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key */
export function signSharedKey({ method, path, query, headers }: SharedKeyParts, account: string, key: Uint8Array): string {
  let text = method;
  for (const name of plainHeaders) {
    const value = headers[name] ?? "";
    text += `\n${name === "content-length" && value === "0" ? "" : value}`;
  }
  text += "\n";
  for (const name of Object.keys(headers).toSorted()) if (name.startsWith("x-ms-")) text += `${name}:${headers[name]?.trim()}\n`;
  text += `/${account}${path}`;
  for (const name of Object.keys(query).toSorted()) text += `\n${name.toLowerCase()}:${query[name]}`;
  return `SharedKey ${account}:${createHmac("sha256", key).update(text, "utf8").digest("base64")}`;
}
