import type { Block, Column, Part, Span, Tone } from "./document.ts";
import { visible } from "./escape.ts";
import { displayWidth } from "../compare/display-width.ts";

export interface TerminalOptions {
  readonly color: boolean;
  readonly width: number;
}

const codes: Readonly<Record<Tone | "strong" | "dim", string>> = {
  good: "32",
  bad: "31",
  warning: "33",
  neutral: "2",
  strong: "1",
  dim: "2",
};

/** Parts for people at a terminal: tables in columns, folds opened, pictures left to the page. */
export function toTerminal(parts: readonly Part[], options: TerminalOptions): string {
  const blocks = parts.flatMap((part) => part.blocks).map((block) => blockOf(block, options));
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function blockOf(block: Block, options: TerminalOptions): string {
  switch (block.kind) {
    case "paragraph":
      return wrap(spansOf(block.spans, options), options.width);
    case "alert": {
      const tones = { caution: "bad", warning: "warning", note: "neutral", tip: "good" } as const;
      return wrap(spansOf(block.spans, options, tones[block.alert]), options.width);
    }
    case "heading":
      return paint("strong", spansOf(block.spans, { ...options, color: false }), options);
    case "table":
      return tableOf(block.columns, block.rows, options);
    case "beside":
      return block.main
        .map((item) => blockOf(item, options))
        .filter((item) => item !== "")
        .join("\n\n");
    case "list":
      return block.items.map((item) => `- ${spansOf(item, options)}`).join("\n");
    case "details": {
      const inner = block.blocks.map((item) => blockOf(item, options)).filter((item) => item !== "");
      return [paint("dim", block.summary, options), ...inner].join("\n\n");
    }
    case "fence":
      return block.text
        .split("\n")
        .map((line) => `    ${visible(line, 400)}`)
        .join("\n");
    case "footer":
      return wrap(
        paint("dim", block.items.map((item) => spansOf(item, { ...options, color: false })).join(" · "), options),
        options.width,
      );
    case "chart":
    case "pictures":
      return "";
  }
}

function spansOf(spans: readonly Span[], options: TerminalOptions, strongTone?: Tone): string {
  return spans
    .map((span) => {
      switch (span.kind) {
        case "strong": {
          const inner = spansOf(span.spans, { ...options, color: false });
          const bold = paint("strong", inner, options);
          return strongTone === undefined || strongTone === "neutral" ? bold : paint(strongTone, bold, options);
        }
        case "tone":
          return paint(span.tone, visible(span.text), options);
        case "link":
          return `${visible(span.text)} ${visible(span.url, 500)}`;
        case "text":
          return visible(span.text, 2000);
        case "name":
        case "code":
        case "revision":
          return visible(span.text);
      }
    })
    .join("");
}

function paint(kind: keyof typeof codes, value: string, options: TerminalOptions): string {
  return options.color && value !== "" ? `\u001b[${codes[kind]}m${value}\u001b[0m` : value;
}

/** Visible columns of a text that may hold our own colour codes. */
function widthOf(value: string): number {
  // oxlint-disable-next-line no-control-regex -- the escape character starts a colour code
  return displayWidth(value.replace(/\u001b\[\d+m/g, ""));
}

function tableOf(columns: readonly Column[], rows: readonly (readonly (readonly Span[])[])[], options: TerminalOptions): string {
  const head = columns.map((column) => spansOf(column.title, { ...options, color: false }));
  const body = rows.map((row) => row.map((cell) => spansOf(cell, options)));
  const widths = columns.map((_, index) => Math.max(widthOf(head[index] ?? ""), ...body.map((row) => widthOf(row[index] ?? ""))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => {
        const space = " ".repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cell)));
        return columns[index]?.align === "right" ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd();
  return [paint("dim", line(head), options), ...body.map(line)].map((text) => `  ${text}`).join("\n");
}

/** Breaks at spaces; words longer than the line stay whole. */
function wrap(value: string, width: number): string {
  const limit = Math.max(40, width);
  const lines: string[] = [];
  let current = "";
  for (const word of value.split(" ")) {
    const next = current === "" ? word : `${current} ${word}`;
    if (widthOf(next) > limit && current !== "") {
      lines.push(current);
      current = word;
    } else current = next;
  }
  lines.push(current);
  return lines.join("\n");
}

const bars = "▁▂▃▄▅▆▇█";

/** The course of a series in one line of text, at most `width` characters; gaps for what is no number. */
export function sparkline(values: readonly number[], width = 24): string {
  if (values.length < 2) return "";
  const size = Math.min(width, values.length);
  const picked = Array.from(
    { length: size },
    (_, index) => values[Math.round((index * (values.length - 1)) / (size - 1))] ?? Number.NaN,
  );
  const finite = picked.filter(Number.isFinite);
  if (finite.length === 0) return "";
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low;
  return picked
    .map((value) => (Number.isFinite(value) ? (bars[span === 0 ? 3 : Math.round(((value - low) / span) * 7)] ?? " ") : " "))
    .join("");
}
