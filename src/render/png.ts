import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";
import type { Png } from "./message.ts";
import type { Raster } from "./raster.ts";

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Encodes a picture as PNG (https://www.w3.org/TR/png-3/): with a palette where 256 colours are enough, without alpha where
 * nothing shows through. `ppi` adds the resolution.
 */
export function encodePng(raster: Raster, ppi?: number): Png {
  const { width, height, pixels } = raster;
  const view = new Uint32Array(pixels.buffer, pixels.byteOffset, width * height);
  const few = indexed(view, width, height);
  const parts = few === null ? direct(pixels, width, height, straighten(pixels, view)) : withPalette(few);
  const chunks = [
    chunk("IHDR", header(width, height, parts.colorType)),
    ...(ppi === undefined ? [] : [chunk("pHYs", resolution(ppi))]),
    ...parts.palette,
    chunk("IDAT", deflateSync(parts.scanlines, { level: 4 })),
    chunk("IEND", new Uint8Array(0)),
  ];
  const bytes = new Uint8Array(new ArrayBuffer(chunks.reduce((sum, part) => sum + part.length, signature.length)));
  bytes.set(signature);
  let at = signature.length;
  for (const part of chunks) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, width, height };
}

interface Encoded {
  readonly colorType: 2 | 3 | 6;
  readonly palette: readonly Uint8Array[];
  readonly scanlines: Uint8Array;
}

/** From premultiplied to straight alpha, in place; answers whether nothing shows through. */
function straighten(pixels: Uint8Array, view: Uint32Array): boolean {
  let opaque = true;
  for (let pixel = 0; pixel < view.length; pixel++) {
    const alpha = (view[pixel] ?? 0) >>> 24;
    if (alpha === 255) continue;
    opaque = false;
    if (alpha === 0) continue;
    for (let channel = 4 * pixel; channel < 4 * pixel + 3; channel++) {
      pixels[channel] = Math.min(255, Math.round(((pixels[channel] ?? 0) * 255) / alpha));
    }
  }
  return opaque;
}

/** Slots of the colour table: a power of two well above the 256 colours that fit. */
const slots = 4096;

/** Pixels in one comparison with the row above; shorter stretches are looked at one by one. */
const stretch = 32;

/** One byte a pixel, colours still as they are in `view`; null when there are more than 256. */
function indexed(view: Uint32Array, width: number, height: number): { colors: Uint32Array; scanlines: Uint8Array } | null {
  const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  const scanlines = new Uint8Array(height * (width + 1));
  const colors = new Uint32Array(256);
  // Open addressing; 0 is a free slot, others hold index + 1.
  const table = new Uint16Array(slots);
  let count = 0;
  let last = ~(view[0] ?? 0) >>> 0;
  let lastIndex = 0;

  /** False when a colour does not fit any more. */
  function one(from: number, end: number, to: number): boolean {
    for (; from < end; from++, to++) {
      const color = view[from] ?? 0;
      if (color !== last) {
        let slot = Math.imul(color, 0x9e_37_79_b1) >>> 20;
        while (table[slot] !== 0 && colors[(table[slot] ?? 0) - 1] !== color) slot = (slot + 1) % slots;
        if (table[slot] === 0) {
          if (count === 256) return false;
          colors[count++] = color;
          table[slot] = count;
        }
        lastIndex = (table[slot] ?? 0) - 1;
        last = color;
      }
      scanlines[to] = lastIndex;
    }
    return true;
  }

  /** What equals the row above is found and copied natively: most of a chart does. */
  function some(from: number, end: number, to: number): boolean {
    if (bytes.compare(bytes, 4 * (from - width), 4 * (end - width), 4 * from, 4 * end) === 0) {
      scanlines.copyWithin(to, to - width - 1, to - width - 1 + end - from);
      return true;
    }
    if (end - from <= stretch) return one(from, end, to);
    const middle = (from + end) >>> 1;
    return some(from, middle, to) && some(middle, end, to + middle - from);
  }

  for (let row = 0; row < height; row++) {
    const fill = row === 0 ? one : some;
    if (!fill(row * width, (row + 1) * width, row * (width + 1) + 1)) return null;
  }
  return { colors: colors.subarray(0, count), scanlines };
}

function withPalette({ colors, scanlines }: { colors: Uint32Array; scanlines: Uint8Array }): Encoded {
  const rgba = new Uint8Array(colors.buffer, 0, 4 * colors.length);
  straighten(rgba, colors);
  const rgb = new Uint8Array(colors.length * 3);
  const alpha = new Uint8Array(colors.length);
  for (let index = 0; index < colors.length; index++) {
    rgb.set(rgba.subarray(4 * index, 4 * index + 3), 3 * index);
    alpha[index] = rgba[4 * index + 3] ?? 255;
  }
  const transparent = alpha.some((value) => value !== 255);
  return { colorType: 3, palette: [chunk("PLTE", rgb), ...(transparent ? [chunk("tRNS", alpha)] : [])], scanlines };
}

/** Three or four bytes a pixel, each row as its difference from the row above (filter 2). */
function direct(pixels: Uint8Array, width: number, height: number, opaque: boolean): Encoded {
  const channels = opaque ? 3 : 4;
  const scanlines = new Uint8Array(height * (width * channels + 1));
  const stride = width * 4;
  let to = 0;
  for (let row = 0; row < height; row++) {
    const above = row === 0 ? 0 : stride;
    scanlines[to++] = row === 0 ? 0 : 2;
    for (let at = row * stride; at < (row + 1) * stride; at += 4) {
      for (let channel = 0; channel < channels; channel++) {
        const value = pixels[at + channel] ?? 0;
        scanlines[to++] = above === 0 ? value : value - (pixels[at + channel - above] ?? 0);
      }
    }
  }
  return { colorType: opaque ? 2 : 6, palette: [], scanlines };
}

function header(width: number, height: number, colorType: number): Uint8Array {
  const bytes = new Uint8Array(13);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  bytes[8] = 8;
  bytes[9] = colorType;
  return bytes;
}

function resolution(ppi: number): Uint8Array {
  const bytes = new Uint8Array(9);
  const view = new DataView(bytes.buffer);
  const perMetre = Math.round(ppi / 0.0254);
  view.setUint32(0, perMetre);
  view.setUint32(4, perMetre);
  bytes[8] = 1;
  return bytes;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let index = 0; index < 4; index++) bytes[4 + index] = type.charCodeAt(index);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
