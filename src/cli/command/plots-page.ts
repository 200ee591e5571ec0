import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { fillChart } from "../../compare/plot-chart.ts";
import { compareImagePaths } from "../../compare/image-order.ts";
import { plainObject } from "../../compare/plot-json.ts";
import type { ChartPlot, Gathered, ImagePlot } from "../../compare/plots.ts";
import { CmlError, InputError, NotFoundError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import { isWide } from "../../report/chart-style.ts";
import { pageScript, pageStyle } from "../../report/page-style.ts";
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
  const parts = charts.map(chartPart);
  for (const plot of images) parts.push(await imagePart(host, resolve(folder, "static"), plot));
  const script = charts.length === 0 ? "" : `${(await import("../../report/asset/vega-embed.ts")).vegaEmbed}\n${pageScript}`;
  const scripts = script === "" ? "" : `<script>${script}</script>`;
  const page = resolve(folder, "index.html");
  const values: Readonly<Record<string, string>> = {
    policy: policyOf(script),
    // A frame of the user's need not have a place for scripts.
    plot_divs: frame.includes("{scripts}") ? parts.join("\n") : `${parts.join("\n")}\n${scripts}`,
    scripts,
    refresh_tag: "",
  };
  await host.file.write(
    page,
    frame.replace(/\{(policy|plot_divs|scripts|refresh_tag)\}/g, (_, name: string) => values[name] ?? ""),
  );
  host.out.write(`${pathToFileURL(page).href}\n`);
}

/** Scripts other than ours do not run, and nothing is asked for but the pictures beside the page. */
function policyOf(script: string): string {
  const scripts = script === "" ? "'none'" : `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
  return `default-src 'none'; img-src 'self' data: file:; style-src 'unsafe-inline'; script-src ${scripts}; base-uri 'none'; form-action 'none'`;
}

/** The specification as a data block: the page draws it when it comes near the screen, which takes no time here. */
function chartPart(plot: ChartPlot): string {
  if (plot.chart === null || plot.template === null) return "";
  const caption = `<figcaption>${escape(plot.id)}</figcaption>`;
  try {
    const spec = plainObject(fillChart(plot.template, plot.chart).content);
    const data = JSON.stringify(spec).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
    const missing = '<div class="still"><p class="missing">The chart is drawn by this page\'s script.</p></div>';
    const wide = isWide(spec) ? " wide" : "";
    return `<figure class="chart${wide}" data-live><div class="vega"></div>${missing}<script type="application/json">${data}</script></figure>`;
  } catch (error) {
    if (!(error instanceof CmlError)) throw error;
    return `<figure class="chart">${caption}<p class="missing">${escape(error.message)}</p></figure>`;
  }
}

async function imagePart(host: Host, folder: string, plot: ImagePlot): Promise<string> {
  const written = await writeImages(host, folder, plot);
  const figures = [...written].map(([rev, path]) => {
    const source = `static/${encodeURIComponent(basename(path))}`;
    return `<div><img alt="${escape(plot.id)}" src="${source}"><small>${escape(rev)}</small></div>`;
  });
  return figures.length === 0
    ? ""
    : `<figure class="chart wide"><figcaption>${escape(plot.id)}</figcaption><div class="sides">${figures.join("")}</div></figure>`;
}

const standardFrame = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Plots</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
<div class="charts">
{plot_divs}
</div>
</main>
{scripts}
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
