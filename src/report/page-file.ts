import { compose, slotsOf } from "./compose.ts";
import { toPage } from "./page.ts";
import { proseHtml } from "./prose-html.ts";
import type { Pictures } from "./picture.ts";
import type { Report } from "./report.ts";
import type { ImageSource } from "./splice.ts";

export interface PageFileOptions {
  readonly title: string;
  readonly subject: string;
  readonly prose: string | null;
  readonly images: ImageSource;
  readonly pictures: Pictures;
}

/** Draws every plot still, and writes the whole report as one HTML file. */
export async function pageFile(report: () => Report, options: PageFileOptions): Promise<string> {
  const { title, subject, pictures } = options;
  const embed =
    report().charts.size === 0 ? Promise.resolve("") : import("./asset/vega-embed.ts").then((asset) => asset.vegaEmbed);
  const stills = new Map<string, string>();
  for (const slot of report().charts.keys()) {
    const svg = await pictures.svg(slot);
    if (svg !== null) stills.set(slot, svg);
  }
  const prose = options.prose === null ? null : await proseHtml(options.prose, options.images);
  // The title stands in the page's own heading.
  const parts = compose({ ...report(), title: null }, { form: "page", foldedRows: 2000 });
  return toPage({ title, subject, parts, slots: slotsOf(report()), prose, stills, embed: await embed });
}
