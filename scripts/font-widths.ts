/**
 * Advance widths of a TrueType font, from its `cmap` (format 4) and `hmtx` tables
 * (https://learn.microsoft.com/typography/opentype/spec/cmap).
 * Base64 of little-endian u16: units per em, then pairs of code point and width, by ascending code point; BMP only.
 */
export function advanceWidths(font: Uint8Array): string {
  const view = new DataView(font.buffer, font.byteOffset, font.byteLength);
  const unitsPerEm = view.getUint16(table(view, "head") + 18);
  const metricCount = view.getUint16(table(view, "hhea") + 34);
  const hmtx = table(view, "hmtx");
  const width = (glyph: number): number => view.getUint16(hmtx + 4 * Math.min(glyph, metricCount - 1));
  const out: number[] = [unitsPerEm];
  for (const [codePoint, glyph] of glyphs(view)) out.push(codePoint, width(glyph));
  return Buffer.from(Uint16Array.from(out).buffer).toString("base64");
}

function table(view: DataView, tag: string): number {
  const count = view.getUint16(4);
  for (let index = 0; index < count; index++) {
    const record = 12 + 16 * index;
    const name = String.fromCharCode(...[0, 1, 2, 3].map((byte) => view.getUint8(record + byte)));
    if (name === tag) return view.getUint32(record + 8);
  }
  throw new Error(`the font has no table ${tag}`);
}

/** Code points with a glyph, ascending. */
function* glyphs(view: DataView): Generator<[number, number]> {
  const subtable = unicodeSubtable(view);
  const segments = view.getUint16(subtable + 6) / 2;
  const ends = subtable + 14;
  const starts = ends + 2 * segments + 2;
  for (let segment = 0; segment < segments; segment++) {
    const start = view.getUint16(starts + 2 * segment);
    const end = view.getUint16(ends + 2 * segment);
    const delta = view.getUint16(starts + 2 * (segments + segment));
    const rangeAt = starts + 2 * (2 * segments + segment);
    const range = view.getUint16(rangeAt);
    for (let code = start; code <= end && code < 0xff_ff; code++) {
      const found = range === 0 ? code : view.getUint16(rangeAt + range + 2 * (code - start));
      const glyph = found === 0 ? 0 : (found + delta) & 0xff_ff;
      if (glyph !== 0) yield [code, glyph];
    }
  }
}

/** Offset of the Windows Unicode BMP subtable. */
function unicodeSubtable(view: DataView): number {
  const cmap = table(view, "cmap");
  const count = view.getUint16(cmap + 2);
  for (let index = 0; index < count; index++) {
    const record = cmap + 4 + 8 * index;
    const offset = cmap + view.getUint32(record + 4);
    if (view.getUint16(record) === 3 && view.getUint16(record + 2) === 1 && view.getUint16(offset) === 4) return offset;
  }
  throw new Error("the font has no Unicode cmap of format 4");
}
