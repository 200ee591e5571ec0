import { InputError } from "../core/error.ts";
import { isMapping, type Value } from "../core/value.ts";
import { isList, local, merge, type Node, toNode, toText, toValue, typeName } from "./node.ts";

/** Values of params files that were used, by file and key with dots. */
export type UsedVars = Map<string, Map<string, Value>>;

export interface ResolveOptions {
  /** Whether a lone `${}` may stand for a list or mapping. */
  readonly collections?: boolean;
  /** Where used values of params files are written down. */
  readonly used?: UsedVars;
}

/** What `${}` may refer to. A context never changes: every addition makes another one (`dvc/parsing/context.py`). */
export class Context {
  static readonly empty = new Context(new Map(), new Map(), new Set());
  readonly #root: ReadonlyMap<string, Node>;
  /** Files that were read; null: as a whole, else these keys. */
  readonly #files: ReadonlyMap<string, readonly string[] | null>;
  readonly #reserved: ReadonlySet<string>;

  private constructor(
    root: ReadonlyMap<string, Node>,
    files: ReadonlyMap<string, readonly string[] | null>,
    reserved: ReadonlySet<string>,
  ) {
    this.#root = root;
    this.#files = files;
    this.#reserved = reserved;
  }

  /** Adds values written in `dvc.yaml`; `source` is what messages call them. */
  withValues(values: Value, source: string): Context {
    return this.#joined(values, { file: null, source, keys: [] }, this.#files, source);
  }

  /** Whether a file with these keys (null: all) still has to be read. `InputError` when it is there in part. */
  wants(file: string, keys: readonly string[] | null, item: string): boolean {
    const loaded = this.#files.get(file);
    if (loaded === undefined) return true;
    if (keys === null && loaded === null) return false;
    if (keys !== null && loaded === null) throw new InputError(`cannot partially load \`${item}\`: it is loaded already`);
    if (keys === null || keys.some((key) => loaded?.includes(key) === true))
      throw new InputError(`cannot load \`${item}\`: it is partially loaded already`);
    return true;
  }

  /** Adds a params file, or only some of its top-level keys. */
  withFile(file: string, keys: readonly string[] | null, data: Value): Context {
    if (!isMapping(data)) throw new InputError(`expected a mapping, got \`${typeName(data)}\` in \`${file}\``);
    const chosen = keys === null ? data : new Map(keys.map((key) => [key, keyOf(data, key, file)]));
    const loaded = this.#files.get(file);
    const files = new Map(this.#files).set(file, keys === null ? null : [...(loaded ?? []), ...keys]);
    return this.#joined(chosen, { file, source: file, keys: [] }, files, file);
  }

  /** Lays `item` and `key` of a foreach or matrix over the context; files that a stage adds may not redefine them. */
  withItems(items: ReadonlyMap<string, Node>): Context {
    return new Context(new Map([...this.#root, ...items]), this.#files, new Set([...this.#reserved, ...items.keys()]));
  }

  /** The value with every `${}` in it replaced, in keys of mappings as well. `InputError` when one has no value or is no expression. */
  resolve(value: Value, options: ResolveOptions = {}): Value {
    return toValue(this.resolveNode(value, options));
  }

  resolveNode(value: Value, options: ResolveOptions = {}): Node {
    if (typeof value === "string") return this.#text(value, options);
    if (isList(value)) return { kind: "list", origin: local, items: value.map((item) => this.resolveNode(item, options)) };
    if (!isMapping(value)) return toNode(value);
    const items = new Map<string, Node>();
    for (const [key, item] of value) items.set(toText(this.resolve(key, options)), this.resolveNode(item, options));
    return { kind: "mapping", origin: local, items };
  }

  #text(text: string, options: ResolveOptions): Node {
    const matches = [...text.matchAll(/(?<!\\)\$\{(.*?)\}/g)];
    const [only] = matches;
    if (only !== undefined && only[0] === text) {
      const node = this.#select(only[1] ?? "", options.used);
      if (options.collections !== true) refuseCollection(node);
      return node;
    }
    let result = "";
    let at = 0;
    for (const match of matches) {
      const node = this.#select(match[1] ?? "", options.used);
      if (options.collections !== true) refuseCollection(node);
      result += text.slice(at, match.index) + toText(toValue(node));
      at = match.index + match[0].length;
    }
    return toNode((result + text.slice(at)).replaceAll("\\${", "${"));
  }

  #select(expression: string, used: UsedVars | undefined): Node {
    const parts = pathOf(expression);
    let node: Node = { kind: "mapping", items: this.#root, origin: local };
    for (const part of parts) {
      const next: Node | undefined = step(node, part);
      if (next === undefined) throw new InputError(`could not find \`${expression}\``);
      node = next;
    }
    if (used !== undefined) note(node, used);
    return node;
  }

  #joined(
    values: Value,
    origin: Parameters<typeof toNode>[1],
    files: ReadonlyMap<string, readonly string[] | null>,
    what: string,
  ): Context {
    const node = toNode(values, origin);
    if (node.kind !== "mapping") throw new InputError(`expected a mapping, got \`${typeName(values)}\` in \`${what}\``);
    const taken = [...node.items.keys()].filter((key) => this.#reserved.has(key));
    if (taken.length > 0) throw new InputError(`\`${taken.join("`, `")}\` of \`${what}\` is reserved within foreach and matrix`);
    return new Context(merge(this.#root, node.items), files, this.#reserved);
  }
}

/** `a.b[0].c` as its parts. */
function pathOf(expression: string): string[] {
  if (!/^[^.[\]]+(?:\s*\.[^.[\]]+|\s*\[[^.[\]]+\]\s*)*$/.test(expression))
    throw new InputError(`not an expression: \`\${${expression}}\``);
  return expression
    .replaceAll("[", ".")
    .replaceAll("]", "")
    .split(".")
    .map((part) => part.trim());
}

function step(node: Node, part: string): Node | undefined {
  if (node.kind === "mapping") return node.items.get(part);
  if (node.kind === "scalar" || !/^[-+]?\d+$/.test(part)) return undefined;
  return node.items.at(Number(part));
}

function refuseCollection(node: Node): void {
  if (node.kind !== "scalar") throw new InputError(`cannot interpolate a ${node.kind} here`);
}

function note(node: Node, used: UsedVars): void {
  const { file, keys } = node.origin;
  if (file === null || node.kind === "mapping") return;
  const values = used.get(file) ?? new Map<string, Value>();
  used.set(file, values.set(keys.join("."), toValue(node)));
}

function keyOf(data: ReadonlyMap<string, Value>, key: string, file: string): Value {
  const value = data.get(key);
  if (value === undefined) throw new InputError(`could not find \`${key}\` in \`${file}\``);
  return value;
}
