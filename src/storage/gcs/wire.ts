import { array, looseObject, optional, pipe, regex, string, transform } from "valibot";

/** Sizes are text, for they may pass 2^53. */
const size = pipe(string(), regex(/^\d+$/), transform(Number));

/** https://cloud.google.com/storage/docs/json_api/v1/objects#resource */
export const objectSchema = looseObject({ size });

export const listSchema = looseObject({
  items: optional(array(looseObject({ name: string(), size })), []),
  nextPageToken: optional(string()),
});
