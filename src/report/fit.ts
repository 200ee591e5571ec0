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
export async function fit(markdown: string, budget: Budget, note: (moved: number) => string): Promise<Fitted> {
  if (fits(markdown, budget)) return { text: markdown, moved: "" };
  const blocks = await topBlocks(markdown);
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

interface Block {
  readonly text: string;
  readonly startsSection: boolean;
  readonly isDefinition: boolean;
}

/** Top-level blocks with the blank lines after them: joined they are the text again. A heading and what follows it are one. */
async function topBlocks(markdown: string): Promise<Block[]> {
  const { fromMarkdown } = await import("mdast-util-from-markdown");
  const { gfm } = await import("micromark-extension-gfm");
  const { gfmFromMarkdown } = await import("mdast-util-gfm");
  const nodes = fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }).children;
  const starts: { offset: number; startsSection: boolean; isDefinition: boolean }[] = [];
  let depth = 0;
  let afterHeading = false;
  for (const node of nodes) {
    const offset = node.position?.start.offset ?? 0;
    if (depth === 0 && !afterHeading) {
      const isDefinition = node.type === "definition" || node.type === "footnoteDefinition";
      starts.push({ offset: starts.length === 0 ? 0 : offset, startsSection: node.type === "heading", isDefinition });
    }
    if (node.type === "html") depth = Math.max(0, depth + opened(node.value));
    afterHeading = node.type === "heading";
  }
  return starts.map(({ offset, ...block }, index) => ({ ...block, text: markdown.slice(offset, starts[index + 1]?.offset) }));
}

function opened(html: string): number {
  return [...html.matchAll(/<details\b/gi)].length - [...html.matchAll(/<\/details\s*>/gi)].length;
}
