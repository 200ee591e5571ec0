import type { Value } from "../core/value.ts";
import { isMapping } from "../core/value.ts";

/**
 * Nested keys joined by dots. A dot in a key is not escaped, as in DVC; the later of two equal keys wins. Empty mappings leave nothing,
 * lists are values.
 */
export function flatten(value: Value): Map<string, Value> {
  const flat = new Map<string, Value>();
  if (isMapping(value)) collect(value, null, flat);
  return flat;
}

function collect(mapping: ReadonlyMap<string, Value>, prefix: string | null, flat: Map<string, Value>): void {
  for (const [key, value] of mapping) {
    const name = prefix === null ? key : `${prefix}.${key}`;
    if (isMapping(value)) collect(value, name, flat);
    else flat.set(name, value);
  }
}
