import { UsageError } from "../../core/error.ts";
import type { Declared, Names } from "./name.ts";
import { suggest } from "./suggest.ts";

/** An option as it was given: its texts in order, and under which name. */
export interface Given {
  readonly declared: Declared;
  readonly name: string;
  /** Undefined for a flag without a value. */
  readonly texts: readonly string[];
}

export interface Scanned {
  readonly given: readonly Given[];
  readonly operands: readonly string[];
  readonly wantsHelp: boolean;
}

/**
 * Splits arguments into options and operands; nothing is converted yet. `node:util.parseArgs` is not used: it costs half of an empty
 * program's start, and its treatment of negation differs between Node, Bun and Deno.
 */
export function scan(args: readonly string[], known: Names): Scanned {
  const given: Given[] = [];
  const operands: string[] = [];
  const end = args.indexOf("--");
  const mine = end < 0 ? args : args.slice(0, end);
  const wantsHelp = asksForHelp(mine, known);
  for (let index = 0; index < mine.length;) {
    const token = mine[index] ?? "";
    if (!isOption(token)) {
      operands.push(token);
      index += 1;
      continue;
    }
    // Help explains a command line that is wrong, so it is not refused with it.
    const taken = wantsHelp ? { given: [], next: index + 1 } : take(mine, index, known);
    given.push(...taken.given);
    index = taken.next;
  }
  return { given, operands: end < 0 ? operands : [...operands, ...args.slice(end + 1)], wantsHelp };
}

/** `-` alone is an operand: standard input. */
export function isOption(token: string): boolean {
  return token.length > 1 && token.startsWith("-");
}

function asksForHelp(args: readonly string[], known: Names): boolean {
  return args.includes("--help") || (args.includes("-h") && known.short("h")?.key === "help");
}

interface Taken {
  readonly given: readonly Given[];
  readonly next: number;
}

function take(args: readonly string[], index: number, known: Names): Taken {
  const token = args[index] ?? "";
  return token.startsWith("--") ? takeLong(args, index, token, known) : takeShort(args, index, token, known);
}

function takeLong(args: readonly string[], index: number, token: string, known: Names): Taken {
  const cut = token.indexOf("=");
  const name = cut < 0 ? token : token.slice(0, cut);
  const declared = known.long(name.slice(2));
  if (declared === undefined) throw unknown(name, known);
  return withValue(args, index, declared, name, cut < 0 ? undefined : token.slice(cut + 1), known);
}

/** `-x`, `-x value`, `-x=value`, `-j4`, and several flags as in `-aT`. */
function takeShort(args: readonly string[], index: number, token: string, known: Names): Taken {
  const whole = known.long(token.slice(1).split("=")[0] ?? "");
  const isWord = /^-[a-z][a-z_-]{2,}/i.test(token);
  if (whole !== undefined && isWord) throw new UsageError(`unknown option \`${token}\``, { hint: `did you mean \`-${token}\`?` });
  const given: Given[] = [];
  for (let at = 1; at < token.length; at++) {
    const name = `-${token[at] ?? ""}`;
    const declared = known.short(token[at] ?? "");
    if (declared === undefined) throw unknown(at === 1 ? token : name, known);
    const rest = token.slice(at + 1);
    if (declared.option.kind !== "flag" || rest === "" || rest.startsWith("=")) {
      const taken = withValue(args, index, declared, name, rest === "" ? undefined : rest.replace(/^=/, ""), known);
      return { given: [...given, ...taken.given], next: taken.next };
    }
    given.push({ declared, name, texts: [] });
  }
  return { given, next: index + 1 };
}

function withValue(
  args: readonly string[],
  index: number,
  declared: Declared,
  name: string,
  attached: string | undefined,
  known: Names,
): Taken {
  const one = (texts: readonly string[], next: number): Taken => ({ given: [{ declared, name, texts }], next });
  if (declared.option.kind === "flag") {
    if (attached !== undefined) return one([flagText(declared, name, attached)], index + 1);
    const next = args[index + 1];
    // yargs took a separate word, and old workflows have it.
    return !declared.negative && (next === "true" || next === "false") ? one([next], index + 2) : one([], index + 1);
  }
  if (attached !== undefined) return one([attached], index + 1);
  const first = args[index + 1];
  if (first === undefined || isName(first, known)) throw new UsageError(`\`${name}\` needs a value`, hintAtValue(name, first));
  const texts = [first];
  const greedy = (declared.option.kind === "list" || declared.option.kind === "pairs") && declared.option.words === true;
  for (let at = index + 2; greedy && at < args.length && !isOption(args[at] ?? ""); at++) texts.push(args[at] ?? "");
  return one(texts, index + 1 + texts.length);
}

function flagText(declared: Declared, name: string, attached: string): string {
  if (declared.negative) throw new UsageError(`\`${name}\` takes no value: \`${attached}\``);
  if (attached !== "true" && attached !== "false")
    throw new UsageError(`\`${name}\` is a flag and takes true or false: \`${attached}\``);
  return attached;
}

/** A value may begin with a dash (`-1`, a PEM key, a title); a declared name, or one that is nearly so, is taken for a forgotten value. */
function isName(token: string, known: Names): boolean {
  if (!isOption(token)) return false;
  const name = token.split("=")[0] ?? "";
  if (!token.startsWith("--")) return token.length === 2 && known.short(token[1] ?? "") !== undefined;
  return /^--[\w-]+$/.test(name) && (known.long(name.slice(2)) !== undefined || suggest(name, known.visible) !== undefined);
}

function hintAtValue(name: string, next: string | undefined): { hint?: string } {
  return next === undefined ? {} : { hint: `if \`${next}\` is meant as its value, write \`${name}=${next}\`` };
}

function unknown(name: string, known: Names): UsageError {
  if (/^-\d/.test(name))
    return new UsageError(`unknown option \`${name}\``, {
      hint: `an operand that begins with a dash stands after \`--\`: \`-- ${name}\``,
    });
  const near = suggest(name.startsWith("--") ? name : `-${name}`, known.visible);
  return new UsageError(`unknown option \`${name}\``, { hint: near === undefined ? undefined : `did you mean \`${near}\`?` });
}
