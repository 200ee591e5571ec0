import { ConfigError } from "../core/error.ts";
import { Secret } from "../core/secret.ts";
import type { StoreConfig } from "./contract.ts";

/** Text of an option; null when it is absent or empty. `ConfigError` for a list. */
export function textOption({ options, source }: StoreConfig, name: string): string | null {
  const value = options.get(name);
  if (value === undefined || value === "") return null;
  if (typeof value === "string") return value;
  throw new ConfigError(`${source}: \`${name}\` is a list; put quotes around a value with a comma`);
}

/** An option that must not be printed; its source says where it stood. */
export function secretOption(config: StoreConfig, name: string): Secret | null {
  const value = textOption(config, name);
  return value === null ? null : new Secret(value, `\`${name}\` of ${config.source}`);
}

/** `true` or `false`, any case, as DVC accepts them; null when absent. */
export function flagOption(config: StoreConfig, name: string): boolean | null {
  const value = textOption(config, name)?.toLowerCase();
  if (value === undefined) return null;
  if (value === "true" || value === "false") return value === "true";
  throw new ConfigError(`${config.source}: \`${name}\` is neither \`true\` nor \`false\`: \`${value}\``);
}

export function numberOption(config: StoreConfig, name: string): number | null {
  const value = textOption(config, name);
  if (value === null) return null;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  throw new ConfigError(`${config.source}: \`${name}\` is not a number: \`${value}\``);
}
