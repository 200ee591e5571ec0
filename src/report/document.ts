/**
 * A report before it has a form. Sections build blocks of spans with raw names and values in them; each writer (Markdown, terminal, HTML)
 * escapes for its own form, in one place, so that a hostile metric name cannot become markup.
 */
export type Span =
  /** Words; markup in them is inert. */
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "strong"; readonly spans: readonly Span[] }
  /** A name or value from a file: bare where it is harmless, else as code. */
  | { readonly kind: "name"; readonly text: string }
  /** A name or value from a file, always as code. */
  | { readonly kind: "code"; readonly text: string }
  /** `main@9f2c1ab`, checked to be harmless by its maker. */
  | { readonly kind: "revision"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly url: string }
  /** Words of ours that carry a judgement; coloured where colour exists. */
  | { readonly kind: "tone"; readonly tone: Tone; readonly text: string };

export type Tone = "good" | "bad" | "warning" | "neutral";

export type AlertKind = "caution" | "warning" | "note" | "tip";

export interface Column {
  readonly title: readonly Span[];
  readonly align: "left" | "right";
}

export type Block =
  | { readonly kind: "paragraph"; readonly spans: readonly Span[] }
  | { readonly kind: "heading"; readonly spans: readonly Span[] }
  | { readonly kind: "alert"; readonly alert: AlertKind; readonly spans: readonly Span[] }
  | { readonly kind: "table"; readonly columns: readonly Column[]; readonly rows: readonly (readonly (readonly Span[])[])[] }
  | { readonly kind: "list"; readonly items: readonly (readonly Span[])[] }
  /** A drawn plot; `slot` names it among the report's pictures. */
  | { readonly kind: "chart"; readonly slot: string; readonly alt: string }
  /** A table with charts beside it where there is room, else below it. */
  | { readonly kind: "beside"; readonly main: readonly Block[]; readonly side: readonly Block[] }
  /** Images side by side, one per labelled side. */
  | {
      readonly kind: "pictures";
      readonly path: string;
      readonly sides: readonly { readonly label: string; readonly slot: string | null }[];
    }
  | { readonly kind: "details"; readonly summary: string; readonly blocks: readonly Block[] }
  /** Code or a line to type, given whole. */
  | { readonly kind: "fence"; readonly language: string; readonly text: string }
  | { readonly kind: "footer"; readonly items: readonly (readonly Span[])[] };

export type SectionName = "gates" | "metrics" | "params" | "plots" | "images" | "data";

/** Where a block belongs when prose places sections by hand; null: the report's frame (verdict, footer). */
export interface Part {
  readonly section: SectionName | null;
  readonly blocks: readonly Block[];
}

/** Pictures by slot: plots to draw and images to show. */
export interface Slots {
  readonly charts: ReadonlyMap<string, import("../compare/comparison.ts").Plot>;
  readonly images: ReadonlyMap<string, { readonly path: string; readonly mediaType: string; readonly bytes: Uint8Array }>;
}

export function text(value: string): Span {
  return { kind: "text", text: value };
}
export function name(value: string): Span {
  return { kind: "name", text: value };
}
export function code(value: string): Span {
  return { kind: "code", text: value };
}
export function strong(...spans: readonly Span[]): Span {
  return { kind: "strong", spans };
}
export function tone(kind: Tone, value: string): Span {
  return { kind: "tone", tone: kind, text: value };
}
export function heading(value: string): Block {
  return { kind: "heading", spans: [text(value)] };
}
export function paragraph(...spans: readonly Span[]): Block {
  return { kind: "paragraph", spans };
}

/** A sentence whose literals stand between backticks, as in error messages. */
export function prose(sentence: string): Span[] {
  const parts = sentence.split("`");
  if (parts.length % 2 === 0) return [text(sentence)];
  return parts.map((part, index) => (index % 2 === 0 ? text(part) : code(part))).filter((span) => plainText([span]) !== "");
}

/** Text of spans without any markup; for output variables, titles and alternative text. */
export function plainText(spans: readonly Span[]): string {
  return spans.map((span) => (span.kind === "strong" ? plainText(span.spans) : span.text)).join("");
}
