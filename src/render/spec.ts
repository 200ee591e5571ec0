import type { TopLevelSpec } from "vega-lite";
import type { Spec } from "vega";
import { InputError } from "../core/error.ts";
import { jsonFault } from "./json-fault.ts";
import { checkMarks } from "./mark.ts";

/** Levels of brackets; the deepest chart of the projects' own galleries has 22. Recursive code in vega-lite overflows far above. */
const depthLimit = 100;
/** Rows over all inline tables, and of any table at run time. */
export const rowLimit = 200_000;

export type Document =
  | { readonly kind: "vega"; readonly spec: Spec }
  | { readonly kind: "vega-lite"; readonly spec: TopLevelSpec };

/** Values that a command line may put over those of the specification. */
export interface Overrides {
  readonly width?: number | undefined;
  readonly background?: string | undefined;
}

/** Reads and checks a specification. Throws `InputError` that says what is wrong and where. */
export function parse(text: string, overrides: Overrides = {}, expected?: Document["kind"]): Document {
  const fault = jsonFault(text, depthLimit);
  if (fault !== null) throw new InputError(`not valid JSON at ${fault.line}:${fault.column}: ${fault.reason}`);
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) throw new InputError("a chart is a JSON object");
  if (overrides.width !== undefined) value["width"] = overrides.width;
  if (overrides.background !== undefined) value["background"] = overrides.background;
  const kind = expected ?? kindOf(value);
  checkMarks(value, kind);
  checkRows(value);
  if (kind === "vega" && isVega(value)) return { kind, spec: value };
  if (isVegaLite(value)) return { kind: "vega-lite", spec: value };
  throw new InputError("neither Vega nor Vega-Lite: no `$schema`, no `mark`, no `marks`");
}

/** `$schema` decides; without it the shape does: `marks` is Vega's, the rest are Vega-Lite's. */
function kindOf(value: Record<string, unknown>): Document["kind"] {
  const schema = value["$schema"];
  if (typeof schema === "string") {
    const found = /\/schema\/(vega|vega-lite)\//.exec(schema)?.[1];
    if (found === "vega" || found === "vega-lite") return found;
    throw new InputError(`neither Vega nor Vega-Lite: \`$schema\` is ${JSON.stringify(schema)}`);
  }
  return Array.isArray(value["marks"]) || Array.isArray(value["signals"]) ? "vega" : "vega-lite";
}

function isVega(value: Record<string, unknown>): value is Record<string, unknown> & Spec {
  return ["marks", "signals", "data", "scales", "axes", "layout", "$schema"].some((key) => Object.hasOwn(value, key));
}

function isVegaLite(value: object): value is TopLevelSpec {
  return ["mark", "layer", "concat", "hconcat", "vconcat", "facet", "repeat", "spec"].some((key) => Object.hasOwn(value, key));
}

function checkRows(value: unknown): void {
  let rows = 0;
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const item of node) visit(item);
    } else if (isRecord(node)) {
      for (const [key, item] of Object.entries(node)) {
        if (key === "values" && Array.isArray(item)) rows += item.length;
        else visit(item);
      }
      for (const item of Object.values(isRecord(node["datasets"]) ? node["datasets"] : {})) {
        if (Array.isArray(item)) rows += item.length;
      }
    }
  };
  visit(value);
  if (rows > rowLimit) throw new InputError(`${rows} rows of data; the limit is ${rowLimit}`);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
