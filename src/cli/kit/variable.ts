import { prefixes } from "../legacy.ts";
import type { Option } from "./option.ts";

/** A variable that feeds an option; `inverted` is the `NO_` form of a flag. */
export interface VariableName {
  readonly name: string;
  readonly inverted: boolean;
}

/** Names read for an option, first one wins: `CML_<COMMAND>_<OPTION>`, the prefixes of old commands, `CML_<OPTION>`, then its own list. */
export function variables(command: string, key: string, option: Option): VariableName[] {
  const words = [key, ...(option.alias ?? [])].filter((name) => name.length > 1).map(upper);
  const commands = [...new Set([upper(command), upper(command.split(" ")[0] ?? ""), ...prefixes(command)])].filter(
    (name) => name !== "",
  );
  const stems = [
    ...commands.flatMap((prefix) => words.map((word) => [`CML_${prefix}_`, word] as const)),
    ...words.map((word) => ["CML_", word] as const),
  ];
  const made = stems.flatMap(([prefix, word]) => [
    { name: `${prefix}${word}`, inverted: false },
    ...(option.kind === "flag" ? [{ name: `${prefix}NO_${word}`, inverted: true }] : []),
  ]);
  return [...made, ...(option.env ?? []).map((name) => ({ name, inverted: false }))];
}

function upper(name: string): string {
  return name
    .replace(/[ -]/g, "_")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toUpperCase();
}
