import { InputError } from "../core/error.ts";
import { decodeText, errorAt } from "../core/place.ts";
import { formatFloat } from "../core/number.ts";
import { isMapping, type Mapping, type Value } from "../core/value.ts";
import { readYamlDocument, type YamlDocument } from "../core/yaml.ts";
import { isList, typeName } from "./node.ts";
import type { Project } from "./out.ts";
import { type Problem, problemOf } from "./problem.ts";
import type { Tree } from "./tree.ts";

/** Larger metafiles do not occur; a lock file of 100,000 stages has 30 MB. */
const limitBytes = 64 * 1024 * 1024;

/** A `.dvc`, `dvc.yaml` or `dvc.lock` file while it is read: collects what is wrong with it instead of giving up. */
export class Metafile {
  readonly project: Project;
  readonly path: string;
  readonly problems: Problem[] = [];
  readonly root: Mapping;
  readonly #document: YamlDocument;
  readonly #revision: string;

  private constructor(project: Project, path: string, revision: string, document: YamlDocument, root: Mapping) {
    this.project = project;
    this.path = path;
    this.#revision = revision;
    this.#document = document;
    this.root = root;
  }

  /** Null when it is not there. `InputError` with file and line when it is no YAML mapping. */
  static async load(tree: Tree, project: Project, path: string): Promise<Metafile | null> {
    const bytes = await tree.read(path, { limitBytes });
    if (bytes === null) return null;
    const document = await readYamlDocument(decodeText(bytes, path), path);
    const root = document.value ?? new Map<string, Value>();
    if (!isMapping(root)) throw errorAt(path, { line: 1 }, `expected a mapping, got \`${typeName(root)}\``);
    return new Metafile(project, path, tree.name, document, root);
  }

  /** Writes down what is wrong near `key` of `container`. */
  report(container: Value, key: string | number, message: string): void {
    const line = this.#document.line(container, key) ?? 1;
    this.problems.push(problemOf(errorAt(this.path, { line }, message), this.path, this.#revision));
  }

  /** The same of an expected failure; one that names another file keeps its own place. */
  reportError(container: Value, key: string | number, error: unknown, where: string): void {
    if (error instanceof InputError && error.details["file"] === undefined)
      this.report(container, key, `${where}: ${error.message}`);
    else this.problems.push(problemOf(error, this.path, this.#revision));
  }

  /** The list under `key`, empty when it is absent or null, or (reported) when it is no list. */
  list(container: Mapping, key: string): readonly Value[] {
    const value = container.get(key) ?? null;
    if (isList(value)) return value;
    if (value !== null) this.report(container, key, `\`${key}\` should be a list, not \`${typeName(value)}\``);
    return [];
  }

  mapping(container: Mapping, key: string): Mapping {
    const value = container.get(key) ?? null;
    if (isMapping(value)) return value;
    if (value !== null) this.report(container, key, `\`${key}\` should be a mapping, not \`${typeName(value)}\``);
    return new Map();
  }
}

/** Text of a scalar that stands for a name or hash; numbers as written by Python. Null for anything else. */
export function textOf(value: Value | undefined): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return String(value);
  return typeof value === "number" ? formatFloat(value) : null;
}

export function sizeOf(value: Value | undefined): number | null {
  return typeof value === "bigint" && value >= 0n ? Number(value) : null;
}
