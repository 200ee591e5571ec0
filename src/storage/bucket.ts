import type { OpenRequest, OpenResponse } from "../host/http.ts";

/** A request to one bucket of a store that speaks S3's protocol or one made after it. */
export interface BucketCall {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** Name of the object in the bucket; null for the bucket itself. */
  readonly key: string | null;
  readonly query?: Readonly<Record<string, string>>;
  /** The provider's own headers, which are signed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers of HTTP: `range`, `if-none-match`, `content-…`. */
  readonly plain?: Readonly<Record<string, string>>;
  readonly body?: OpenRequest["body"];
  /** Hex SHA-256 of the body, asked only where it is signed because the connection does not protect it. */
  readonly bodyHash?: () => string | Promise<string>;
  readonly idempotent?: boolean;
  readonly allow?: readonly number[];
  readonly signal: AbortSignal;
}

export interface BucketClient {
  /** Named in errors. */
  readonly service: string;
  call(call: BucketCall): Promise<OpenResponse>;
}
