import type { OpenResponse } from "../host/http.ts";
import type { Content, Range } from "./contract.ts";

/** Value of `Range`; null for a range that holds nothing, which HTTP cannot ask for. */
export function rangeHeader({ start, end }: Range): string | null {
  return end <= start ? null : `bytes=${start}-${end - 1}`;
}

/** What a cloud answered to a read: 200 or 206 with the bytes, 416 when the range lies behind the end. */
export function contentOf(response: OpenResponse): Content {
  const totalBytes = totalOf(response);
  if (response.status !== 416) return { totalBytes, bytes: response.bytes, stream: response.stream, discard: response.discard };
  response.discard();
  return emptyContent(totalBytes);
}

export function emptyContent(totalBytes: number | null): Content {
  return {
    totalBytes,
    bytes: async () => new Uint8Array(),
    stream: () => new ReadableStream({ start: (controller) => controller.close() }),
    discard: () => undefined,
  };
}

/** Size of the whole object, from `Content-Range: bytes 0-9/100` or the length of a whole answer. */
export function totalOf({ status, headers }: OpenResponse): number | null {
  const range = /\/(\d+)\s*$/.exec(headers.get("content-range") ?? "")?.[1];
  if (range !== undefined) return Number(range);
  const length = headers.get("content-length");
  return status === 200 && length !== null ? Number(length) : null;
}
