import type { ImageChange } from "../../compare/comparison.ts";
import type { Block } from "../document.ts";
import type { Report } from "../report.ts";

/** Largest image that is shown; larger ones are named only. */
export const imageLimitBytes = 10_000_000;

/** An address that needs no escaping in any form of the report; different for different paths. */
export function imageSlot(path: string, side: "old" | "new"): string {
  return `image/${side}/${path.replace(/[^A-Za-z0-9./_-]/gu, (char) => `~${(char.codePointAt(0) ?? 0).toString(16)}~`)}`;
}

export function shownSlot(image: ImageChange, side: "old" | "new"): string | null {
  const bytes = image[side];
  return bytes === null || bytes.length > imageLimitBytes ? null : imageSlot(image.path, side);
}

/** Before and after side by side; an unchanged image once. Changed ones first. */
export function imageBlocks(report: Report): Block[] {
  const { images, base } = report.comparison;
  const sorted = [...images.filter((image) => image.changed), ...images.filter((image) => !image.changed)];
  return sorted.map((image) => ({
    kind: "pictures",
    path: image.path,
    sides: [
      ...(base !== null && image.changed ? [{ label: base.name, slot: shownSlot(image, "old") }] : []),
      { label: "this", slot: shownSlot(image, "new") },
    ],
  }));
}
