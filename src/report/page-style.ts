/** Style of the page: one measure of text, quiet lines, colour only where it judges. Light and dark by the reader's system. */
export const pageStyle = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5f6a75; --line: #dfe3e8; --ground: #fbfbfa; --card: #ffffff; --good: #1a7f4b; --bad: #b42318; --warn: #8f5a00; --note: #2b5c9e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7ea; --soft: #98a2ad; --line: #2d333a; --ground: #14171a; --card: #1b1f23; --good: #5cc78f; --bad: #ff8577; --warn: #e6b450; --note: #86b3f0; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
main { max-width: 72rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
.subject { margin: 0 0 .125rem; color: var(--soft); font-size: .875rem; }
h1 { margin: 0 0 1.5rem; font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -.01em; }
h2 { margin: 2.75rem 0 .75rem; font-size: 1.0625rem; font-weight: 650; }
p { margin: .75rem 0; }
a { color: var(--note); text-underline-offset: .15em; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .875em; }
pre { overflow-x: auto; padding: .875rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); white-space: pre-wrap; }
.verdict { margin: 0 0 1.5rem; padding: .875rem 1.125rem; border-left: .25rem solid var(--note); border-radius: .25rem; background: var(--card); font-size: 1.0625rem; }
.verdict.caution { border-color: var(--bad); } .verdict.warning { border-color: var(--warn); } .verdict.tip { border-color: var(--good); }
.verdict.caution strong { color: var(--bad); } .verdict.warning strong { color: var(--warn); } .verdict.tip strong { color: var(--good); }
.table { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; min-width: min(100%, 38rem); font-size: .9375rem; }
th, td { padding: .4375rem 1.75rem .4375rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: baseline; }
th:last-child, td:last-child { padding-right: 0; }
th { color: var(--soft); font-weight: 500; font-size: .8125rem; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
.tone { white-space: nowrap; } .tone.good { color: var(--good); } .tone.bad { color: var(--bad); } .tone.warning { color: var(--warn); } .tone.neutral { color: var(--soft); }
.charts { display: grid; grid-auto-flow: dense; grid-template-columns: repeat(auto-fill, minmax(min(100%, 25rem), 1fr)); gap: 1rem; }
.chart { margin: 0; padding: 1rem; min-width: 0; overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
.chart figcaption { margin: 0 0 .5rem; font-size: .875rem; font-weight: 600; line-height: 1.4; } .chart figcaption small { display: block; color: var(--soft); font-size: .75rem; font-weight: 400; }
.pictures figcaption { margin-top: .5rem; color: var(--soft); font-size: .8125rem; }
.chart img, .pictures img { display: block; max-width: 100%; height: auto; }
.chart.wide { grid-column: 1 / -1; } .chart .vega { width: 100%; min-width: 0; }
.chart .vega form.vega-bindings { margin-top: .5rem; font-size: .8125rem; color: var(--soft); }
.chart.live .still { display: none; }
.beside { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem 2.5rem; } .beside > div { min-width: 0; } .side { display: grid; gap: 1rem; align-content: start; }
@media (min-width: 68rem) { .beside { grid-template-columns: minmax(0, 1.65fr) minmax(0, 1fr); } .beside table { min-width: 0; } .beside th, .beside td { padding-right: 1.25rem; } }
.pictures { margin: 1rem 0; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
.sides { display: flex; flex-wrap: wrap; gap: 1rem; } .sides > div { flex: 1 1 15rem; min-width: 0; } .sides small, .missing { color: var(--soft); }
details { margin: 1rem 0; } summary { cursor: pointer; color: var(--soft); }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .8125rem; }
.prose { margin-bottom: 2rem; }
@media (prefers-color-scheme: dark) { .chart .still img { filter: invert(.88) hue-rotate(180deg); } }
@media (max-width: 40rem) { main { padding: 1.5rem 1rem 3rem; } .chart { padding: .75rem; } table, .beside table { min-width: 100%; font-size: .875rem; } th, td, .beside th, .beside td { padding-right: .75rem; } th code { display: block; } td { overflow-wrap: anywhere; }
  /* Old and new value say it; what became of them must be on the screen. */
  #metrics th:nth-child(n+4):nth-last-child(2), #metrics td:nth-child(n+4):nth-last-child(2) { display: none; } }
@media print { body { background: #fff; } .chart, .pictures { break-inside: avoid; } }
`.trim();

/**
 * Draws every chart from the data block beside it in place of its still picture, again when the reader's colour scheme changes. A chart that fails
 * keeps its picture.
 */
export const pageScript = `
(() => {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const views = new Map();
  const composed = ["hconcat", "vconcat", "concat", "facet", "repeat", "spec"];
  const channels = ["facet", "row", "column"];
  const isPlain = (spec) => !/\\/vega\\/v/.test(String(spec.$schema)) && composed.every((key) => !(key in spec)) && channels.every((key) => !(spec.encoding && key in spec.encoding));
  const config = () => {
    const ink = dark.matches ? "#e4e7ea" : "#1c2024", soft = dark.matches ? "#98a2ad" : "#5f6a75", line = dark.matches ? "#2d333a" : "#e6e9ed";
    return { background: "transparent", font: "system-ui, sans-serif", title: { color: ink, subtitleColor: soft, fontSize: 13, fontWeight: 600, anchor: "start", offset: 10 }, style: { "guide-label": { fill: soft }, "guide-title": { fill: ink }, text: { fill: ink } },
      axis: { domainColor: line, gridColor: line, tickColor: line, labelColor: soft, titleColor: soft, titleFontWeight: 500, labelFontSize: 11, titleFontSize: 11 },
      legend: { orient: "top", layout: { top: { anchor: "start", direction: "vertical", margin: 2 } }, labelColor: ink, titleColor: soft, titleFontWeight: 500, labelFontSize: 11, titleFontSize: 11, titleOrient: "left" }, header: { labelColor: ink, titleColor: soft }, view: { stroke: null }, line: { strokeWidth: 2 } };
  };
  const draw = async (figure) => {
    const spec = JSON.parse(figure.querySelector("script").textContent);
    const target = figure.querySelector(".vega");
    if (isPlain(spec)) { spec.width = "container"; spec.autosize = { type: "fit", contains: "padding" }; }
    delete spec.background;
    figure.classList.add("live");
    try {
      const old = views.get(figure);
      if (old) old.finalize();
      views.set(figure, await cmlEmbed(target, spec, { actions: false, renderer: "svg", logLevel: 1, config: config() }));
    } catch (error) {
      target.replaceChildren();
      figure.classList.remove("live");
    }
  };
  const turns = new Map();
  const drawInTurn = (figure) => { turns.set(figure, (turns.get(figure) ?? Promise.resolve()).then(() => draw(figure))); };
  const figures = [...document.querySelectorAll(".chart[data-live]")];
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) { near.unobserve(entry.target); drawInTurn(entry.target); }
  }, { rootMargin: "600px" });
  for (const figure of figures) near.observe(figure);
  dark.addEventListener("change", () => { for (const figure of turns.keys()) drawInTurn(figure); });
})();
`.trim();
