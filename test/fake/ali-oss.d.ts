/** The part of the official client that tests use; the package brings no types. */
declare module "ali-oss" {
  export interface Client {
    put(name: string, content: Buffer, options?: object): Promise<unknown>;
    get(name: string): Promise<{ content: Buffer }>;
    head(name: string): Promise<{ status: number }>;
    delete(name: string): Promise<unknown>;
    listV2(query: object): Promise<{
      objects: { name: string; size: number }[];
      nextContinuationToken?: string;
      isTruncated: boolean;
    }>;
    multipartUpload(name: string, file: Buffer, options: object): Promise<unknown>;
  }
  const OSS: new (options: object) => Client;
  export default OSS;
}
