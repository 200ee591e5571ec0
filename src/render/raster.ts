import { inflateRawSync } from "node:zlib";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { InputError } from "../core/error.ts";
import { wider } from "./layer.ts";
import { faceOf, type Face } from "./text.ts";

/** Pixels of one picture; a 20,000 × 20,000 one would need 1.6 GB. */
const pixelLimit = 64_000_000;

/** A little more than the largest of each. */
const wasmBytes = 2_600_000;
const fontBytes = 440_000;

export interface Raster {
  readonly width: number;
  readonly height: number;
  /** RGBA, premultiplied, row by row. */
  readonly pixels: Uint8Array;
}

let ready: Promise<void> | undefined;
const fonts = new Map<Face, Promise<Uint8Array>>();

/** A first picture of text and lines: what it loads and compiles, the real ones find ready. */
export async function warm(): Promise<Raster> {
  const text = '<text y="9" font-size="9" fill="red">a</text><text y="9" font-weight="bold">b</text>';
  const lines = '<path d="M0,0L9,9" stroke="red" stroke-width="2" fill="none"/><path d="M0,0H9V9Z" fill="#123"/>';
  return raster(`<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10" viewBox="0 0 20 10">${text}${lines}</svg>`, 2);
}

function started(): Promise<void> {
  ready ??= import("./asset/resvg.ts").then(({ resvg }) => initWasm(inflated(resvg, wasmBytes)));
  return ready;
}

/** Draws SVG text at `scale` pixels per unit. Throws `InputError` over 64 megapixels, before anything is drawn. */
export async function raster(svg: string, scale: number): Promise<Raster> {
  const [width, height] = sizeOf(svg);
  const megapixels = (Math.ceil(width * scale) * Math.ceil(height * scale)) / 1e6;
  if (!(megapixels <= pixelLimit / 1e6)) {
    throw new InputError(
      `${Math.ceil(width * scale)} × ${Math.ceil(height * scale)} pixels (${Math.round(megapixels)} megapixels); the limit is ${pixelLimit / 1e6}`,
    );
  }
  const [fontBuffers] = await Promise.all([Promise.all([...facesIn(svg)].map(fontOf)), started()]);
  try {
    return drawn(svg, scale, fontBuffers);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  }
  try {
    return drawn(wider(svg), scale, fontBuffers);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    throw new InputError("the picture cannot be painted", { cause: error, hint: "`--format svg` leaves out this step" });
  }
}

/** A panic in `render` leaves its objects borrowed for ever: they are not freed then. */
function drawn(svg: string, scale: number, fontBuffers: Uint8Array[]): Raster {
  const family = "Liberation Sans";
  const resvg = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: {
      fontBuffers,
      defaultFontFamily: family,
      serifFamily: family,
      sansSerifFamily: family,
      cursiveFamily: family,
      fantasyFamily: family,
      monospaceFamily: family,
    },
  });
  const image = resvg.render();
  try {
    return { width: image.width, height: image.height, pixels: image.pixels };
  } finally {
    image.free();
    resvg.free();
  }
}

/** Size in units, from the root element that vega writes. */
function sizeOf(svg: string): readonly [number, number] {
  const root = /<svg[^>]*>/.exec(svg)?.[0] ?? "";
  const size = (name: string): number => Number(new RegExp(`\\s${name}="([^"]*)"`).exec(root)?.[1]);
  return [size("width"), size("height")];
}

/** Faces whose glyphs the text elements need; loading one costs time even when it draws nothing. */
function facesIn(svg: string): Set<Face> {
  const faces = new Set<Face>();
  for (const [element] of svg.matchAll(/<text[^>]*>/g)) {
    const fontWeight = /font-weight="([^"]*)"/.exec(element)?.[1];
    const fontStyle = /font-style="([^"]*)"/.exec(element)?.[1];
    faces.add(faceOf({ fontWeight, fontStyle }));
  }
  return faces;
}

function fontOf(face: Face): Promise<Uint8Array> {
  const known = fonts.get(face);
  if (known !== undefined) return known;
  const font = loadFont(face).then((text) => inflated(text, fontBytes));
  fonts.set(face, font);
  return font;
}

/** In one piece: collecting small ones would need the memory twice. */
function inflated(text: string, chunkSize: number): Uint8Array {
  return inflateRawSync(Uint8Array.fromBase64(text), { chunkSize });
}

async function loadFont(face: Face): Promise<string> {
  switch (face) {
    case "regular":
      return (await import("./asset/font-regular.ts")).font;
    case "bold":
      return (await import("./asset/font-bold.ts")).font;
    case "italic":
      return (await import("./asset/font-italic.ts")).font;
    case "bold-italic":
      return (await import("./asset/font-bold-italic.ts")).font;
  }
}
