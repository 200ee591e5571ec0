import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PNG } from "pngjs";
import { encodePng } from "../../../src/render/png.ts";

/** As resvg hands pixels over: channels multiplied by alpha. */
function premultiplied(straight: Uint8Array): Uint8Array {
  return straight.map((value, at) => (at % 4 === 3 ? value : Math.round((value * (straight[at - (at % 4) + 3] ?? 0)) / 255)));
}

function decoded(straight: Uint8Array, width: number, height: number): Uint8Array {
  return new Uint8Array(PNG.sync.read(Buffer.from(encodePng({ width, height, pixels: premultiplied(straight) }).bytes)).data);
}

describe("encodePng", () => {
  test("another decoder reads the same opaque pixels, with few and with many colours", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(3, 255),
        fc.nat(),
        (width, height, colors, seed) => {
          const pixels = new Uint8Array(width * height * 4).map((_, at) =>
            at % 4 === 3 ? 255 : ((at * 7919 + seed) * 31) % (colors + 1),
          );
          expect(decoded(pixels, width, height)).toEqual(pixels);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("alpha is kept and colours become straight", () => {
    const pixels = new Uint8Array([255, 0, 0, 255, 0, 0, 0, 0, 200, 100, 0, 128, 0, 0, 255, 51]);
    const read = decoded(pixels, 2, 2);
    pixels.forEach((value, at) => expect(Math.abs((read[at] ?? 0) - value)).toBeLessThanOrEqual(3));
  });

  test("more than 256 half transparent colours are kept, too", () => {
    const pixels = new Uint8Array(4 * 1024).map((_, at) => (at % 4 === 3 ? 254 : (at >> 2) >> (at % 4 === 0 ? 0 : 4)) & 255);
    const read = decoded(pixels, 32, 32);
    pixels.forEach((value, at) => expect(Math.abs((read[at] ?? 0) - value)).toBeLessThanOrEqual(1));
  });

  test("the resolution is written in pixels per metre", () => {
    const bytes = Buffer.from(encodePng({ width: 1, height: 1, pixels: new Uint8Array([1, 2, 3, 255]) }, 300).bytes);
    const at = bytes.indexOf("pHYs");
    expect(bytes.readUInt32BE(at + 4)).toBe(11_811);
  });
});
