import * as v from "valibot";
import { CmlError, ConfigError } from "../core/error.ts";
import type { Value } from "../core/value.ts";
import { CalendarDate, isMapping } from "../core/value.ts";

const texts = v.union([
  v.array(v.string()),
  v.pipe(
    v.string(),
    v.transform((one) => [one]),
  ),
]);

const schema = v.strictObject({
  metrics: v.optional(texts),
  params: v.optional(texts),
  plots: v.optional(texts),
  gates: v.optional(texts),
  advisory: v.optional(v.boolean()),
  "min-change": v.optional(v.union([v.string(), v.number()])),
  directions: v.optional(v.record(v.string(), v.picklist(["higher", "lower"]))),
  accept: v.optional(v.array(v.strictObject({ metric: v.string(), until: v.optional(v.string()), reason: v.string() }))),
  base: v.optional(v.string()),
  to: v.optional(texts),
  title: v.optional(v.string()),
  key: v.optional(v.string()),
  store: v.optional(v.string()),
  mode: v.optional(v.picklist(["update", "recreate", "append", "new", "delete"])),
  when: v.optional(v.picklist(["always", "change", "worse", "gate"])),
});

/** `cml.yaml` at the repository's root: the team's settings of `cml report`. */
export type Settings = v.InferOutput<typeof schema>;

/** Reads settings; an absent file is an empty one. Throws `ConfigError` naming the file and the key. */
export async function readSettings(bytes: Uint8Array | null, file = "cml.yaml"): Promise<Settings> {
  if (bytes === null) return {};
  const { readYaml } = await import("../core/yaml.ts");
  let value: Value;
  try {
    value = await readYaml(new TextDecoder("utf-8", { fatal: true }).decode(bytes), file);
  } catch (error) {
    throw new ConfigError(error instanceof CmlError ? error.message : `${file}: not UTF-8`, { cause: error });
  }
  if (value === null) return {};
  const result = v.safeParse(schema, plain(value));
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = (issue.path ?? []).map((item) => String(item.key)).join(".");
  const known = Object.keys(schema.entries).join(", ");
  if (issue.expected === "never") throw new ConfigError(`${file}: unknown setting \`${path}\``, { hint: `known: ${known}` });
  throw new ConfigError(`${file}: \`${path}\`: expected ${issue.expected ?? "another value"} but it is ${issue.received}`);
}

function plain(value: Value): unknown {
  if (isMapping(value)) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  if (Array.isArray(value)) return value.map((item: Value) => plain(item));
  if (value instanceof CalendarDate) return value.text;
  return typeof value === "bigint" ? Number(value) : value;
}

/** `0.1%`, `0.001`: the share below which a change counts as none. */
export function parseMinChange(text: string | number | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^\s*(\d+\.?\d*|\.\d+)\s*(%?)\s*$/.exec(String(text));
  if (match === null) throw new ConfigError(`not a share: \`${text}\``, { hint: "write `0.1%` or `0.001`" });
  return Number(match[1]) / (match[2] === "%" ? 100 : 1);
}
