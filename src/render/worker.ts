import type { FromWorker, Request, ToWorker } from "./message.ts";
import { CmlError } from "../core/error.ts";

/**
 * A thread in which charts are drawn or painted, one after another. It has no Host: data files come from the main thread, which checks their
 * paths, and the main thread ends it when a chart takes too long or too much.
 */

const waiting = new Map<string, { resolve(bytes: Uint8Array): void; reject(error: Error): void }[]>();

self.addEventListener("message", (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  switch (message.kind) {
    case "draw":
    case "paint":
      void answer(message);
      break;
    case "warm":
      void warm();
      break;
    case "file":
      for (const reader of take(message.uri)) reader.resolve(message.bytes);
      break;
    case "no-file":
      for (const reader of take(message.uri)) reader.reject(new CmlError("input", message.reason));
      break;
  }
});

async function answer(request: Request): Promise<void> {
  try {
    await (request.kind === "draw" ? draw(request) : paint(request));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const hint = error instanceof CmlError ? error.hint : undefined;
    tell({ kind: "failed", reason: message.split("\n")[0] ?? "", hint });
  }
}

async function draw({ chart, options }: Extract<Request, { kind: "draw" }>): Promise<void> {
  const [{ parse }, { svg }] = await Promise.all([import("./spec.ts"), import("./svg.ts")]);
  const document = parse(chart.text, options, chart.kind === "svg" ? undefined : chart.kind);
  const text = await svg(document, options, {
    readBytes,
    read: async (uri: string) => new TextDecoder().decode(await readBytes(uri)),
    warn: (warning: string) => tell({ kind: "warning", text: warning }),
  });
  tell({ kind: "svg", text });
}

/** A picture that somebody else drew brings any size; resvg reads no file and no address, and this thread ends with its limits. */
async function paint({ text, foreign, options }: Extract<Request, { kind: "paint" }>): Promise<void> {
  const [{ raster }, { encodePng }, { simpler }, { sized }] = await Promise.all([
    import("./raster.ts"),
    import("./png.ts"),
    import("./layer.ts"),
    import("./svg-size.ts"),
  ]);
  const scale = ((options.scale ?? 1) * (options.ppi ?? 72)) / 72;
  const png = encodePng(await raster(foreign ? sized(text) : simpler(text), scale), options.ppi);
  tell({ kind: "png", png }, [png.bytes.buffer]);
}

async function warm(): Promise<void> {
  const [raster, { encodePng }] = await Promise.all([import("./raster.ts"), import("./png.ts")]);
  encodePng(await raster.warm());
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
