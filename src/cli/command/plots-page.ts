import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { fillChart } from "../../compare/plot-chart.ts";
import { compareImagePaths } from "../../compare/image-order.ts";
import { plainObject } from "../../compare/plot-json.ts";
import type { ChartPlot, Gathered, ImagePlot } from "../../compare/plots.ts";
import { staticSpec } from "../../compare/plot-static.ts";
import { CmlError, InputError, NotFoundError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import { openRenderer, type Renderer } from "../../render/renderer.ts";
import type { PlotsOptions } from "./plots-option.ts";
import { writeImages } from "./plots-run.ts";

/** Writes `index.html`, the images into `static/` beside it, and prints the page's address. */
export async function writePage(host: Host, options: PlotsOptions, { plots }: Gathered): Promise<void> {
  if (plots.length === 0) {
    host.log.warn("no plots were found, no page is written");
    return;
  }
  const folder = resolve(host.cwd, options.out ?? "dvc_plots");
  const frame = await pageFrame(host, options.htmlTemplate);
  const charts = plots.filter((plot) => plot.kind === "chart");
  const images = plots.filter((plot) => plot.kind === "image").toSorted((a, b) => compareImagePaths(a.id, b.id));
  const renderer = openRenderer(host);
  const parts: string[] = [];
  try {
    for (const plot of charts) parts.push(await chartPart(renderer, plot));
  } finally {
    renderer.close();
  }
  for (const plot of images) parts.push(await imagePart(host, resolve(folder, "static"), plot));
  const page = resolve(folder, "index.html");
  const values: Readonly<Record<string, string>> = { plot_divs: parts.join("\n"), scripts: "", refresh_tag: "" };
  await host.file.write(
    page,
    frame.replace(/\{(plot_divs|scripts|refresh_tag)\}/g, (_, name: string) => values[name] ?? ""),
  );
  host.out.write(`${pathToFileURL(page).href}\n`);
}

async function chartPart(renderer: Renderer, plot: ChartPlot): Promise<string> {
  if (plot.chart === null || plot.template === null) return "";
  try {
    const spec = staticSpec(plainObject(fillChart(plot.template, plot.chart).content));
    const svg = await renderer.svg({ name: plot.id, text: JSON.stringify(spec), base: null });
    // As an image, a hostile specification's SVG cannot run anything.
    const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
    return `<figure><img alt="${escape(plot.id)}" src="${source}"></figure>`;
  } catch (error) {
    if (!(error instanceof CmlError)) throw error;
    return `<figure><figcaption>${escape(plot.id)}: ${escape(error.message)}</figcaption></figure>`;
  }
}

async function imagePart(host: Host, folder: string, plot: ImagePlot): Promise<string> {
  const written = await writeImages(host, folder, plot);
  const figures = [...written].map(([rev, path]) => {
    const source = `static/${encodeURIComponent(basename(path))}`;
    return `<figure><figcaption>${escape(rev)}</figcaption><img alt="${escape(plot.id)}" src="${source}"></figure>`;
  });
  return figures.length === 0 ? "" : `<section><h2>${escape(plot.id)}</h2>${figures.join("")}</section>`;
}

const standardFrame = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Plots</title>
<style>
body { font-family: system-ui, sans-serif; margin: 2rem; color: #1b1f24; background: #fff; }
figure { display: inline-block; margin: 0 1.5rem 1.5rem 0; vertical-align: top; }
figcaption, h2 { font-size: 1rem; font-weight: 600; margin: 0 0 0.5rem; }
img { max-width: 100%; }
</style>
</head>
<body>
{plot_divs}
</body>
</html>
`;

async function pageFrame(host: Host, path: string | undefined): Promise<string> {
  if (path === undefined) return standardFrame;
  const text = await host.file.readText(path, { limitBytes: 10_000_000 });
  if (text === null) throw new NotFoundError(`page template not found: \`${path}\``);
  if (!text.includes("{plot_divs}")) throw new InputError(`${path}: page template has no \`{plot_divs}\``);
  return text;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
