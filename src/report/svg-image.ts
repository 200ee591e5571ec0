import { InputError } from "../core/error.ts";
import type { Image } from "../forge/contract.ts";
import type { Host } from "../host/host.ts";

/**
 * An SVG image as PNG: forges serve SVG as text, or not at all, because it may hold scripts. Drawn within the limits of a chart; throws
 * `InputError` when that fails.
 */
export async function pngOfSvg(image: Image, host: Host): Promise<Image> {
  const { openRenderer } = await import("../render/renderer.ts");
  const renderer = openRenderer(host);
  try {
    const text = new TextDecoder().decode(image.bytes).replace(/^\uFEFF/, "");
    const png = await renderer.png({ name: image.name, text, base: null, kind: "svg" });
    if (png.width === 0 || png.height === 0) throw new InputError(`${image.name}: nothing is drawn`);
    return { name: image.name.replace(/(\.svg)?$/i, ".png"), mediaType: "image/png", bytes: png.bytes };
  } finally {
    renderer.close();
  }
}
