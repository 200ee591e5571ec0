import { CmlError } from "../core/error.ts";
import type { Forge, Image } from "../forge/contract.ts";
import type { Log } from "../host/log.ts";
import { toBody } from "./body.ts";
import { compose, slotsOf } from "./compose.ts";
import { type Draft, draftOf, type Room } from "./draft.ts";
import type { Pictures } from "./picture.ts";
import type { Report } from "./report.ts";
import type { ImageSource } from "./splice.ts";
import type { Block } from "./document.ts";

export interface CommentOptions {
  readonly prose: string | null;
  /** Images that the prose names. */
  readonly images: ImageSource;
  readonly pictures: Pictures;
  readonly log: Log;
  /** Called with each picture's published address. */
  readonly published?: (slot: string, url: string) => void;
}

const scheme = "cml:";

/** Slots of the pictures that the comment's form shows. */
export function shownSlots(report: Report): string[] {
  const slots = (block: Block): string[] => {
    if (block.kind === "chart") return [block.slot];
    if (block.kind === "pictures") return block.sides.flatMap((side) => (side.slot === null ? [] : [side.slot]));
    return block.kind === "details" ? block.blocks.flatMap(slots) : [];
  };
  return compose(report, { form: "comment", foldedRows: 0 }).flatMap((part) => part.blocks.flatMap(slots));
}

/** Draws what the comment shows: images by slot, without those that could not be drawn. */
export async function drawImages(report: Report, pictures: Pictures): Promise<Map<string, Image>> {
  const images = new Map<string, Image>();
  const slots = slotsOf(report);
  for (const slot of shownSlots(report)) {
    const file = slots.images.get(slot);
    if (file !== undefined)
      images.set(slot, { name: file.path.replace(/^.*\//, ""), mediaType: file.mediaType, bytes: file.bytes });
    const plot = report.charts.get(slot);
    if (plot === undefined) continue;
    const bytes = await pictures.png(slot);
    if (bytes !== null) images.set(slot, { name: `${slot.replace(/^chart\//, "")}.png`, mediaType: "image/png", bytes });
  }
  return images;
}

/**
 * The comment's text for any room. Pictures that cannot be stored (no permission, refused by the forge) are left out and told on the log: a report
 * without pictures is better than none.
 */
export function commentDraft(report: () => Report, forge: Pick<Forge, "markdown">, options: CommentOptions): Draft {
  let drawn: Promise<Map<string, Image>> | undefined;
  return async (room) => {
    if (room.put === null) return write(room, new Map());
    const images = await (drawn ??= drawImages(report(), options.pictures));
    try {
      return await write(room, images);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      options.log.warn(
        `the report appears without pictures: ${error.message}${error.hint === undefined ? "" : `; ${error.hint}`}`,
      );
      return write({ ...room, put: null }, new Map());
    }
  };

  function write(room: Room, images: ReadonlyMap<string, Image>): Promise<string> {
    const source: ImageSource = async (address) => {
      return address.startsWith(scheme) ? (images.get(address.slice(scheme.length)) ?? null) : options.images(address);
    };
    const markdown = toBody(report(), {
      prose: options.prose,
      ability: forge.markdown,
      picture: (slot) => (images.has(slot) ? scheme + slot : null),
    });
    return draftOf(markdown, source)({ budget: room.budget, put: noting(room.put, images) });
  }

  function noting(put: Room["put"], images: ReadonlyMap<string, Image>): Room["put"] {
    if (put === null) return null;
    return async (list) => {
      const urls = await put(list);
      for (const [slot, image] of images) {
        const url = urls[list.indexOf(image)];
        if (url !== undefined && url !== "") options.published?.(slot, url);
      }
      return urls;
    };
  }
}

function isRefusal(error: unknown): error is CmlError {
  if (!(error instanceof CmlError)) return false;
  return (
    error.kind === "unsupported" ||
    error.kind === "input" ||
    error.kind === "not-found" ||
    error.kind === "conflict" ||
    (error.kind === "auth" && error.details["status"] !== 401)
  );
}
