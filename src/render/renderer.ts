import { InputError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import { residentBytes } from "../host/memory.ts";
import { readData } from "./loader.ts";
import type { Answer, Chart, DrawOptions, FromWorker, Png, Request, ToWorker } from "./message.ts";

export type { Chart, DrawOptions, Format, Png } from "./message.ts";

export interface Renderer {
  /** SVG text. Rejects with `InputError` that names the chart; the renderer goes on with the next one. */
  svg(chart: Chart, options?: DrawOptions): Promise<string>;
  png(chart: Chart, options?: DrawOptions): Promise<Png>;
  /** Ends the workers, which would keep the process alive. May be called twice; charts still waiting are rejected. */
  close(): void;
}

export interface RendererLimits {
  /** Of one chart, from the moment its drawing starts. Default 10 s. */
  readonly timeoutMs?: number | undefined;
  /** Of the whole process while a chart is drawn. Default 500 MB. */
  readonly memoryBytes?: number | undefined;
}

/** Set by the build only. */
declare const CML_VERSION: string | undefined;

const pollMs = 20;
const settleMs = 3_000;

/**
 * Draws charts, one at a time, in the order asked. One worker makes the SVG and, for pictures, another paints it: the second loads its
 * megabytes while the first lays out. Both are kept while charts behave and replaced when one had to be ended.
 */
export function openRenderer(host: Host, limits: RendererLimits = {}): Renderer {
  const timeoutMs = limits.timeoutMs ?? 10_000;
  const memoryBytes = limits.memoryBytes ?? 500_000_000;
  let drawer: Worker | undefined = startWorker();
  let painter: Worker | undefined;
  let ended = false;
  let turn: Promise<unknown> = Promise.resolve();
  let closed = false;

  function drop(): void {
    drawer?.terminate();
    painter?.terminate();
    drawer = undefined;
    painter = undefined;
    ended = true;
  }

  /** An ended thread gives its memory back some hundred milliseconds later; the next chart is not to answer for it. */
  async function settled(): Promise<void> {
    for (let waited = 0; waited < settleMs && residentBytes() > memoryBytes / 2; waited += pollMs) {
      await host.clock.sleep(pollMs, host.signal);
    }
    ended = false;
  }

  async function draw(chart: Chart, options: DrawOptions): Promise<string> {
    if (chart.kind === "svg") return chart.text;
    drawer ??= startWorker();
    const answer = await ask(host, drawer, chart, { kind: "draw", chart, options });
    if (answer.kind === "svg") return answer.text;
    throw failure(chart, answer);
  }

  async function paint(chart: Chart, text: string, options: DrawOptions): Promise<Png> {
    painter ??= startWorker();
    const answer = await ask(host, painter, chart, { kind: "paint", text, foreign: chart.kind === "svg", options });
    if (answer.kind === "png") return answer.png;
    throw failure(chart, answer);
  }

  async function limited<T>(chart: Chart, work: () => Promise<T>): Promise<T> {
    if (closed) throw new InputError(`${chart.name}: the renderer is closed`);
    if (ended) await settled();
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, host.signal]);
    try {
      return await Promise.race([work(), watch(host, chart, { timeoutMs, memoryBytes }, signal)]);
    } catch (error) {
      if (!(error instanceof ChartError)) drop();
      throw error;
    } finally {
      done.abort();
    }
  }

  function queued<T>(chart: Chart, work: () => Promise<T>): Promise<T> {
    const mine = turn.then(() => limited(chart, work));
    turn = mine.catch(() => undefined);
    return mine;
  }

  return {
    svg: (chart, options = {}) => queued(chart, () => draw(chart, options)),
    png(chart, options = {}) {
      if (painter === undefined && !closed) warm((painter = startWorker()));
      return queued(chart, async () => paint(chart, await draw(chart, { ...options, scale: 1 }), options));
    },
    close() {
      closed = true;
      drop();
    },
  };
}

/** The chart's own fault, told by a worker that goes on. */
class ChartError extends InputError {}

function warm(worker: Worker): void {
  worker.postMessage({ kind: "warm" } satisfies ToWorker);
}

/** In the compiled program this file is part of a chunk at the root of the embedded files, where `scripts/build` puts workers by their path. */
function startWorker(): Worker {
  const script = typeof CML_VERSION === "undefined" ? "./worker.ts" : "./src/render/worker.js";
  return new Worker(new URL(script, import.meta.url), { type: "module" });
}

function failure(chart: Chart, answer: Answer): InputError {
  return answer.kind === "failed"
    ? new ChartError(`${chart.name}: ${answer.reason}`, { hint: answer.hint })
    : new InputError(`${chart.name}: the worker answered ${answer.kind}`);
}

/** The worker's answer; serves its reads until then. Rejects when the worker dies. */
function ask(host: Host, worker: Worker, chart: Chart, request: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<FromWorker>) => {
      const message = event.data;
      if (message.kind === "read") void serve(host, worker, chart, message.uri);
      else if (message.kind === "warning") host.log.warn(`${chart.name}: ${message.text}`);
      else resolve(message);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new InputError(`${chart.name}: the drawing thread failed: ${event.message}`));
    };
    worker.postMessage(request);
  });
}

async function serve(host: Host, worker: Worker, chart: Chart, uri: string): Promise<void> {
  let answer: ToWorker;
  try {
    answer = { kind: "file", uri, bytes: await readData(host, chart.base, uri) };
  } catch (error) {
    answer = { kind: "no-file", uri, reason: error instanceof Error ? error.message : String(error) };
  }
  worker.postMessage(answer);
}

/** Rejects when the chart's time or memory is used up or the program is told to stop; never resolves. */
async function watch(
  host: Host,
  chart: Chart,
  limits: { timeoutMs: number; memoryBytes: number },
  signal: AbortSignal,
): Promise<never> {
  const started = host.clock.now();
  for (;;) {
    await host.clock.sleep(pollMs, signal);
    if (host.clock.now() - started > limits.timeoutMs) {
      throw new InputError(`${chart.name}: drawing ended after ${limits.timeoutMs / 1000} s`, {
        hint: "`--chart-timeout` sets the limit",
      });
    }
    if (residentBytes() > limits.memoryBytes) {
      throw new InputError(`${chart.name}: drawing ended at ${Math.round(limits.memoryBytes / 1e6)} MB of memory`, {
        hint: "`--chart-memory` sets the limit",
      });
    }
  }
}
