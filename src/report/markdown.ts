import { altText, codeSpan, destination, html, nameText, words } from "./escape.ts";
import type { AlertKind, Block, Column, Part, Span } from "./document.ts";
import type { MarkdownAbility } from "../forge/contract.ts";

export interface MarkdownOptions {
  readonly ability: MarkdownAbility;
  /** Address of a picture by slot, null where it has none: then its words stand alone. */
  readonly picture: (slot: string) => string | null;
}

/** Parts as Markdown of GitHub's dialect, blocks a blank line apart, with one line end at the end. */
export function toMarkdown(parts: readonly Part[], options: MarkdownOptions): string {
  const blocks = parts.flatMap((part) => part.blocks).map((block) => blockOf(block, options));
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function blockOf(block: Block, options: MarkdownOptions): string {
  switch (block.kind) {
    case "paragraph":
      return spansOf(block.spans, false);
    case "heading":
      return `### ${spansOf(block.spans, false)}`;
    case "alert":
      return alertOf(block.alert, spansOf(block.spans, false), options.ability.alerts);
    case "table":
      return tableOf(block.columns, block.rows);
    case "beside":
      return [...block.main, ...block.side]
        .map((item) => blockOf(item, options))
        .filter((item) => item !== "")
        .join("\n\n");
    case "list":
      return block.items.map((item) => `- ${spansOf(item, false)}`).join("\n");
    case "chart":
      return pictureOf(block.alt, options.picture(block.slot));
    case "pictures":
      return picturesOf(block, options);
    case "details":
      return detailsOf(block.summary, block.blocks, options);
    case "fence":
      return `${fenceFor(block.text)}${block.language}\n${block.text}\n${fenceFor(block.text)}`;
    case "footer": {
      const line = block.items.map((item) => spansOf(item, false)).join(" · ");
      return options.ability.details ? `<sub>${line}</sub>` : line;
    }
  }
}

function alertOf(kind: AlertKind, line: string, drawn: boolean): string {
  return drawn ? `> [!${kind.toUpperCase()}]\n> ${line}` : line;
}

function tableOf(columns: readonly Column[], rows: readonly (readonly (readonly Span[])[])[]): string {
  const line = (cells: readonly (readonly Span[])[]): string =>
    `| ${cells.map((cell) => spansOf(cell, true)).join(" | ")} |`.replace(/ {2,}\|/g, " |");
  const rule = `| ${columns.map((column) => (column.align === "right" ? "---:" : "---")).join(" | ")} |`;
  return [line(columns.map((column) => column.title)), rule, ...rows.map(line)].join("\n");
}

function pictureOf(alt: string, address: string | null): string {
  return address === null ? "" : `![${altText(alt)}](${destination(address)})`;
}

function picturesOf(block: Extract<Block, { kind: "pictures" }>, options: MarkdownOptions): string {
  const cells = block.sides.map((side) => ({
    label: side.label,
    address: side.slot === null ? null : options.picture(side.slot),
  }));
  const pathText = codeSpan(block.path, true);
  if (cells.every((cell) => cell.address === null)) return `${pathText}: not shown`;
  if (cells.length === 1) return `${pathText}\n\n${pictureOf(block.path, cells[0]?.address ?? null)}`;
  return [
    `| ${cells.map((cell) => nameText(cell.label, true)).join(" | ")} |`,
    `|${cells.map(() => " --- |").join("")}`,
    `| ${cells.map((cell) => (cell.address === null ? "not there" : pictureOf(`${block.path}, ${cell.label}`, cell.address))).join(" | ")} |`,
    "",
    pathText,
  ].join("\n");
}

function detailsOf(summary: string, blocks: readonly Block[], options: MarkdownOptions): string {
  const inner = blocks
    .map((block) => blockOf(block, options))
    .filter((block) => block !== "")
    .join("\n\n");
  if (!options.ability.details) return `**${words(summary)}**\n\n${inner}`;
  return `<details><summary>${html(summary)}</summary>\n\n${inner}\n\n</details>`;
}

function spansOf(spans: readonly Span[], inCell: boolean): string {
  return spans.map((span) => spanOf(span, inCell)).join("");
}

function spanOf(span: Span, inCell: boolean): string {
  switch (span.kind) {
    case "text":
    case "tone":
      return words(span.text);
    case "revision":
      return span.text;
    case "strong":
      return `**${spansOf(span.spans, inCell)}**`;
    case "name":
      return nameText(span.text, inCell);
    case "code":
      return codeSpan(span.text, inCell);
    case "link":
      return `[${words(span.text)}](${destination(span.url)})`;
  }
}

function fenceFor(content: string): string {
  let longest = 2;
  for (const run of content.match(/`+/g) ?? []) longest = Math.max(longest, run.length);
  return "`".repeat(longest + 1);
}
