import { basename, dirname, extname, join, resolve } from "node:path";
import { CmlError, InputError, NotFoundError, UsageError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import { openRenderer, type Chart, type DrawOptions, type Format, type Renderer } from "../../render/renderer.ts";

export const stdio = "-";
const specLimitBytes = 64 * 1024 * 1024;

export interface RenderOptions extends DrawOptions {
  readonly output?: string | undefined;
  readonly format?: Format | undefined;
  readonly base?: string | undefined;
  readonly chartTimeout: number;
  readonly chartMemory: number;
}

interface Job {
  readonly spec: string;
  /** File or `-`. */
  readonly to: string;
  /** The name was ours to choose, so it is told. */
  readonly chosen: boolean;
}

/** Draws each specification; a failed one does not keep the others from being drawn, and is the error at the end. */
export async function drawCharts(host: Host, specs: readonly string[], options: RenderOptions): Promise<void> {
  checkOptions(options);
  const format = options.format ?? formatOf(options.output);
  const jobs = await plan(host, specs, options.output, format);
  const draw: DrawOptions = { ...options, config: await optionFile(host, options.config, "--config") };
  const renderer = openRenderer(host, { timeoutMs: options.chartTimeout, memoryBytes: options.chartMemory });
  const failures: CmlError[] = [];
  try {
    for (const job of jobs) {
      try {
        const chart = await readChart(host, job.spec, options.base);
        await deliver(host, job.to, await picture(renderer, chart, format, draw));
        if (job.chosen) host.out.write(`${job.to}\n`);
      } catch (error) {
        if (!(error instanceof CmlError) || error.kind === "cancelled") throw error;
        failures.push(error);
      }
    }
  } finally {
    renderer.close();
  }
  for (const failure of failures.slice(0, -1)) host.log.error(failure.message, { hint: failure.hint });
  const last = failures.at(-1);
  if (last !== undefined) throw last;
}

/** Reads one specification and where its data files are. Throws `NotFoundError`, `InputError`. */
export async function readChart(host: Host, spec: string, base: string | undefined, kind?: Chart["kind"]): Promise<Chart> {
  const text = spec === stdio ? decode(await host.stdin.bytes(), "stdin") : await readSpec(host, spec);
  const folder = resolve(host.cwd, base ?? (spec === stdio ? "." : dirname(spec)));
  if (base !== undefined && (await host.file.stat(folder))?.kind !== "folder") throw new NotFoundError(`no such folder: ${base}`);
  return { name: spec === stdio ? "stdin" : spec, text, base: folder, kind };
}

export async function picture(
  renderer: Renderer,
  chart: Chart,
  format: Format,
  options: DrawOptions,
): Promise<Uint8Array | string> {
  return format === "svg" ? renderer.svg(chart, options) : (await renderer.png(chart, options)).bytes;
}

export async function deliver(host: Host, to: string, data: Uint8Array | string): Promise<void> {
  if (to !== stdio) await host.file.write(to, data);
  else if (typeof data === "string") host.out.write(data);
  else if (host.out.isTerminal) throw new UsageError("a PNG is not for a terminal", { hint: "name a file with `-o`" });
  else host.out.writeBytes(data);
}

/** Text of a file that an option names, undefined without the option. */
export async function optionFile(host: Host, path: string | undefined, option: string): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await host.file.readText(path, { limitBytes: specLimitBytes });
  if (text === null) throw new NotFoundError(`no such file: ${path}`, { hint: `\`${option}\` names it` });
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${path}: not JSON`, { cause, hint: `\`${option}\` takes a JSON file; code is not run` });
  }
  return text;
}

function checkOptions({ scale = 1, width = 1 }: RenderOptions): void {
  if (!(scale > 0)) throw new UsageError(`\`--scale\` is above 0: ${scale}`);
  if (!(width > 0)) throw new UsageError(`\`--width\` is above 0: ${width}`);
}

function formatOf(output: string | undefined): Format {
  return output !== undefined && extname(output).toLowerCase() === ".svg" ? "svg" : "png";
}

async function plan(host: Host, specs: readonly string[], output: string | undefined, format: Format): Promise<Job[]> {
  const [only] = specs;
  const isFolder = output !== undefined && output !== stdio && (await host.file.stat(output))?.kind === "folder";
  if (specs.length === 1 && only !== undefined && !isFolder) return [{ spec: only, to: output ?? stdio, chosen: false }];
  if (output === stdio) throw new UsageError("several charts do not fit on standard output");
  const folder = output ?? ".";
  const jobs = specs.map((spec) => ({ spec, to: join(folder, `${stem(spec)}.${format}`), chosen: true }));
  const twin = jobs.find((job, index) => jobs.findIndex((other) => other.to === job.to) !== index);
  if (twin !== undefined) throw new UsageError(`two charts would be written to \`${twin.to}\``);
  return jobs;
}

/** `loss` of `a/loss.vl.json`. */
function stem(spec: string): string {
  return spec === stdio ? "chart" : basename(spec).replace(/(?:\.v[lg])?\.json$/i, "");
}

async function readSpec(host: Host, path: string): Promise<string> {
  const bytes = await host.file.read(path, { limitBytes: specLimitBytes });
  if (bytes !== null) return decode(bytes, path);
  const isFolder = (await host.file.stat(path))?.kind === "folder";
  throw isFolder ? new InputError(`${path}: a folder, no specification`) : new NotFoundError(`no such file: ${path}`);
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError(`${name}: not UTF-8 text`, { cause });
  }
}
