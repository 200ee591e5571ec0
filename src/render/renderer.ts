import { InputError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import { residentBytes } from "../host/memory.ts";
import { readData } from "./loader.ts";
import type { Chart, DrawOptions, Format, FromWorker, Png, ToWorker } from "./message.ts";

export type { Chart, DrawOptions, Format, Png } from "./message.ts";

export interface Renderer {
  /** SVG text. Rejects with `InputError` that names the chart; the renderer goes on with the next one. */
  svg(chart: Chart, options?: DrawOptions): Promise<string>;
  png(chart: Chart, options?: DrawOptions): Promise<Png>;
  /** Ends the worker, which would keep the process alive. May be called twice; charts still waiting are rejected. */
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

/** Draws charts in one worker that is kept while they behave and replaced when it had to be ended. One chart at a time, in the order asked. */
export function openRenderer(host: Host, limits: RendererLimits = {}): Renderer {
  const timeoutMs = limits.timeoutMs ?? 10_000;
  const memoryBytes = limits.memoryBytes ?? 500_000_000;
  let worker: Worker | undefined = startWorker();
  let turn: Promise<unknown> = Promise.resolve();
  let closed = false;

  function drop(): void {
    worker?.terminate();
    worker = undefined;
  }

  /** An ended thread gives its memory back some hundred milliseconds later; the next chart is not to answer for it. */
  async function settled(): Promise<void> {
    for (let waited = 0; waited < settleMs && residentBytes() > memoryBytes / 2; waited += pollMs) {
      await host.clock.sleep(pollMs, host.signal);
    }
  }

  async function drawn(chart: Chart, format: Format, options: DrawOptions): Promise<FromWorker> {
    if (closed) throw new InputError(`${chart.name}: the renderer is closed`);
    if (worker === undefined) await settled();
    worker ??= startWorker();
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, host.signal]);
    try {
      return await Promise.race([
        ask(host, worker, { kind: "draw", chart, format, options }),
        watch(host, chart, { timeoutMs, memoryBytes }, signal),
      ]);
    } catch (error) {
      drop();
      throw error;
    } finally {
      done.abort();
    }
  }

  function queued(chart: Chart, format: Format, options: DrawOptions): Promise<FromWorker> {
    const mine = turn.then(() => drawn(chart, format, options));
    turn = mine.catch(() => undefined);
    return mine;
  }

  return {
    async svg(chart, options = {}) {
      const answer = await queued(chart, "svg", options);
      if (answer.kind === "svg") return answer.text;
      throw failure(chart, answer);
    },
    async png(chart, options = {}) {
      const answer = await queued(chart, "png", options);
      if (answer.kind === "png") return answer.png;
      throw failure(chart, answer);
    },
    close() {
      closed = true;
      drop();
    },
  };
}

/** In the compiled program this file is part of a chunk at the root of the embedded files, where `scripts/build` puts workers by their path. */
function startWorker(): Worker {
  const script = typeof CML_VERSION === "undefined" ? "./worker.ts" : "./src/render/worker.js";
  return new Worker(new URL(script, import.meta.url), { type: "module" });
}

function failure(chart: Chart, answer: FromWorker): InputError {
  return answer.kind === "failed"
    ? new InputError(`${chart.name}: ${answer.reason}`, { hint: answer.hint })
    : new InputError(`${chart.name}: the worker answered ${answer.kind}`);
}

/** The worker's final answer to one chart; serves its reads until then. Rejects when the worker dies. */
function ask(host: Host, worker: Worker, request: Extract<ToWorker, { kind: "draw" }>): Promise<FromWorker> {
  const { chart } = request;
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
