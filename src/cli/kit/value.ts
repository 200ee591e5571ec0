import { UsageError } from "../../core/error.ts";
import { Secret } from "../../core/secret.ts";
import { assertNever } from "../../core/text.ts";
import type { Option } from "./option.ts";
import { suggest } from "./suggest.ts";

export type Parsed = string | number | boolean | string[] | Record<string, string> | Secret | undefined;

/** Text of one option to its value. `origin` is how it was given (`--timeout`, `CML_TIMEOUT`) and stands in errors. */
export function value(option: Option, texts: readonly string[], origin: string): Parsed {
  const text = texts[0] ?? "";
  switch (option.kind) {
    case "text":
      return text;
    case "file":
      if (text === "") throw new UsageError(`${origin} needs the name of a file`);
      return text;
    case "secret":
      return text === "" ? undefined : new Secret(text, origin);
    case "flag":
      return truth(text, origin);
    case "number":
      return number(text, origin);
    case "duration":
      return duration(text, origin);
    case "size":
      return size(text, origin);
    case "choice":
      return choice(text, option.choices, origin);
    case "list":
      return list(texts, option.comma === true);
    case "pairs":
      return Object.fromEntries(texts.map((each) => pair(each, origin)));
    default:
      return assertNever(option);
  }
}

/** A flag from a variable: `true`, `false`, `1`, `0`. */
export function truth(text: string, origin: string): boolean {
  const word = text.trim().toLowerCase();
  if (word === "true" || word === "1") return true;
  if (word === "false" || word === "0") return false;
  throw new UsageError(`${origin} is a flag and takes true or false: \`${text}\``);
}

function number(text: string, origin: string): number {
  const found = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN;
  if (!Number.isFinite(found)) throw new UsageError(`${origin} needs a number: \`${text}\``);
  return found;
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `90`, `90s`, `1h30m`; a bare number is seconds, as it was in the predecessor. */
function duration(text: string, origin: string): number {
  const word = text.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(word)) return Number(word) * 1_000;
  const parts = [...word.matchAll(/(\d+(?:\.\d+)?)(ms|min|[smhd])/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join("") !== word)
    throw new UsageError(`${origin} needs a duration such as \`90s\` or \`1h30m\`: \`${text}\``);
  return parts.reduce((sum, part) => sum + Number(part[1]) * (units[part[2] ?? ""] ?? 0), 0);
}

/** Bytes of `500`, `500kB`, `64MiB`, `2G`; `k`, `M`, `G`, `T` are powers of 1000, with `i` of 1024. */
function size(text: string, origin: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?))?b?$/i.exec(text.trim());
  if (match === null) throw new UsageError(`${origin} needs a size such as \`500MB\` or \`64MiB\`: \`${text}\``);
  const power = match[2] === undefined ? 0 : "kmgt".indexOf(match[2].toLowerCase()) + 1;
  return Math.round(Number(match[1]) * (match[3] ? 1024 : 1000) ** power);
}

function choice(text: string, choices: readonly string[], origin: string): string {
  if (choices.includes(text)) return text;
  const near = suggest(text, choices);
  throw new UsageError(`${origin} is one of ${choices.join(", ")}: \`${text}\``, {
    hint: near === undefined ? undefined : `did you mean \`${near}\`?`,
  });
}

function list(texts: readonly string[], comma: boolean): string[] {
  return texts.flatMap((text) => (comma ? text.split(",").map((item) => item.trim()) : [text])).filter((item) => item !== "");
}

function pair(text: string, origin: string): [string, string] {
  const cut = text.indexOf("=");
  if (cut < 1) throw new UsageError(`${origin} needs name=value: \`${text}\``);
  return [text.slice(0, cut), text.slice(cut + 1)];
}
