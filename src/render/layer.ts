/**
 * Every element with an `opacity` and every clipped group is a picture of its own to resvg, put onto the whole afterwards. Such a layer costs
 * time, and one that lies far outside the whole ends resvg in a panic (`IntRect::fit_to_rect`).
 */

const tags = (names: string): RegExp => new RegExp(`<(?:${names})\\b(?:"[^"]*"|[^">])*>`, "g");
const inked = tags("path|line|rect|text");
const groups = tags("g");
const leaves = tags("path|line|rect|image|use|circle|ellipse|polygon|polyline");
const texts = tags("text");

/** The same picture with fewer layers: where only the fill or only the outline is seen, its own opacity does the same. For Vega's SVG. */
export function simpler(svg: string): string {
  if (!svg.includes(' opacity="')) return svg;
  return svg.replace(inked, (tag) => {
    const own = attributes(tag);
    const opacity = own.get("opacity");
    // Vega writes each mark's paint on the mark itself; its groups say fill="none" and no stroke.
    const filled = painted(own.get("fill"));
    if (opacity === undefined || filled === painted(own.get("stroke"))) return tag;
    return folded(tag, own, filled ? "fill-opacity" : "stroke-opacity");
  });
}

/** Covers any picture and shows nothing. */
const invisible = '<path d="M-1e5,-1e5h2e5v2e5h-2e5z" fill="#000" fill-opacity="0"/>';

/** The same picture with no layer that lies outside it: slower, for a second attempt. */
export function wider(svg: string): string {
  return svg
    .replace(leaves, (tag) => {
      const opacity = attributes(tag).get("opacity");
      return opacity === undefined || !tag.endsWith("/>") ? tag : `<g opacity="${opacity}">${without(tag, "opacity")}</g>`;
    })
    .replace(texts, (tag) => folded(tag, attributes(tag), "fill-opacity"))
    .replace(groups, (tag) => {
      const own = attributes(tag);
      return !tag.endsWith("/>") && (own.has("opacity") || own.has("clip-path")) ? tag + invisible : tag;
    });
}

function attributes(tag: string): Map<string, string> {
  return new Map([...tag.matchAll(/\s([\w:-]+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]));
}

function painted(paint: string | undefined): boolean {
  return paint !== undefined && paint !== "none" && paint !== "transparent";
}

/** The element's opacity multiplied into that of its fill or outline. */
function folded(tag: string, own: ReadonlyMap<string, string>, name: string): string {
  const opacity = own.get("opacity");
  if (opacity === undefined) return tag;
  const product = Number(opacity) * Number(own.get(name) ?? 1);
  const bare = without(without(tag, "opacity"), name);
  return bare.replace(/\s*\/?>$/, (end) => ` ${name}="${product}"${end}`);
}

function without(tag: string, name: string): string {
  return tag.replace(/\s([\w:-]+)="[^"]*"/g, (text, found: string) => (found === name ? "" : text));
}
