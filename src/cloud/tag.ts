import { ConfigError } from "../core/error.ts";
import type { Tags } from "./contract.ts";

/** On everything that we make; what lacks it is never touched. */
export const managed = "cml-managed=1";

export interface Marks {
  /** Name of the runner. */
  readonly name: string;
  /** `owner/name` of the repository, or what the runner serves. */
  readonly repository: string;
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** The user's own. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Tags of a machine: within the narrowest rules of all providers (lower case, digits, `-`, `_`, at most 63), so that they are never altered. */
export function tagsOf(marks: Marks): Tags {
  const own = Object.keys(marks.metadata).filter((key) => key.toLowerCase().startsWith("cml-"));
  if (own.length > 0) throw new ConfigError(`metadata may not start with \`cml-\`: ${own.map((key) => `\`${key}\``).join(", ")}`);
  return {
    "cml-managed": "1",
    "cml-id": marks.name,
    "cml-repo": slugOf(marks.repository),
    "cml-created": seconds(marks.createdAt),
    "cml-expires": seconds(marks.expiresAt),
    "cml-attempt": String(marks.attempt),
    ...marks.metadata,
  };
}

/** A repository's name as a tag's value; not reversible, equal for equal names. */
export function slugOf(repository: string): string {
  return repository
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^[-_]+/, "")
    .slice(0, 63)
    .replace(/[-_]+$/, "");
}

/** Whether tags carry ours and the one asked for as `name=value`. */
export function carries(tags: Tags, tag: string): boolean {
  const [name, value] = partsOf(tag);
  return tags["cml-managed"] === "1" && tags[name] === value;
}

/** `name` and `value` of `name=value`. */
export function partsOf(tag: string): readonly [name: string, value: string] {
  const cut = tag.indexOf("=");
  return cut < 0 ? [tag, ""] : [tag.slice(0, cut), tag.slice(cut + 1)];
}

/** Milliseconds of a time tag, null when it is absent or no number. */
export function timeOf(tags: Tags, name: "cml-created" | "cml-expires"): number | null {
  const text = tags[name];
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) * 1000 : null;
}

function seconds(ms: number): string {
  return String(Math.ceil(ms / 1000));
}
