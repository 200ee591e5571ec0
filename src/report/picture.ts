import type { Plot } from "../compare/comparison.ts";
import { staticSpec } from "../compare/plot-static.ts";
import { CmlError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import { openRenderer, type RendererLimits } from "../render/renderer.ts";
import { sized, stillConfig, untitled } from "./chart-style.ts";

/** Pictures of a report's plots. A plot that cannot be drawn is told in `failures`; the others appear. */
export interface Pictures {
  /** SVG text without the plot's title, null when it cannot be drawn. Drawn once. */
  svg(slot: string): Promise<string | null>;
  png(slot: string): Promise<Uint8Array | null>;
  /** Why plots could not be drawn, by slot. */
  readonly failures: ReadonlyMap<string, string>;
  /** Ends the drawing thread. */
  close(): void;
}

const width = 440;
const height = 220;

export function openPictures(host: Host, charts: () => ReadonlyMap<string, Plot>, limits: RendererLimits = {}): Pictures {
  // What vega remarks about a template's unused channels is no news to the reader of a report.
  const quiet = { ...host, log: { ...host.log, warn: host.log.debug } };
  const renderer = openRenderer(quiet, limits);
  const failures = new Map<string, string>();
  const known = new Map<string, Promise<string | Uint8Array | null>>();

  async function draw(slot: string, format: "svg" | "png"): Promise<string | Uint8Array | null> {
    const plot = charts().get(slot);
    if (plot === undefined) return null;
    const spec = format === "svg" ? untitled(plot.spec) : plot.spec;
    const chart = { name: plot.id, text: JSON.stringify(sized(staticSpec(spec), width, height)), base: null };
    try {
      if (format === "svg") return await renderer.svg(chart, { config: stillConfig });
      return (await renderer.png(chart, { config: stillConfig, scale: 2 })).bytes;
    } catch (error) {
      if (!(error instanceof CmlError) || error.kind === "cancelled") throw error;
      failures.set(slot, error.message);
      return null;
    }
  }

  function once(slot: string, format: "svg" | "png"): Promise<string | Uint8Array | null> {
    const key = `${format} ${slot}`;
    const drawn = known.get(key) ?? draw(slot, format);
    known.set(key, drawn);
    return drawn;
  }

  return {
    failures,
    async svg(slot) {
      const drawn = await once(slot, "svg");
      return typeof drawn === "string" ? drawn : null;
    },
    async png(slot) {
      const drawn = await once(slot, "png");
      return drawn instanceof Uint8Array ? drawn : null;
    },
    close: () => renderer.close(),
  };
}
