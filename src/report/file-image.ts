import { basename, isAbsolute, relative, resolve, sep } from "node:path";
import { InputError } from "../core/error.ts";
import type { Image } from "../forge/contract.ts";
import type { Host } from "../host/host.ts";
import { imageType } from "../publish/media.ts";
import type { ImageSource } from "./splice.ts";

/** Larger files are no images of a report: forges refuse or do not show them. */
const limitBytes = 25 * 1024 * 1024;

/**
 * Images named by a text that lies in `folder`: regular files below one of `roots` (a link out of them counts as outside, so does
 * anything under a dot-folder such as `.git`) and `data:` addresses. What cannot be used stays in the text and is told on the log.
 */
export function fileImages(host: Host, folder: string, ...roots: readonly string[]): ImageSource {
  const told = new Set<string>();
  function leave(address: string, why: string): null {
    if (!told.has(address)) host.log.warn(`image \`${address}\` is left as it is: ${why}`);
    told.add(address);
    return null;
  }
  async function local(address: string): Promise<Image | null> {
    for (const path of candidates(address)) {
      const real = await host.file.realpath(resolve(host.cwd, folder, path));
      if (real === null) continue;
      if (!(await isBelow(real, [folder, ...roots], host))) return leave(address, "it is outside the repository");
      const stat = await host.file.stat(real);
      if (stat === null || stat.kind !== "file") return leave(address, "it is not a file");
      if (stat.sizeBytes > limitBytes) return leave(address, `${stat.sizeBytes} bytes are more than ${limitBytes}`);
      const bytes = await host.file.read(real, { limitBytes });
      const mediaType = bytes === null ? null : imageType(bytes);
      if (bytes === null || mediaType === null) return leave(address, "it is not a PNG, JPEG, GIF, WebP or SVG image");
      return shown({ name: basename(path), mediaType, bytes }, address);
    }
    return leave(address, "there is no such file");
  }
  /** SVG is drawn: as it is, no forge shows it. */
  async function shown(image: Image | null, address: string): Promise<Image | null> {
    if (image?.mediaType !== "image/svg+xml") return image;
    try {
      const { pngOfSvg } = await import("./svg-image.ts");
      return await pngOfSvg(image, host);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return leave(address.slice(0, 80), error.message);
    }
  }
  return async (address) => {
    if (/^data:image\//i.test(address)) return shown(embedded(address), address);
    if (address === "" || address.startsWith("#") || address.startsWith("//") || /^[a-z][a-z0-9+.-]+:/i.test(address))
      return null;
    return local(address);
  };
}

/** As written, percent-decoded, and without query and fragment, in this order. */
function candidates(address: string): Set<string> {
  const bare = address.replace(/[?#].*$/, "");
  return new Set(
    [address, percentDecoded(address), bare, percentDecoded(bare)].filter((path) => path !== "" && !path.includes("\0")),
  );
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function isBelow(real: string, folders: readonly string[], host: Host): Promise<boolean> {
  for (const folder of folders) {
    const root = await host.file.realpath(resolve(host.cwd, folder));
    if (root === null) continue;
    const path = relative(root, real);
    const parts = path.split(sep);
    if (!isAbsolute(path) && parts[0] !== ".." && !parts.slice(0, -1).some((part) => part.startsWith("."))) return true;
  }
  return false;
}

function embedded(address: string): Image | null {
  const found = /^data:image\/[a-z0-9.+-]+;base64,([A-Za-z0-9+/=\s]+)$/i.exec(address);
  if (found === null) return null;
  const bytes = Uint8Array.from(Buffer.from(found[1] ?? "", "base64"));
  const mediaType = imageType(bytes);
  return mediaType === null
    ? null
    : { name: `image.${mediaType.replace(/^image\//, "").replace(/\+xml$/, "")}`, mediaType, bytes };
}
