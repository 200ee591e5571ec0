import * as vega from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { InputError } from "../core/error.ts";
import { mendInterpreter } from "./expression.ts";
import type { DrawOptions } from "./message.ts";
import { isRecord, rowLimit, type Document } from "./spec.ts";
import { textWidth } from "./text.ts";

/** How a drawing reaches the outside. */
export interface Outside {
  /** Text of a data file; rejects with an `InputError` that names it. */
  read(uri: string): Promise<string>;
  /** The same as bytes, for image marks. */
  readBytes(uri: string): Promise<Uint8Array>;
  warn(text: string): void;
}

mendInterpreter();

vega.textMetrics.width = (item, text) => {
  const width = textWidth(item, text === null || text === undefined ? "" : String(text).trim());
  // Vega cuts a text to its `limit` by asking for the widths of its beginnings; a capped answer for the whole makes bounds fit the cut text.
  return item.limit !== undefined && item.limit > 0 ? Math.min(width, item.limit) : width;
};

/** Draws a checked specification as SVG text. Throws `InputError` for anything the specification got wrong. */
export async function svg(document: Document, options: DrawOptions, outside: Outside): Promise<string> {
  const failures: unknown[] = [];
  const logger = loggerOf(failures, outside);
  const config = await configOf(options);
  vega.setRandom(vega.randomLCG(options.seed ?? 1));
  const spec = document.kind === "vega" ? document.spec : await compiled(document, config, logger);
  const runtime = vega.parse(spec, document.kind === "vega" ? config : {}, { ast: true });
  const view = new vega.View(runtime, {
    renderer: "none",
    expr: expressionInterpreter,
    logger,
    loader: loaderOf(failures, outside),
  });
  try {
    await view.runAsync().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw named(failures[0]);
    checkTables(view, spec);
    const text = await view.toSVG(options.scale ?? 1);
    if (failures.length > 0) throw failures[0];
    return text;
  } finally {
    view.finalize();
  }
}

/** A transform that paints (`label`, where there are marks to avoid) ends in a bare TypeError without a canvas. */
function named(error: unknown): unknown {
  if (!(error instanceof TypeError) || !error.message.includes("getContext")) return error;
  return new InputError("a transform, `label` perhaps, needs a canvas and cannot be drawn", { cause: error });
}

async function compiled(
  document: Extract<Document, { kind: "vega-lite" }>,
  config: object,
  logger: vega.LoggerInterface,
): Promise<vega.Spec> {
  const { compile } = await import("vega-lite");
  return compile(document.spec, { config, logger }).spec;
}

/** A theme, then the given config, then locales: later ones win. */
async function configOf(options: DrawOptions): Promise<object> {
  const theme = options.theme === undefined ? {} : await themed(options.theme);
  const own = options.config === undefined ? {} : parsed(options.config, "config");
  const locale = {
    ...(options.numberLocale === undefined ? {} : { number: parsed(options.numberLocale, "number locale") }),
    ...(options.timeLocale === undefined ? {} : { time: parsed(options.timeLocale, "time locale") }),
  };
  const merged = vega.mergeConfig(theme, own);
  return Object.keys(locale).length === 0 ? merged : { ...merged, locale };
}

async function themed(name: string): Promise<object> {
  const themes = await import("vega-themes");
  const found: unknown = Object.getOwnPropertyDescriptor(themes, name)?.value;
  if (isRecord(found)) return found;
  const names = Object.entries(themes).flatMap(([key, value]) => (isRecord(value) ? [key] : []));
  throw new InputError(`unknown theme ${JSON.stringify(name)}`, { hint: `the themes are ${names.sort().join(", ")}` });
}

function parsed(text: string, what: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(`the ${what} is not JSON`, { cause: error });
  }
  if (!isRecord(value)) throw new InputError(`the ${what} is no JSON object`);
  return value;
}

/** Warnings of what only an interactive chart has, and of the empty tables that vega meets before a selection or a file has filled them. */
const aboutInteraction = /^(?:Can not resolve event source|Scale bindings are currently|Infinite extent for field)/;

/** Errors that vega would only log become failures of the chart: an empty picture must not look like a result. Vega calls the methods bare. */
function loggerOf(failures: unknown[], outside: Outside): vega.LoggerInterface {
  function level(): number;
  function level(value: number): vega.LoggerInterface;
  function level(value?: number): number | vega.LoggerInterface {
    return value === undefined ? vega.Warn : logger;
  }
  const logger: vega.LoggerInterface = {
    level,
    error(...parts: readonly unknown[]) {
      failures.push(parts.find((part) => part instanceof Error) ?? new InputError(line(parts)));
      return logger;
    },
    warn(...parts: readonly unknown[]) {
      if (parts[0] === "Data ingestion failed") failures.push(new InputError(`unreadable data file: ${line(parts.slice(1))}`));
      else if (parts[0] !== "Loading failed" && !aboutInteraction.test(line(parts))) outside.warn(line(parts));
      return logger;
    },
    info: () => logger,
    debug: () => logger,
  };
  return logger;
}

function line(parts: readonly unknown[]): string {
  return (
    parts
      .map((part) => (part instanceof Error ? part.message : String(part)))
      .join(" ")
      .split("\n")[0] ?? ""
  );
}

function loaderOf(failures: unknown[], outside: Outside): vega.Loader {
  const load = async (uri: string): Promise<string> => {
    try {
      return await outside.read(uri);
    } catch (error) {
      failures.push(error);
      throw error;
    }
  };
  // Links stay as text.
  const sanitize = async (uri: string, { context }: { readonly context: string }): Promise<{ href: string }> => {
    if (context !== "image") {
      if (/^(?:https?|mailto):/i.test(uri)) return { href: uri };
      throw new InputError(`link refused: ${uri.slice(0, 120)}`);
    }
    try {
      return { href: await image(uri, outside) };
    } catch (error) {
      failures.push(error);
      throw error;
    }
  };
  return { load, file: load, http: load, sanitize };
}

const signatures: readonly (readonly [type: string, start: RegExp])[] = [
  ["png", /^\u0089PNG/],
  ["jpeg", /^\u00ff\u00d8\u00ff/],
  ["gif", /^GIF8/],
  ["webp", /^RIFF....WEBP/s],
  ["svg+xml", /^[^<]*<(?:svg|\?xml|!--|!doctype svg)/i],
];

/** An image mark's picture as a `data:` address, which is the only form that the SVG may carry. */
async function image(uri: string, outside: Outside): Promise<string> {
  if (/^data:image\//i.test(uri)) return uri;
  const bytes = await outside.readBytes(uri);
  const start = String.fromCharCode(...bytes.subarray(0, 400));
  const type = signatures.find(([, pattern]) => pattern.test(start))?.[0];
  if (type === undefined) throw new InputError(`no picture: ${uri}`);
  return `data:image/${type};base64,${bytes.toBase64()}`;
}

/** Tables may also grow by transforms and data files. */
function checkTables(view: vega.View, spec: vega.Spec): void {
  for (const { name } of spec.data ?? []) {
    const rows = view.data(name).length;
    if (rows > rowLimit) throw new InputError(`${rows} rows in table ${JSON.stringify(name)}; the limit is ${rowLimit}`);
  }
}
