import { widths } from "./asset/width.ts";

export type Face = keyof typeof widths;

/** The parts of a Vega text item that choose a face and a size. */
export interface TextItem {
  readonly fontSize?: unknown;
  readonly fontWeight?: unknown;
  readonly fontStyle?: unknown;
  readonly limit?: number;
}

interface WidthTable {
  readonly unitsPerEm: number;
  readonly codePoints: Uint16Array;
  readonly advances: Uint16Array;
}

const tables = new Map<Face, WidthTable>();
const faces = [
  ["regular", "italic"],
  ["bold", "bold-italic"],
] as const;

/** Weights from 600 on are drawn bold, as resvg chooses between the two faces at hand. */
export function faceOf(item: TextItem): Face {
  const weight = item.fontWeight === "bold" || item.fontWeight === "bolder" || Number(item.fontWeight) >= 600;
  const slanted = item.fontStyle === "italic" || item.fontStyle === "oblique";
  return faces[weight ? 1 : 0][slanted ? 1 : 0];
}

/** Width in pixels of a line of text in the embedded face, by the font's own advance widths, without kerning. */
export function textWidth(item: TextItem, text: string): number {
  const size = item.fontSize === undefined || item.fontSize === null ? 11 : Number(item.fontSize) || 0;
  if (size <= 0) return 0;
  const table = widthTable(faceOf(item));
  let units = 0;
  for (const char of text) units += advance(table, char.codePointAt(0) ?? 0);
  return (units * size) / table.unitsPerEm;
}

function advance(table: WidthTable, codePoint: number): number {
  let low = 0;
  let high = table.codePoints.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = table.codePoints[middle] ?? 0;
    if (found === codePoint) return table.advances[middle] ?? 0;
    if (found < codePoint) low = middle + 1;
    else high = middle - 1;
  }
  // Not in the face: ideographs and emoji are about one em wide, combining marks and joiners have no width.
  if (codePoint >= 0xfe_00 && codePoint <= 0xfe_0f) return 0;
  return codePoint === 0x20_0d ? 0 : codePoint >= 0x11_00 ? table.unitsPerEm : table.unitsPerEm / 2;
}

function widthTable(face: Face): WidthTable {
  const known = tables.get(face);
  if (known !== undefined) return known;
  const bytes = Uint8Array.fromBase64(widths[face]);
  const units = new Uint16Array(bytes.buffer, 0, bytes.byteLength >> 1);
  const count = (units.length - 1) >> 1;
  const table = { unitsPerEm: units[0] ?? 1, codePoints: new Uint16Array(count), advances: new Uint16Array(count) };
  for (let index = 0; index < count; index++) {
    table.codePoints[index] = units[1 + 2 * index] ?? 0;
    table.advances[index] = units[2 + 2 * index] ?? 0;
  }
  tables.set(face, table);
  return table;
}
