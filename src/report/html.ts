import type { Block, Column, Part, Span } from "./document.ts";
import { destination, html, isHarmless, visible } from "./escape.ts";

export interface HtmlOptions {
  /** Markup of a drawn plot. */
  readonly chart: (slot: string, alt: string) => string;
  /** `data:` address of an image, null when it cannot be shown. */
  readonly image: (slot: string) => string | null;
}

/** Parts as HTML, one `<section>` each; every text from a file is escaped. */
export function toHtml(parts: readonly Part[], options: HtmlOptions): string {
  return parts
    .filter((part) => part.blocks.length > 0)
    .map((part) => {
      const inner = grouped(part.blocks, options);
      return part.section === null ? inner : `<section id="${part.section}">\n${inner}\n</section>`;
    })
    .join("\n");
}

/** Charts that follow one another share a grid. */
function grouped(blocks: readonly Block[], options: HtmlOptions): string {
  const lines: string[] = [];
  let charts: string[] = [];
  const close = (): void => {
    if (charts.length > 0) lines.push(`<div class="charts">\n${charts.join("\n")}\n</div>`);
    charts = [];
  };
  for (const block of blocks) {
    if (block.kind === "chart") charts.push(options.chart(block.slot, block.alt));
    else {
      close();
      lines.push(blockOf(block, options));
    }
  }
  close();
  return lines.join("\n");
}

function blockOf(block: Block, options: HtmlOptions): string {
  switch (block.kind) {
    case "paragraph":
      return `<p>${spansOf(block.spans)}</p>`;
    case "heading":
      return `<h2>${spansOf(block.spans)}</h2>`;
    case "alert":
      return `<p class="verdict ${block.alert}" role="status">${spansOf(block.spans)}</p>`;
    case "table":
      return tableOf(block.columns, block.rows);
    case "beside":
      return `<div class="beside"><div>\n${grouped(block.main, options)}\n</div><div class="side">\n${block.side.map((item) => blockOf(item, options)).join("\n")}\n</div></div>`;
    case "list":
      return `<ul>${block.items.map((item) => `<li>${spansOf(item)}</li>`).join("")}</ul>`;
    case "chart":
      return options.chart(block.slot, block.alt);
    case "pictures":
      return picturesOf(block, options);
    case "details":
      return `<details><summary>${html(block.summary)}</summary>\n${grouped(block.blocks, options)}\n</details>`;
    case "fence":
      return `<pre><code>${html(block.text)}</code></pre>`;
    case "footer":
      return `<footer>${block.items.map((item) => spansOf(item)).join(" · ")}</footer>`;
  }
}

function tableOf(columns: readonly Column[], rows: readonly (readonly (readonly Span[])[])[]): string {
  const cell = (tag: "td" | "th", index: number, spans: readonly Span[]): string => {
    const right = columns[index]?.align === "right" ? ' class="number"' : "";
    return `<${tag}${right}${tag === "th" ? ' scope="col"' : ""}>${spansOf(spans)}</${tag}>`;
  };
  const head = columns.map((column, index) => cell("th", index, column.title)).join("");
  const body = rows.map((row) => `<tr>${row.map((spans, index) => cell("td", index, spans)).join("")}</tr>`).join("\n");
  return `<div class="table" tabindex="0"><table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table></div>`;
}

function picturesOf(block: Extract<Block, { kind: "pictures" }>, options: HtmlOptions): string {
  const sides = block.sides.map((side) => {
    const address = side.slot === null ? null : options.image(side.slot);
    const shown =
      address === null
        ? '<span class="missing">not there</span>'
        : `<img src="${html(address)}" alt="${html(`${block.path}, ${side.label}`)}" loading="lazy">`;
    return `<div>${shown}<small>${html(visible(side.label))}</small></div>`;
  });
  return `<figure class="pictures"><div class="sides">${sides.join("")}</div><figcaption><code>${html(visible(block.path))}</code></figcaption></figure>`;
}

function spansOf(spans: readonly Span[]): string {
  return spans.map(spanOf).join("");
}

function spanOf(span: Span): string {
  switch (span.kind) {
    case "text":
      return html(visible(span.text, 2000));
    case "revision":
      return html(span.text);
    case "tone":
      return `<span class="tone ${span.tone}">${html(span.text)}</span>`;
    case "strong":
      return `<strong>${spansOf(span.spans)}</strong>`;
    case "name":
      return isHarmless(span.text) ? html(visible(span.text)) : `<code>${html(visible(span.text))}</code>`;
    case "code":
      return `<code>${html(visible(span.text))}</code>`;
    case "link":
      return `<a href="${html(destination(span.url))}" rel="noopener noreferrer">${html(span.text)}</a>`;
  }
}
