import { prefixes } from "../legacy.ts";
import type { Option } from "./option.ts";

/** A variable that feeds an option; `inverted` is the `NO_` form of a flag. */
export interface VariableName {
  readonly name: string;
  readonly inverted: boolean;
}

/** Names read for an option, first one wins: `CML_<COMMAND>_<OPTION>`, the prefixes of old commands, `CML_<OPTION>`, then its own list; with null only that list. */
export function variables(command: string | null, key: string, option: Option): VariableName[] {
  // Plain loops: every start makes these names for every option, and closures cost more than the work.
  const made: VariableName[] = [];
  const isFlag = option.kind === "flag";
  for (const prefix of stems(command)) {
    for (const word of [key, ...(option.alias ?? [])]) {
      if (word.length === 1) continue;
      const name = upper(word);
      made.push({ name: prefix + name, inverted: false });
      if (isFlag) made.push({ name: `${prefix}NO_${name}`, inverted: true });
    }
  }
  for (const name of option.env ?? []) made.push({ name, inverted: false });
  return made;
}

/** The name that help shows. */
export function variable(command: string, key: string): string {
  return `CML_${upper(command)}_${upper(key)}`;
}

function stems(command: string | null): readonly string[] {
  if (command === null) return [];
  if (last.command !== command) {
    const words = [upper(command), upper(command.split(" ")[0] ?? ""), ...prefixes(command)];
    last = { command, stems: [...new Set(words.filter((word) => word !== "").map((word) => `CML_${word}_`)), "CML_"] };
  }
  return last.stems;
}

let last: { readonly command: string; readonly stems: readonly string[] } = { command: "", stems: ["CML_"] };

/** `CLOUD_HDD_SIZE` of `cloud-hdd-size`. */
function upper(name: string): string {
  return name.toUpperCase().replaceAll("-", "_").replaceAll(" ", "_");
}
