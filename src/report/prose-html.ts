import { Buffer } from "node:buffer";
import type { Image } from "../forge/contract.ts";
import { html } from "./escape.ts";
import { type ImageSource, spliceImages } from "./splice.ts";

/** Image addresses in the prose while it is turned into HTML; `data:` addresses would not pass. */
const stand = "cml-image-";

/** Prose as HTML for the page: its own HTML is shown as text, its local images are embedded. */
export async function proseHtml(markdown: string, source: ImageSource): Promise<string> {
  const { micromark } = await import("micromark");
  const { gfm, gfmHtml } = await import("micromark-extension-gfm");
  const images: Image[] = [];
  const spliced = await spliceImages(markdown.replaceAll(/<!--[ \t]*cml:\w+[ \t]*-->/g, ""), source, async (list) => {
    images.push(...list);
    return list.map((_, index) => `${stand}${index}`);
  });
  const text = micromark(spliced, { extensions: [gfm()], htmlExtensions: [gfmHtml()] });
  return text.replaceAll(/src="cml-image-(\d+)"/g, (whole, index: string) => {
    const image = images[Number(index)];
    return image === undefined
      ? whole
      : `src="data:${html(image.mediaType)};base64,${Buffer.from(image.bytes).toString("base64")}"`;
  });
}
