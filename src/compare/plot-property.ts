import { CalendarDate, isMapping, type Mapping, type Value } from "../core/value.ts";
import { formatFloat } from "../core/number.ts";

/** Fields by file, in the order of the definition. */
export type AxisFiles = ReadonlyMap<string, readonly string[]>;

/** How a plot is to be drawn, as declared in `dvc.yaml` or on the command line; absent means undeclared. */
export interface PlotProperties {
  readonly template?: string | undefined;
  /** One field for every file, or fields of named files. */
  readonly x?: string | AxisFiles | undefined;
  /** Fields of the plot's own file, or fields of named files. */
  readonly y?: readonly string[] | AxisFiles | undefined;
  readonly xLabel?: string | undefined;
  readonly yLabel?: string | undefined;
  readonly title?: string | undefined;
  /** Whether the first row of CSV and TSV names the columns. */
  readonly header?: boolean | undefined;
}

export function isAxisFiles(axis: string | readonly string[] | AxisFiles | undefined): axis is AxisFiles {
  return axis instanceof Map;
}

/** Properties of a mapping of `dvc.yaml`; `pathOf` resolves the file names of an axis. Unknown keys belong to outs and are left out. */
export function readProperties(mapping: Mapping | null, pathOf: (name: string) => string): PlotProperties {
  if (mapping === null) return {};
  const text = (key: string): string | undefined => textOf(mapping.get(key)) ?? undefined;
  const header = mapping.get("header");
  const x = mapping.get("x");
  const y = mapping.get("y");
  return compact({
    template: text("template"),
    x: isMapping(x) ? axisFiles(x, pathOf) : text("x"),
    y: isMapping(y) ? axisFiles(y, pathOf) : fieldsOf(y),
    xLabel: text("x_label"),
    yLabel: text("y_label"),
    title: text("title"),
    header: typeof header === "boolean" ? header : undefined,
  });
}

/** The properties that are there, so that spreading one set over another keeps what the upper one does not say. */
export function compact(properties: PlotProperties): PlotProperties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}

/** `over` wins. A plain `y` over an axis of files names the field of each of those files. */
export function overlay(under: PlotProperties, over: PlotProperties): PlotProperties {
  const fields = over.y;
  if (fields === undefined || isAxisFiles(fields) || !isAxisFiles(under.y)) return { ...under, ...over };
  const x = over.x === undefined && isAxisFiles(under.x) ? { x: under.x } : {};
  return { ...under, ...over, ...x, y: new Map([...under.y.keys()].map((file) => [file, fields])) };
}

function axisFiles(mapping: Mapping, pathOf: (name: string) => string): AxisFiles {
  const files = new Map<string, readonly string[]>();
  for (const [name, value] of mapping) {
    const fields = fieldsOf(value);
    if (fields !== undefined) files.set(pathOf(name), fields);
  }
  return files;
}

function fieldsOf(value: Value | undefined): readonly string[] | undefined {
  if (Array.isArray(value)) return value.map(textOf).filter((field) => field !== null);
  const field = textOf(value);
  return field === null ? undefined : [field];
}

/** Column `0` of a file without header is written as a number in YAML. */
function textOf(value: Value | undefined): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (typeof value === "number") return formatFloat(value);
  return value instanceof CalendarDate ? value.text : null;
}
