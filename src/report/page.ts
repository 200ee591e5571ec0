import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { Plot } from "../compare/comparison.ts";
import type { Part, Slots } from "./document.ts";
import { isWide, untitled } from "./chart-style.ts";
import { html, visible } from "./escape.ts";
import { toHtml } from "./html.ts";
import { pageScript, pageStyle } from "./page-style.ts";

export interface PageOptions {
  readonly title: string;
  readonly parts: readonly Part[];
  readonly slots: Slots;
  /** The prose of FILE as HTML, null without one. */
  readonly prose: string | null;
  /** What stands above the title: repository, branch, commit. */
  readonly subject: string;
  /** Still picture of each plot as SVG, by slot; missing where the plot could not be drawn. */
  readonly stills: ReadonlyMap<string, string>;
  /** The drawing library as one classic script. */
  readonly embed: string;
}

/** One HTML file: no address is asked for anything, and scripts other than ours (by its hash) do not run. */
export function toPage(options: PageOptions): string {
  const script = options.slots.charts.size === 0 ? "" : `${options.embed}\n${pageScript}`;
  const policy = [
    "default-src 'none'",
    "img-src data:",
    "style-src 'unsafe-inline'",
    script === "" ? "script-src 'none'" : `script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const body = toHtml(options.parts, {
    chart: (slot, alt) => figure(options.slots.charts.get(slot), options.stills.get(slot), alt),
    image: (slot) => {
      const image = options.slots.images.get(slot);
      return image === undefined ? null : `data:${image.mediaType};base64,${Buffer.from(image.bytes).toString("base64")}`;
    },
  });
  const prose = options.prose === null ? "" : `<div class="prose">\n${options.prose}</div>\n`;
  const subject = options.subject === "" ? "" : `<p class="subject">${html(options.subject)}</p>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${html(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${html(options.title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
<header>
${subject}<h1>${html(options.title)}</h1>
</header>
${prose}${body}
</main>
${script === "" ? "" : `<script>${script}</script>\n`}</body>
</html>
`;
}

/** The still picture as an image (an SVG image runs nothing), and the specification as a data block for the script. */
function figure(plot: Plot | undefined, still: string | undefined, alt: string): string {
  if (plot === undefined) return "";
  const picture =
    still === undefined
      ? '<p class="missing">could not be drawn</p>'
      : `<img src="data:image/svg+xml;base64,${Buffer.from(still).toString("base64")}" alt="${html(alt)}">`;
  const data = JSON.stringify(untitled(plot.spec))
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
  const title = plot.title === "" ? plot.id : plot.title;
  const notes = [...(title === plot.id ? [] : [plot.id]), ...(plot.changed ? [] : ["unchanged"])];
  const small = notes.length === 0 ? "" : `<small>${html(visible(notes.join(", ")))}</small>`;
  const caption = `<figcaption>${html(visible(title))}${small}</figcaption>`;
  return `<figure class="chart${isWide(plot.spec) ? " wide" : ""}" data-live>${caption}<div class="vega"></div><div class="still">${picture}</div><script type="application/json">${data}</script></figure>`;
}
