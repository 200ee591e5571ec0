import { createHash } from "node:crypto";
import { ConfigError, UnsupportedError } from "../core/error.ts";
import type { CommentTarget, Forge, Image } from "../forge/contract.ts";
import { inGroups } from "../forge/group.ts";
import { contentName } from "../forge/name.ts";
import type { Host } from "../host/host.ts";

/** Stores images and answers an absolute address for each, in order; equal bytes under one name are stored once. */
export type PutImages = (images: readonly Image[]) => Promise<string[]>;

export interface Place {
  readonly forge: Forge | null;
  readonly target: CommentTarget;
  readonly host: Host;
  /** Comment that the images will stand in, where it is there already. */
  readonly comment?: string | undefined;
  /** Text of that comment as it is, in which images may stand already. */
  readonly former?: string | undefined;
  readonly signal: AbortSignal;
}

/** Whether a value of `--store` is an address of the user's own, for which no forge is needed. */
export function isOwnStore(store: string): boolean {
  return store.includes("://");
}

/** Where images go by the value of `--store`; null when nowhere: `none`, or a forge without a place for them. */
export function imageChain(store: string, place: Place): PutImages | null {
  const { forge, target, comment, signal } = place;
  if (store === "none") return null;
  if (store.startsWith("post+")) return onceEach((images) => postAll(images, store, place));
  if (store === "auto" || store === "forge") {
    const images = forge?.images;
    if (images?.isNewEachTime === true)
      return onceEach((list) => reused(list, place, (fresh) => images.put(fresh, target, signal, comment)));
    if (images !== undefined) return onceEach((list) => images.put(list, target, signal, comment));
    if (store === "auto") return null;
    throw new UnsupportedError(`${forge?.title ?? "no forge"} does not support a place for images`);
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(store)?.[1];
  const hint = "known: auto, forge, none, post+https://…";
  if (scheme === undefined) throw new ConfigError(`unknown store: \`${store}\``, { hint });
  throw new UnsupportedError(`images cannot be stored at \`${scheme}://\` addresses`, { hint });
}

async function postAll(images: readonly Image[], store: string, { host, signal }: Place): Promise<string[]> {
  const { postAddress, postImage } = await import("./post.ts");
  const url = postAddress(store);
  const urls = new Map<Image, string>();
  await inGroups(images, 4, async (image) => void urls.set(image, await postImage(image, url, host, signal)));
  return images.map((image) => urls.get(image) ?? "");
}

/** Takes an address from the former text where the name, which holds the content's hash, is the same. */
async function reused(images: readonly Image[], { former }: Place, put: PutImages): Promise<string[]> {
  const known = new Map<string, string>();
  for (const [url] of (former ?? "").matchAll(/https?:\/\/[^\s()<>"']+/g)) known.set(url.split("/").at(-1) ?? "", url);
  const fresh = images.filter((image) => !known.has(contentName(image)));
  const urls = fresh.length === 0 ? [] : await put(fresh);
  for (const [index, image] of fresh.entries()) known.set(contentName(image), urls[index] ?? "");
  return images.map((image) => known.get(contentName(image)) ?? "");
}

/** Remembers addresses by content, so that a second round (another size, another target) uploads nothing twice. */
function onceEach(put: PutImages): PutImages {
  const known = new Map<string, string>();
  return async (images) => {
    const keys = images.map(keyOf);
    const fresh = new Map(images.flatMap((image, index) => (known.has(keys[index] ?? "") ? [] : [[keys[index] ?? "", image]])));
    if (fresh.size > 0) {
      const urls = await put([...fresh.values()]);
      [...fresh.keys()].forEach((key, index) => known.set(key, urls[index] ?? ""));
    }
    return keys.map((key) => known.get(key) ?? "");
  };
}

function keyOf(image: Image): string {
  return `${createHash("sha256").update(image.bytes).digest("hex")} ${image.name}`;
}
