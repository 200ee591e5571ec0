import type { PNG } from "pngjs";

const radius = 2;
const tolerance = 64;
const ink = 24;

/**
 * What keeps two pictures from being the same to an eye: size off by more than 8 pixels, too many inked pixels with no similar one within two
 * pixels in the other picture, too many dark ones (text, axes). Empty when they agree.
 */
export function differences(reference: PNG, candidate: PNG): string[] {
  const off = Math.max(Math.abs(reference.width - candidate.width), Math.abs(reference.height - candidate.height));
  const found: string[] = off > 8 ? [`size off by ${off}`] : [];
  const [a, b] = [flat(reference), flat(candidate)];
  const best = shifts(off).reduce(
    (least, [dx, dy]) => {
      const [there, back] = [unmatched(a, b, dx, dy), unmatched(b, a, -dx, -dy)];
      const share = { inked: Math.max(there.inked, back.inked), dark: there.dark };
      return share.inked < least.inked ? share : least;
    },
    { inked: 1, dark: 1 },
  );
  if (best.inked > 0.06) found.push(`unmatched ${best.inked.toFixed(3)}`);
  if (best.dark > 0.18) found.push(`dark ${best.dark.toFixed(3)}`);
  return found;
}

/** The layout moves as a whole when a label is a pixel wider. */
function shifts(off: number): (readonly [number, number])[] {
  const reach = Math.min(off, 8);
  const steps = Array.from({ length: 2 * reach + 1 }, (_, index) => index - reach);
  return steps.flatMap((dx) => steps.map((dy) => [dx, dy] as const)).toSorted((p, q) => Math.hypot(...p) - Math.hypot(...q));
}

interface Flat {
  readonly width: number;
  readonly height: number;
  /** Three bytes a pixel, on white. */
  readonly rgb: Uint8Array;
}

function flat(png: PNG): Flat {
  const rgb = new Uint8Array(png.width * png.height * 3);
  for (let pixel = 0; pixel < png.width * png.height; pixel++) {
    const alpha = (png.data[4 * pixel + 3] ?? 255) / 255;
    for (let channel = 0; channel < 3; channel++)
      rgb[3 * pixel + channel] = Math.round((png.data[4 * pixel + channel] ?? 0) * alpha + 255 * (1 - alpha));
  }
  return { width: png.width, height: png.height, rgb };
}

/** Shares of the inked and of the dark pixels of `a` that have no similar pixel near the same place, moved by `dx` and `dy`, in `b`. */
function unmatched(a: Flat, b: Flat, dx: number, dy: number): { inked: number; dark: number } {
  const inked = { all: 0, alone: 0 };
  const dark = { all: 0, alone: 0 };
  for (let y = 0; y < a.height; y++) {
    for (let x = 0; x < a.width; x++) {
      const at = 3 * (y * a.width + x);
      const color = [a.rgb[at] ?? 0, a.rgb[at + 1] ?? 0, a.rgb[at + 2] ?? 0];
      const [least, most] = [Math.min(...color), Math.max(...color)];
      if (255 - least <= ink) continue;
      const alone = isAlone(color, b, x + dx, y + dy) ? 1 : 0;
      inked.all++;
      inked.alone += alone;
      if (most >= 150 || most - least >= 40) continue;
      dark.all++;
      dark.alone += alone;
    }
  }
  return { inked: inked.alone / Math.max(inked.all, 50), dark: dark.alone / Math.max(dark.all, 50) };
}

function isAlone(color: readonly number[], b: Flat, x: number, y: number): boolean {
  for (let row = y - radius; row <= y + radius; row++) {
    for (let column = x - radius; column <= x + radius; column++) {
      const inside = row >= 0 && row < b.height && column >= 0 && column < b.width;
      const at = 3 * (row * b.width + column);
      if (color.every((value, channel) => Math.abs(value - (inside ? (b.rgb[at + channel] ?? 0) : 255)) <= tolerance))
        return false;
    }
  }
  return true;
}
