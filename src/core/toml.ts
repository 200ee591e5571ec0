import { errorAt } from "./place.ts";
import { CalendarDate, type Value } from "./value.ts";

/** Reads TOML: integers are bigints, dates and times `CalendarDate`s with Python's text. `InputError` with line and column. */
export async function readToml(text: string, what: string): Promise<Value> {
  const toml = await import("smol-toml");
  try {
    return convert(toml.parse(text.startsWith("\uFEFF") ? text.slice(1) : text, { integersAsBigInt: true, maxDepth: 200 }));
  } catch (cause) {
    if (cause instanceof toml.TomlError) {
      const message = (cause.message.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, "");
      throw errorAt(what, { line: cause.line, column: cause.column }, `not valid TOML: ${message}`, cause);
    }
    if (cause instanceof RangeError) throw errorAt(what, { line: 1 }, "not valid TOML: nested too deep", cause);
    throw cause;
  }

  function convert(value: unknown): Value {
    if (typeof value === "string" || typeof value === "boolean" || typeof value === "bigint" || typeof value === "number")
      return value;
    if (Array.isArray(value)) return value.map((item) => convert(item));
    if (value instanceof toml.TomlDate) return new CalendarDate(dateText(value.toISOString()));
    if (typeof value !== "object" || value === null) return null;
    return new Map(Object.entries(value).map(([key, item]) => [key, convert(item)]));
  }
}

/** Python's `str` of a date or time from its ISO text: a space for `T`, `+00:00` for `Z`, six decimals or none. */
function dateText(iso: string): string {
  return iso
    .replace("T", " ")
    .replace(/Z$/, "+00:00")
    .replace(/\.(\d{3})/, (_, milliseconds: string) => (milliseconds === "000" ? "" : `.${milliseconds}000`));
}
