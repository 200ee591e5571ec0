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
  return text.replaceAll(/<img src="([^"]*)" alt="([^"]*)"[^>]*>/g, (_, address: string, alt: string) => {
    const image = address.startsWith(stand) ? images[Number(address.slice(stand.length))] : undefined;
    // The page asks nobody for anything: what is not embedded is named.
    if (image === undefined) return `<span class="missing">${alt === "" ? address : alt}</span>`;
    return `<img alt="${alt}" src="data:${html(image.mediaType)};base64,${Buffer.from(image.bytes).toString("base64")}">`;
  });
}
