import { displayWidth } from "./display-width.ts";

/** Room that DVC's table library leaves beside a header. */
const headerPadding = 2;

/**
 * A GitHub table as DVC prints it: left-aligned, every column as wide as its longest cell and at least two more than its header, an empty line
 * after it. Unlike DVC's, a `|` in a cell is escaped and a line break becomes `<br>`, so that the table stays one.
 */
export function markdownTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const heads = headers.map(markdownCell);
  const cells = rows.map((row) => row.map(markdownCell));
  const widths = columnWidths(heads, cells);
  const line = (row: readonly string[]): string => `| ${pad(row, widths).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [line(heads), rule, ...cells.map(line), "", ""].join("\n");
}

/** The same table without rules, two spaces between columns, a cell of several lines on as many; empty text when there are no rows. */
export function plainTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const lines = [headers, ...rows].map(plainLines);
  const widths = columnWidths(lines[0]?.[0] ?? [], lines.slice(1).flat());
  return lines
    .flat()
    .map((line) => `${pad(line, widths).join("  ").trimEnd()}\n`)
    .join("");
}

function columnWidths(headers: readonly string[], rows: readonly (readonly string[])[]): number[] {
  return headers.map((header, index) => {
    let width = displayWidth(header) + headerPadding;
    for (const row of rows) width = Math.max(width, displayWidth(row[index] ?? ""));
    return width;
  });
}

function pad(row: readonly string[], widths: readonly number[]): string[] {
  return widths.map((width, index) => {
    const cell = row[index] ?? "";
    return cell + " ".repeat(Math.max(0, width - displayWidth(cell)));
  });
}

function markdownCell(text: string): string {
  return text
    .trim()
    .replaceAll(/\\(?=\|)|\|/g, (match) => `\\${match}`)
    .replaceAll(/\r\n|[\r\n\u2028\u2029\v\f\u0085]/g, "<br>")
    .replaceAll("\t", " ");
}

/** Lines that a row takes; a tab, which would shift all that follows, is shown as in source code. */
function plainLines(row: readonly string[]): string[][] {
  const cells = row.map((text) =>
    text
      .trim()
      .replaceAll("\t", "\\t")
      .split(/\r\n|[\r\n]/),
  );
  const height = Math.max(1, ...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, index) => cells.map((lines) => lines[index] ?? ""));
}
