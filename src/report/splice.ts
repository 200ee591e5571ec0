import type { Extension } from "mdast-util-from-markdown";
import type { Image } from "../forge/contract.ts";
import type { PutImages } from "../publish/chain.ts";
import { blocksOf } from "./block.ts";

/** The image behind an address, or null when the address is to stay: not a local image, or not there. */
export type ImageSource = (address: string) => Promise<Image | null>;

/** An address of an image in a text. Offsets are of UTF-16 units and cover the address alone. */
export interface Spot {
  readonly start: number;
  readonly end: number;
  /** As meant: escapes and entities resolved. */
  readonly address: string;
  /** What goes around an address written here. */
  readonly write: (url: string) => string;
}

/** Replaces the addresses of local images by their published ones; every other byte stays as it is. */
export async function spliceImages(markdown: string, source: ImageSource, put: PutImages | null): Promise<string> {
  if (put === null) return markdown;
  const found: { spot: Spot; image: Image }[] = [];
  for (const spot of await imageSpots(markdown)) {
    const image = await source(spot.address);
    if (image !== null) found.push({ spot, image });
  }
  if (found.length === 0) return markdown;
  const urls = await put(found.map(({ image }) => image));
  let text = "";
  let from = 0;
  for (const [index, { spot }] of found.entries()) {
    text += markdown.slice(from, spot.start) + spot.write(urls[index] ?? spot.address);
    from = spot.end;
  }
  return text + markdown.slice(from);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Part of a Markdown tree's node that is read here. */
interface Node {
  readonly type: string;
  readonly url?: string | undefined;
  readonly identifier?: string | undefined;
  readonly position?:
    | undefined
    | { readonly start: { readonly offset?: number | undefined }; readonly end: { readonly offset?: number | undefined } };
  readonly children?: readonly Node[] | undefined;
}

/** Longer texts are parsed in part only: the parser takes seconds for a megabyte of tables. */
const wholeLimit = 50_000;

/** Addresses of images in order: `![…](…)`, definitions that an image refers to, and `src` of HTML's `<img>`. */
export async function imageSpots(markdown: string): Promise<Spot[]> {
  if (!/!\[|<img/i.test(markdown)) return [];
  // The parser drops a byte order mark and counts from behind it.
  if (markdown.startsWith("\uFEFF")) {
    return (await imageSpots(markdown.slice(1))).map((spot) => ({ ...spot, start: spot.start + 1, end: spot.end + 1 }));
  }
  if (markdown.length <= wholeLimit) return spotsOf(markdown);
  // What an image needs to be one is in its own block, and in definitions.
  let picked = "";
  let offset = 0;
  const moves: { readonly from: number; readonly by: number }[] = [];
  for (const { text, isDefinition } of blocksOf(markdown)) {
    if (isDefinition || /!\[|<img|^ {0,3}\[[^\]\n]+\]:/im.test(text)) {
      moves.push({ from: picked.length, by: offset - picked.length });
      picked += text;
    }
    offset += text.length;
  }
  const move = (at: number): number => at + (moves.findLast(({ from }) => from <= at)?.by ?? 0);
  return (await spotsOf(picked)).map((spot) => ({ ...spot, start: move(spot.start), end: move(spot.end) }));
}

async function spotsOf(markdown: string): Promise<Spot[]> {
  const { fromMarkdown } = await import("mdast-util-from-markdown");
  const { gfm } = await import("micromark-extension-gfm");
  const { gfmFromMarkdown } = await import("mdast-util-gfm");
  const spans: Span[] = [];
  const tree: Node = fromMarkdown(markdown, {
    extensions: [gfm()],
    mdastExtensions: [gfmFromMarkdown(), destinations(spans)],
  });
  const nodes = [...walk(tree)];
  const referred = new Set(nodes.filter((node) => node.type === "imageReference").map((node) => node.identifier));
  const spots = nodes.flatMap((node) => {
    const span = spanOf(node);
    if (node.type === "html") return htmlSpots(markdown.slice(span.start, span.end), span.start);
    const isImage = node.type === "image" || (node.type === "definition" && referred.has(node.identifier));
    // The last destination inside is the image's own: an image in the alternative text has one as well.
    const own = isImage ? spans.findLast((one) => one.start >= span.start && one.end <= span.end) : undefined;
    return own === undefined ? [] : [{ ...own, address: node.url ?? "", write: (url: string) => url }];
  });
  return spots.toSorted((a, b) => a.start - b.start);
}

/** Notes where each destination stands; the tree itself keeps only positions of whole nodes. */
function destinations(spans: Span[]): Extension {
  return {
    enter: {
      resourceDestinationString(token) {
        spans.push({ start: token.start.offset, end: token.end.offset });
        this.buffer();
      },
      definitionDestinationString(token) {
        spans.push({ start: token.start.offset, end: token.end.offset });
        this.buffer();
      },
    },
  };
}

function* walk(node: Node): Iterable<Node> {
  yield node;
  for (const child of node.children ?? []) yield* walk(child);
}

function spanOf(node: Node): Span {
  return { start: node.position?.start.offset ?? 0, end: node.position?.end.offset ?? 0 };
}

function htmlSpots(html: string, offset: number): Spot[] {
  // Comments are blanked, not cut, so that offsets stay.
  const visible = html.replace(/<!--[\s\S]*?(?:-->|$)/g, (comment) => " ".repeat(comment.length));
  const spots: Spot[] = [];
  for (const tag of visible.matchAll(/<img\b(?:[^>"']|"[^"]*"|'[^']*')*>/gi)) {
    const source = /\ssrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(tag[0]);
    if (source === null) continue;
    const bare = source[3] !== undefined;
    const value = source[1] ?? source[2] ?? source[3] ?? "";
    const end = offset + tag.index + source.index + source[0].length - (bare ? 0 : 1);
    spots.push({
      start: end - value.length,
      end,
      address: unescapeHtml(value),
      write: (url) => (bare ? `"${escapeHtml(url)}"` : escapeHtml(url)),
    });
  }
  return spots;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("'", "&#39;").replaceAll("<", "&lt;");
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
