import { InputError, IntegrityError } from "../core/error.ts";
import type { Image } from "../forge/contract.ts";
import { contentName } from "../forge/name.ts";
import type { Host } from "../host/host.ts";

/**
 * A server of the user's own that takes a file by POST and answers its address as plain text, as the predecessor's did. Needs no token; what
 * it answers must be an address, or a page of errors would be posted as an image.
 */
export async function postImage(image: Image, url: string, host: Host, signal: AbortSignal): Promise<string> {
  const answer = await host.http.request({
    method: "POST",
    url,
    service: new URL(url).host,
    body: image.bytes,
    headers: {
      "content-type": image.mediaType,
      "content-disposition": `inline; filename="${contentName(image)}"`,
    },
    limitBytes: 65_536,
    signal,
  });
  const text = answer.text().trim();
  if (/^https?:\/\/[^\s<>"]+$/.test(text) && URL.canParse(text)) return text;
  throw new IntegrityError(`${new URL(url).host} answered no address for \`${image.name}\`: ${text.slice(0, 100)}`);
}

/** Address of `post+https://…`. Throws `InputError` for another one. */
export function postAddress(store: string): string {
  const url = store.slice("post+".length);
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url;
  throw new InputError(`not an address: \`${store}\``, { hint: "write `post+https://host/path`" });
}
