import { readJson } from "./json.ts";
import { decodeText } from "./place.ts";
import type { Value } from "./value.ts";

/**
 * Reads a metrics or params file by its suffix as DVC does: `.json`, `.toml`, `.py`, everything else is YAML. `InputError` naming file and line.
 */
export async function readDocument(bytes: Uint8Array, file: string): Promise<Value> {
  const text = decodeText(bytes, file);
  const suffix = /\.[^./]*$/.exec(file)?.[0].toLowerCase();
  switch (suffix) {
    case ".json":
      return readJson(text, file);
    case ".toml":
      return (await import("./toml.ts")).readToml(text, file);
    case ".py":
      return (await import("./python.ts")).readPython(text, file);
    default:
      return (await import("./yaml.ts")).readYaml(text, file);
  }
}
