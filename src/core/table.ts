import { ConfigError } from "./error.ts";

/** A row of a registry: metadata is data, `load` brings the code. */
export interface Row {
  readonly title: string;
  readonly aliases?: readonly string[];
}

/** Finds the row of `id` or one of its aliases. Throws `ConfigError` naming the known ids when there is none. */
export function lookup<T extends Row>(table: Readonly<Record<string, T>>, id: string, noun: string): T {
  const wanted = id.toLowerCase();
  for (const [name, row] of Object.entries(table)) {
    if (name === wanted || row.aliases?.includes(wanted)) return row;
  }
  throw new ConfigError(`unknown ${noun}: \`${id}\``, { hint: `known: ${Object.keys(table).join(", ")}` });
}
