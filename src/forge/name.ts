import { createHash } from "node:crypto";
import type { Image } from "./contract.ts";

/** `{first 12 digits of the SHA-256}-{name}`: equal bytes and name give an equal file name, and nothing in it needs quoting. */
export function contentName(image: Image): string {
  const hash = createHash("sha256").update(image.bytes).digest("hex").slice(0, 12);
  const tail = image.name.split(/[\\/]/).at(-1) ?? "";
  const safe = tail
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[-.]+/, "")
    .slice(-80);
  const extension = extensions[image.mediaType];
  // What is no image keeps its own ending: the forge serves it by that.
  if (extension === undefined) return `${hash}-${safe === "" ? "file.bin" : safe}`;
  const named = safe === "" ? `image.${extension}` : safe;
  return `${hash}-${new RegExp(`\\.${extension === "jpg" ? "jpe?g" : extension}$`, "i").test(named) ? named : `${named}.${extension}`}`;
}

const extensions: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/gif": "gif",
  "image/webp": "webp",
  "image/svg+xml": "svg",
  "text/markdown": "md",
};
