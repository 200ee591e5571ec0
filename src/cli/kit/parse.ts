import { CmlError, ConfigError, UsageError } from "../../core/error.ts";
import { variables } from "./variable.ts";
import { camel, names } from "./name.ts";
import type { Operand, Option, Options } from "./option.ts";
import { scan } from "./scan.ts";
import type { Given } from "./scan.ts";
import { truth, value } from "./value.ts";
import type { Parsed } from "./value.ts";

export interface Spec {
  /** Full name of the command, for `CML_<COMMAND>_<OPTION>`. */
  readonly command: string;
  readonly options: Options;
  readonly operands: readonly Operand[];
  /** False when no `CML_` variable is set: then none is looked up. */
  readonly hasVariables?: boolean;
}

export interface ParseResult {
  /** By camelCase key. */
  readonly values: Record<string, Parsed>;
  /** By camelCase key: `--gate`, `CML_GATE` or `default`. */
  readonly sources: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
  readonly wantsHelp: boolean;
  /** One line for each deprecated option that was used. */
  readonly warnings: readonly string[];
}

/** Arguments and variables to exact values: flag, then variables, then fallback. Throws `UsageError`, and `ConfigError` for a bad variable. */
export function parse(spec: Spec, args: readonly string[], read: (name: string) => string | undefined): ParseResult {
  const scanned = scan(args, names(spec.options));
  const values: Record<string, Parsed> = {};
  const sources = new Map<string, string>();
  const warnings: string[] = [];
  const missing: string[] = [];
  if (scanned.wantsHelp) return { values, sources, operands: [], wantsHelp: true, warnings };
  const byKey = Map.groupBy(scanned.given, (given) => given.declared.key);
  for (const [key, option] of Object.entries(spec.options)) {
    const given = byKey.get(key) ?? [];
    const found = given.length > 0 ? fromFlags(option, given) : fromVariables(spec, key, option, read);
    values[camel(key)] = found?.value ?? fallback(option);
    sources.set(camel(key), found?.source ?? "default");
    if (found !== undefined && option.deprecated !== undefined)
      warnings.push(`\`${found.source}\` is deprecated: ${option.deprecated}`);
    if ("required" in option && option.required === true && values[camel(key)] === undefined) missing.push(`\`--${key}\``);
  }
  checkCompany(spec.options, byKey, values);
  if (missing.length > 0) throw new UsageError(`missing ${missing.length === 1 ? "option" : "options"}: ${missing.join(", ")}`);
  return { values, sources, operands: checkOperands(spec.operands, scanned.operands), wantsHelp: false, warnings };
}

interface Found {
  readonly value: Parsed;
  readonly source: string;
}

function fromFlags(option: Option, given: readonly Given[]): Found {
  const last = given.at(-1);
  if (last === undefined) throw new Error("no flag given");
  const source = last.name;
  if (option.kind === "flag") return { value: last.declared.negative ? false : last.texts[0] !== "false", source };
  if (option.kind === "list" || option.kind === "pairs")
    return {
      value: value(
        option,
        given.flatMap((each) => each.texts),
        `\`${source}\``,
      ),
      source,
    };
  if (given.length > 1) throw new UsageError(`\`${source}\` is given ${given.length === 2 ? "twice" : `${given.length} times`}`);
  return { value: value(option, last.texts, option.kind === "secret" ? source : `\`${source}\``), source };
}

function fromVariables(spec: Spec, key: string, option: Option, read: (name: string) => string | undefined): Found | undefined {
  for (const { name, inverted } of variables(spec.hasVariables === false ? null : spec.command, key, option)) {
    const text = read(name);
    if (text === undefined || text === "") continue;
    try {
      if (inverted) return { value: !truth(text, `\`${name}\``), source: name };
      return { value: value(option, pieces(option, text), option.kind === "secret" ? name : `\`${name}\``), source: name };
    } catch (cause) {
      // The same text is a wrong flag on the command line and a wrong setting in the environment.
      if (cause instanceof CmlError) throw new ConfigError(cause.message, { cause: cause.cause, hint: cause.hint });
      throw cause;
    }
  }
  return undefined;
}

function pieces(option: Option, text: string): string[] {
  if (option.kind !== "list" && option.kind !== "pairs") return [text];
  return text
    .split(option.kind === "pairs" ? /[\n,]/ : /\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function fallback(option: Option): Parsed {
  if (option.kind === "list") return [];
  if (option.kind === "pairs") return {};
  if (option.kind === "flag") return option.fallback ?? false;
  return "fallback" in option ? option.fallback : undefined;
}

/** `conflicts` counts what was written on the command line only: a variable set for the whole job must not break one command. */
function checkCompany(options: Options, given: ReadonlyMap<string, readonly Given[]>, values: Record<string, Parsed>): void {
  for (const key of given.keys()) {
    const option = options[key];
    const rival = option?.conflicts?.find((other) => given.has(other));
    if (rival !== undefined) throw new UsageError(`\`--${key}\` and \`--${rival}\` exclude each other`);
    const absent = option?.needs?.find((other) => isEmpty(values[camel(other)]));
    if (absent !== undefined) throw new UsageError(`\`--${key}\` needs \`--${absent}\``);
  }
}

function isEmpty(found: Parsed): boolean {
  return found === undefined || found === false || (Array.isArray(found) && found.length === 0);
}

function checkOperands(declared: readonly Operand[], operands: readonly string[]): readonly string[] {
  const absent = declared.find((operand, index) => operand.required === true && operands[index] === undefined);
  if (absent !== undefined) throw new UsageError(`missing operand: ${absent.name}`);
  const takesMany = declared.at(-1)?.many === true;
  const extra = operands[declared.length];
  if (!takesMany && extra !== undefined) throw new UsageError(`unexpected operand: \`${extra}\``);
  return operands;
}
