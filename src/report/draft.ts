import type { PutImages } from "../publish/chain.ts";
import { type Budget, fit } from "./fit.ts";
import { type ImageSource, spliceImages } from "./splice.ts";

/** What a comment's text may use: a place for images (null: none) and how long it may be. */
export interface Room {
  readonly put: PutImages | null;
  readonly budget: Budget;
}

/** Writes a comment's text. Called again for a smaller room, and once without a place for images where those need the comment first. */
export type Draft = (room: Room) => Promise<string>;

/** Left free for the line that tells of moved blocks: an address is part of it. */
const reserve = 600;

/** A finished text with its local images published; what is too long goes to a linked file, where images can go, else it is left out and said so. */
export function draftOf(markdown: string, source: ImageSource): Draft {
  return async ({ put, budget }) => {
    const full = await spliceImages(markdown, source, put);
    const whole = fit(full, budget, () => "");
    if (whole.moved === "") return whole.text;
    const smaller = { bytes: budget.bytes - reserve, codePoints: budget.codePoints - reserve };
    let count = 0;
    const fitted = fit(full, smaller, (moved) => {
      count = moved;
      return "";
    });
    const [url] =
      put === null ? [] : await put([{ name: "report.md", mediaType: "text/markdown", bytes: new TextEncoder().encode(full) }]);
    const what = `${count} ${count === 1 ? "part" : "parts"} of this report did not fit`;
    return `${fitted.text.trimEnd()}\n\n*${what}${url === undefined ? "." : `: [full report](${url})`}*\n`;
  };
}
