/** A stretch of Markdown that can be moved as a whole: one or more top-level blocks with the blank lines after them. */
export interface Block {
  readonly text: string;
  readonly startsSection: boolean;
  readonly isDefinition: boolean;
}

/**
 * Cuts Markdown where no table, fence, list, quote, HTML block or `<details>` is open; joined, the blocks are the text again. A heading and what
 * follows it are one block. A reader of lines instead of a parser: it may leave two blocks together, never a block apart, and takes
 * milliseconds where parsing a text of a megabyte takes seconds.
 */
export function blocksOf(markdown: string): Block[] {
  const lines = markdown.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const blocks: Block[] = [];
  const reader = lineReader();
  let text = "";
  let first = "";
  const end = (): void => {
    if (text === "") return;
    const isDefinition = /^ {0,3}\[[^\]\n]+\]:/.test(first) && reader.kind() !== "list";
    blocks.push({ text, startsSection: isHeading(first), isDefinition });
    text = "";
  };
  for (const line of lines) {
    if (text !== "" && reader.mayCutBefore(line)) {
      end();
      reader.restart();
    }
    if (text.trim() === "") first = line;
    text += line;
    reader.take(line);
  }
  end();
  return blocks;
}

interface LineReader {
  /** Whether the line starts a block of its own. */
  mayCutBefore(line: string): boolean;
  take(line: string): void;
  restart(): void;
  kind(): "list" | "other";
}

function lineReader(): LineReader {
  let fence: string | null = null;
  let html: RegExp | null = null;
  let details = 0;
  let wasBlank = true;
  let onlyHeading = false;
  let isList = false;
  let hasContent = false;
  return {
    kind: () => (isList ? "list" : "other"),
    restart() {
      wasBlank = true;
      onlyHeading = false;
      isList = false;
      hasContent = false;
    },
    mayCutBefore(line) {
      if (fence !== null || html !== null || details > 0 || isBlank(line) || onlyHeading) return false;
      if (isHeading(line) && hasContent) return !isList || wasBlank;
      if (!wasBlank) return false;
      // Indented: the list item or the code goes on.
      if (/^(?: {2,}|\t| \t)/.test(line)) return false;
      return !(isList && isItem(line)) && hasContent;
    },
    take(line) {
      const blank = isBlank(line);
      if (fence !== null) {
        if (closes(line, fence)) fence = null;
      } else if (html !== null) {
        if (html.test(line)) html = null;
      } else {
        if (!hasContent && isItem(line)) isList = true;
        fence = opens(line, isList);
        if (fence === null) {
          html = openHtml(line);
          details = Math.max(0, details + count(line, /<details\b/gi) - count(line, /<\/details\s*>/gi));
        }
      }
      if (!blank) {
        onlyHeading = isHeading(line) && (!hasContent || onlyHeading);
        hasContent = true;
      }
      wasBlank = blank;
    },
  };
}

function isBlank(line: string): boolean {
  return line.trim() === "";
}

function isHeading(line: string): boolean {
  return /^ {0,3}#{1,6}(?:[ \t]|\r?$)/m.test(line);
}

function isItem(line: string): boolean {
  return /^ {0,3}(?:[-+*]|\d{1,9}[.)])(?:[ \t]|\r?\n|$)/.test(line);
}

/** The mark of a fence that opens here; inside a list it may stand at any depth, also right after the item's mark. */
function opens(line: string, isList: boolean): string | null {
  const start = isList ? /^\s*(?:(?:[-+*]|\d{1,9}[.)])\s+)*(`{3,}|~{3,})([^\n]*)/ : /^ {0,3}(`{3,}|~{3,})([^\n]*)/;
  const found = start.exec(line);
  const mark = found?.[1] ?? null;
  return mark?.startsWith("`") === true && found?.[2]?.includes("`") === true ? null : mark;
}

function closes(line: string, fence: string): boolean {
  const mark = /^\s*(`{3,}|~{3,})\s*$/.exec(line)?.[1];
  return mark !== undefined && mark.startsWith(fence);
}

/** What ends an HTML block that blank lines do not end: https://spec.commonmark.org/0.31.2/#html-blocks */
function openHtml(line: string): RegExp | null {
  const starts: readonly (readonly [RegExp, RegExp])[] = [
    [/^ {0,3}<(?:script|pre|style|textarea)(?:[\s>]|$)/i, /<\/(?:script|pre|style|textarea)>/i],
    [/^ {0,3}<!--/, /-->/],
    [/^ {0,3}<\?/, /\?>/],
    [/^ {0,3}<![A-Za-z]/, />/],
    [/^ {0,3}<!\[CDATA\[/, /\]\]>/],
  ];
  const found = starts.find(([start]) => start.test(line));
  return found === undefined || found[1].test(line.replace(/^\s*<(?:!--|\?|!\[CDATA\[|!)?/, "")) ? null : found[1];
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}
