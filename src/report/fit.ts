import { blocksOf } from "./block.ts";

/** Size of a text; forges count one or the other. */
export interface Budget {
  readonly bytes: number;
  readonly codePoints: number;
}

export interface Fitted {
  readonly text: string;
  /** Blocks that did not fit, in order; empty when everything did. */
  readonly moved: string;
}

export function measure(text: string): Budget {
  let codePoints = 0;
  for (const _ of text) codePoints++;
  return { bytes: new TextEncoder().encode(text).length, codePoints };
}

export function fits(text: string, budget: Budget): boolean {
  // A UTF-16 unit is at least one byte, and a code point at most two of them: most texts need no counting.
  if (text.length * 3 <= budget.bytes && text.length <= budget.codePoints) return true;
  const size = measure(text);
  return size.bytes <= budget.bytes && size.codePoints <= budget.codePoints;
}

/**
 * Keeps what fits of a Markdown text, whole top-level blocks at a time, so that no table, fence or character is ever cut; `<details>` with
 * all in it is one block. A block that does not fit takes the rest of its section with it. `note` says how many blocks were moved and
 * stands at the end.
 */
export function fit(markdown: string, budget: Budget, note: (moved: number) => string): Fitted {
  if (fits(markdown, budget)) return { text: markdown, moved: "" };
  const blocks = blocksOf(markdown);
  const tail = measure(note(blocks.length));
  let room: Budget = { bytes: budget.bytes - tail.bytes - 4, codePoints: budget.codePoints - tail.codePoints - 4 };
  const kept: string[] = [];
  const moved: string[] = [];
  let skipping = false;
  for (const block of blocks) {
    if (block.startsSection) skipping = false;
    const size = measure(block.text);
    const hasRoom = size.bytes <= room.bytes && size.codePoints <= room.codePoints;
    // Definitions are invisible and blocks on either side may refer to them.
    if (block.isDefinition && hasRoom) moved.push(block.text);
    if (hasRoom && (!skipping || block.isDefinition)) {
      kept.push(block.text);
      room = { bytes: room.bytes - size.bytes, codePoints: room.codePoints - size.codePoints };
    } else {
      moved.push(block.text);
      skipping = true;
    }
  }
  const head = kept.join("").trimEnd();
  return { text: `${head}${head === "" ? "" : "\n\n"}${note(moved.length)}`, moved: moved.join("") };
}
