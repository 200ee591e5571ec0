import { UnsupportedError } from "../core/error.ts";
import type { Forge } from "./contract.ts";
import type { Capability } from "./registry.ts";

const nouns: Readonly<Record<Capability, string>> = {
  checks: "checks",
  images: "a place for images",
  changes: "pull requests made from here",
  runners: "runners of one's own",
};

/** The part of a forge that a command needs. Throws `UnsupportedError` naming forge and part; call it before anything irreversible. */
export function need<C extends Capability>(forge: Forge, part: C): NonNullable<Forge[C]> {
  const found = forge[part];
  if (found === undefined || found === null) {
    throw new UnsupportedError(`${forge.title} does not support ${nouns[part]}`);
  }
  return found;
}
