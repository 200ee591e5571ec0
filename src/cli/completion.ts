import { UsageError } from "../core/error.ts";
import { globalOptions } from "./globals.ts";
import type { Command } from "./kit/command.ts";
import type { Options } from "./kit/option.ts";
import type { Group, Leaf, Tree } from "./kit/tree.ts";
import { root } from "./root.ts";

/** What may stand after the words of a command. */
interface Place {
  readonly words: string;
  readonly next: readonly { readonly word: string; readonly says: string }[];
}

/** A script that completes commands and option names; made from the tables, so it starts no program while a person types. */
export async function script(shell: string): Promise<string> {
  const all = await places(root, []);
  switch (shell) {
    case "bash":
      return bash(all);
    case "zsh":
      return `#compdef cml\nautoload -U +X bashcompinit && bashcompinit\n${bash(all)}`;
    case "fish":
      return fish(all);
    default:
      throw new UsageError(`unknown shell: \`${shell}\``, { hint: "one of bash, zsh, fish" });
  }
}

async function places(tree: Tree, path: readonly string[]): Promise<Place[]> {
  const visible = Object.entries(tree).filter(([, node]) => node.hidden !== true);
  const here: Place = {
    words: path.join(" "),
    next: [...visible.map(([word, node]) => ({ word, says: node.summary })), ...optionWords(globalOptions)],
  };
  const below = await Promise.all(visible.map(([word, node]) => placesOf(node, [...path, word])));
  return [here, ...below.flat()];
}

async function placesOf(node: Leaf | Group, path: readonly string[]): Promise<Place[]> {
  if (!("load" in node)) return places(node.children, path);
  const { default: leaf }: { default: Command } = await node.load();
  return [{ words: path.join(" "), next: optionWords({ ...leaf.options, ...globalOptions }) }];
}

function optionWords(options: Options): { word: string; says: string }[] {
  return Object.entries(options)
    .filter(([, option]) => option.hidden !== true)
    .map(([key, option]) => ({ word: `--${key}`, says: option.help }));
}

function bash(all: readonly Place[]): string {
  const cases = all.map(({ words, next }) => `    "${words}") words="${next.map((each) => each.word).join(" ")}" ;;`);
  return `_cml() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" words="" index
  for ((index = 1; index < COMP_CWORD; index++)); do
    [[ "\${COMP_WORDS[index]}" == -* ]] && break
    path="\${path:+$path }\${COMP_WORDS[index]}"
  done
  while :; do
    case "$path" in
${cases.join("\n")}
    esac
    [[ -n "$words" || "$path" != *" "* ]] && break
    path="\${path% *}"
  done
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _cml cml
`;
}

function fish(all: readonly Place[]): string {
  const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = all.flatMap(({ words, next }) => {
    const seen =
      words === ""
        ? "__fish_use_subcommand"
        : words
            .split(" ")
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join("; and ");
    return next.map(
      ({ word, says }) =>
        `complete -c cml -n ${quote(seen)} ${word.startsWith("--") ? `-l ${word.slice(2)}` : `-f -a ${word}`} -d ${quote(says)}`,
    );
  });
  return `${lines.join("\n")}\n`;
}
