import { UsageError } from "../../core/error.ts";
import type { Command } from "./command.ts";
import { names } from "./name.ts";
import type { Options } from "./option.ts";
import { isOption } from "./scan.ts";
import { suggest } from "./suggest.ts";

/** One command. The summary stands here, so that a list of commands loads none of them. */
export interface Leaf {
  readonly summary: string;
  readonly hidden?: boolean;
  /** Old names warn and say what to write instead. */
  readonly deprecated?: string;
  readonly load: () => Promise<{ readonly default: Command }>;
}

export interface Group {
  readonly summary: string;
  /** Child that is meant when no child is named: `cml pr GLOB` of the predecessor is `cml pr create GLOB`. */
  readonly bare?: string;
  readonly hidden?: boolean;
  readonly children: Tree;
}

export type Tree = Readonly<Record<string, Leaf | Group>>;

export type Walk =
  | { readonly kind: "leaf"; readonly leaf: Leaf; readonly path: readonly string[]; readonly args: readonly string[] }
  | {
      readonly kind: "group";
      readonly children: Tree;
      readonly summary: string;
      readonly path: readonly string[];
      readonly wantsHelp: boolean;
    };

/**
 * Follows the words of a command line to its leaf; options of every command are collected wherever they stand. Throws `UsageError` for a
 * word that is no command, and for any other option in front of the command, before a guess at what the word after it may be.
 */
export function walk(tree: Tree, summary: string, argv: readonly string[], globals: Options): Walk {
  const known = names(globals);
  const before: string[] = [];
  const path: string[] = [];
  let children = tree;
  let about = summary;
  let wantsHelp = false;
  let bare: Leaf | undefined;
  for (let index = 0; index < argv.length; index++) {
    const token = argv[index] ?? "";
    if (token === "--") break;
    if (isOption(token)) {
      if (bare !== undefined && !wantsOnlyHelp(token) && !isKnown(token, known))
        return { kind: "leaf", leaf: bare, path, args: [...before, ...argv.slice(index)] };
      const width = globalWidth(token, argv[index + 1], known, path);
      before.push(...argv.slice(index, index + width));
      wantsHelp ||= token === "--help" || token === "-h";
      index += width - 1;
      continue;
    }
    const node = Object.hasOwn(children, token) ? children[token] : undefined;
    if (node === undefined && bare !== undefined && suggest(token, Object.keys(children)) === undefined)
      return { kind: "leaf", leaf: bare, path, args: [...before, ...argv.slice(index)] };
    if (node === undefined) throw unknownCommand(token, children, path);
    path.push(token);
    if ("load" in node) return { kind: "leaf", leaf: node, path, args: [...before, ...argv.slice(index + 1)] };
    const meant = node.bare === undefined ? undefined : node.children[node.bare];
    bare = meant !== undefined && "load" in meant ? meant : undefined;
    children = node.children;
    about = node.summary;
  }
  return { kind: "group", children, summary: about, path, wantsHelp };
}

function wantsOnlyHelp(token: string): boolean {
  return token === "--help" || token === "-h";
}

function isKnown(token: string, known: ReturnType<typeof names>): boolean {
  const name = token.split("=")[0] ?? "";
  return (token.startsWith("--") ? known.long(name.slice(2)) : known.short(name.slice(1))) !== undefined;
}

/** How many words a global option takes, itself included. */
function globalWidth(token: string, next: string | undefined, known: ReturnType<typeof names>, path: readonly string[]): number {
  const name = token.split("=")[0] ?? "";
  const declared = token.startsWith("--") ? known.long(name.slice(2)) : known.short(name.slice(1));
  if (declared === undefined) {
    const near = suggest(name, known.visible);
    throw new UsageError(`unknown option before the command: \`${name}\``, {
      hint:
        near === undefined
          ? `options of a command stand after its name: \`${[programName, ...path].join(" ")} <command> ${name}\``
          : `did you mean \`${near}\`?`,
    });
  }
  if (token.includes("=")) return 1;
  if (declared.option.kind === "flag") return next === "true" || next === "false" ? 2 : 1;
  return next === undefined ? 1 : 2;
}

export const programName = "cml";

function unknownCommand(word: string, children: Tree, path: readonly string[]): UsageError {
  const visible = Object.keys(children).filter((name) => children[name]?.hidden !== true);
  const near = suggest(word, visible);
  const whole = [...path, word].join(" ");
  const here = [programName, ...path];
  return new UsageError(`unknown command: \`${whole}\``, {
    hint:
      near === undefined
        ? `\`${[...here, "--help"].join(" ")}\` lists the commands`
        : `did you mean \`${[...here, near].join(" ")}\`?`,
  });
}
