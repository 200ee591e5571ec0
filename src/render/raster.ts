import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { InputError } from "../core/error.ts";
import { faceOf, type Face } from "./text.ts";

/** Pixels of one picture; a 20,000 × 20,000 one would need 1.6 GB. */
const pixelLimit = 64_000_000;

export interface Raster {
  readonly width: number;
  readonly height: number;
  /** RGBA, premultiplied, row by row. */
  readonly pixels: Uint8Array;
}

let ready: Promise<void> | undefined;
const fonts = new Map<Face, Promise<Uint8Array>>();

/** Starts what a first raster waits for; called early, it runs beside the compilation of the chart. */
export function warm(): Promise<void> {
  ready ??= import("./asset/resvg.ts").then(({ resvg }) => initWasm(Uint8Array.fromBase64(resvg)));
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
  const [fontBuffers] = await Promise.all([Promise.all([...facesIn(svg)].map(fontOf)), warm()]);
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
  try {
    const image = resvg.render();
    try {
      return { width: image.width, height: image.height, pixels: image.pixels };
    } finally {
      image.free();
    }
  } finally {
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
  const font = loadFont(face).then((text) => Uint8Array.fromBase64(text));
  fonts.set(face, font);
  return font;
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
