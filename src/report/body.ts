import type { MarkdownAbility } from "../forge/contract.ts";
import { compose, openParts } from "./compose.ts";
import { toMarkdown } from "./markdown.ts";
import { fill, placed } from "./placeholders.ts";
import type { Report } from "./report.ts";

export interface BodyOptions {
  /** Prose that comes first, as written; null without one. */
  readonly prose: string | null;
  readonly ability: MarkdownAbility;
  /** Address of a picture by slot, null where it has none. */
  readonly picture: (slot: string) => string | null;
}

/** What stands below the fold, rows a table and pictures a kind; little where the forge cannot fold. The page has everything. */
const folded = { foldedRows: 100, foldedPictures: 20 };
const unfolded = { foldedRows: 10, foldedPictures: 4 };

/** The report as Markdown: the prose byte for byte, sections where it places them, then the rest. */
export function toBody(report: Report, options: BodyOptions): string {
  const { prose } = options;
  const size = options.ability.details ? folded : unfolded;
  if (prose === null) return toMarkdown(compose(report, { form: "comment", ...size }), options);
  const skip = placed(prose);
  const rest = toMarkdown(compose(report, { form: "comment", ...size, skip }), options);
  if (skip.size === 0) return joined(prose, rest);
  const parts = openParts(report, { rows: size.foldedRows, pictures: size.foldedPictures });
  const filled = fill(prose, (section) => {
    // The prose has a heading of its own.
    const own = parts
      .filter((part) => part.section === section)
      .map((part) => ({ ...part, blocks: part.blocks.filter((block) => block.kind !== "heading") }));
    return own.length === 0 ? "" : toMarkdown(own, options);
  });
  return joined(filled, rest);
}

function joined(prose: string, rest: string): string {
  if (prose.trim() === "") return prose + rest;
  return `${prose}${prose.endsWith("\n\n") ? "" : prose.endsWith("\n") ? "\n" : "\n\n"}${rest}`;
}
