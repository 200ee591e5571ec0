import { readJson } from "../core/json.ts";
import { decodeText } from "../core/place.ts";
import type { Value } from "../core/value.ts";

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
      return (await import("../core/toml.ts")).readToml(text, file);
    case ".py":
      return (await import("./python.ts")).readPython(text, file);
    default:
      return (await import("../core/yaml.ts")).readYaml(text, file);
  }
}
