import * as vega from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { InputError } from "../core/error.ts";
import type { DrawOptions } from "./message.ts";
import { isRecord, rowLimit, type Document } from "./spec.ts";
import { textWidth } from "./text.ts";

/** How a drawing reaches the outside. */
export interface Outside {
  /** Text of a data file; rejects with an `InputError` that names it. */
  read(uri: string): Promise<string>;
  warn(text: string): void;
}

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
    await view.runAsync();
    if (failures.length > 0) throw failures[0];
    checkTables(view, spec);
    const text = await view.toSVG(options.scale ?? 1);
    if (failures.length > 0) throw failures[0];
    return text;
  } finally {
    view.finalize();
  }
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
      else if (parts[0] !== "Loading failed") outside.warn(line(parts));
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
  return { load, file: load, http: load, sanitize };
}

/** Links stay as text; of images only those whose bytes are in the specification. */
async function sanitize(uri: string, options: { readonly context: string }): Promise<{ href: string }> {
  if (options.context === "image" ? /^data:image\//i.test(uri) : /^(?:https?|mailto):/i.test(uri)) return { href: uri };
  throw new InputError(`${options.context} refused: ${uri.slice(0, 120)}`);
}

/** Tables may also grow by transforms and data files. */
function checkTables(view: vega.View, spec: vega.Spec): void {
  for (const { name } of spec.data ?? []) {
    const rows = view.data(name).length;
    if (rows > rowLimit) throw new InputError(`${rows} rows in table ${JSON.stringify(name)}; the limit is ${rowLimit}`);
  }
}
