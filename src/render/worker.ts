import type { Chart, DrawOptions, Format, FromWorker, ToWorker } from "./message.ts";
import { CmlError } from "../core/error.ts";

/**
 * The thread in which charts are drawn, one after another. It has no Host: data files come from the main thread, which checks their paths,
 * and the main thread ends it when a chart takes too long or too much.
 */

const waiting = new Map<string, { resolve(bytes: Uint8Array): void; reject(error: Error): void }[]>();

self.addEventListener("message", (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  switch (message.kind) {
    case "draw":
      void draw(message.chart, message.format, message.options);
      break;
    case "file":
      for (const reader of take(message.uri)) reader.resolve(message.bytes);
      break;
    case "no-file":
      for (const reader of take(message.uri)) reader.reject(new CmlError("input", message.reason));
      break;
  }
});

async function draw(chart: Chart, format: Format, options: DrawOptions): Promise<void> {
  try {
    const scale = ((options.scale ?? 1) * (options.ppi ?? 72)) / 72;
    // resvg's wasm compiles on a thread of the runtime while this one loads vega and lays out the chart.
    const drawing = format === "png" ? import("./raster.ts").then(({ warm, raster }) => ({ ready: warm(), raster })) : null;
    if (chart.kind === "svg") return await rasterOnly(chart.text, scale);
    const [{ parse }, { svg }] = await Promise.all([import("./spec.ts"), import("./svg.ts"), drawing]);
    const document = parse(chart.text, options, chart.kind);
    const outside = {
      readBytes,
      read: async (uri: string) => new TextDecoder().decode(await readBytes(uri)),
      warn: (text: string) => tell({ kind: "warning", text }),
    };
    if (drawing === null) return tell({ kind: "svg", text: await svg(document, options, outside) });
    const text = await svg(document, { ...options, scale: 1 }, outside);
    const [{ raster }, { encodePng }] = await Promise.all([drawing, import("./png.ts")]);
    const png = encodePng(await raster(text, scale), options.ppi);
    tell({ kind: "png", png }, [png.bytes.buffer]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const hint = error instanceof CmlError ? error.hint : undefined;
    tell({ kind: "failed", reason: message.split("\n")[0] ?? "", hint });
  }
}

/** A picture that somebody else drew; resvg reads no file and no address, and this thread ends with its limits. */
async function rasterOnly(text: string, scale: number): Promise<void> {
  const [{ sized }, { raster }, { encodePng }] = await Promise.all([
    import("./svg-size.ts"),
    import("./raster.ts"),
    import("./png.ts"),
  ]);
  const png = encodePng(await raster(sized(text), scale));
  tell({ kind: "png", png }, [png.bytes.buffer]);
}

function readBytes(uri: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    waiting.set(uri, [...(waiting.get(uri) ?? []), { resolve, reject }]);
    tell({ kind: "read", uri });
  });
}

function take(uri: string): { resolve(bytes: Uint8Array): void; reject(error: Error): void }[] {
  const readers = waiting.get(uri) ?? [];
  waiting.delete(uri);
  return readers;
}

function tell(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  self.postMessage(message, { transfer });
}
