import { CmlError, InputError } from "../core/error.ts";
import { isMapping, type Mapping, type Value } from "../core/value.ts";
import { expandForeach, expandMatrix } from "./expand.ts";
import type { Stage } from "./stage.ts";
import type { Lock } from "./lock.ts";
import { type Metafile, textOf } from "./metafile.ts";
import { isList, typeName } from "./node.ts";
import { readStage, type ResolvedStage } from "./pipeline-stage.ts";
import { folderOf, joinPath } from "./path.ts";
import { Context, type UsedVars } from "./template.ts";

/** Reads a params file for `${}`; null when it is not there. */
export type ReadVars = (file: string) => Promise<Value | null>;

/** A pipeline file whose top-level values and stages are resolved. */
export interface Pipeline {
  readonly stages: readonly Stage[];
  /** Resolves a value of the top level; reports and answers null when it cannot. */
  resolve(section: string, container: Value, key: string | number, value: Value): Value;
}

/** Resolves the stages of a `dvc.yaml` against `params.yaml` beside it and its `vars`, and joins them with its lock. */
export async function readPipeline(metafile: Metafile, lock: Lock, readVars: ReadVars): Promise<Pipeline> {
  const reader = new PipelineReader(metafile, lock, readVars);
  await reader.start();
  const stages: Stage[] = [];
  const definitions = metafile.mapping(metafile.root, "stages");
  for (const name of definitions.keys()) stages.push(...(await reader.stages(definitions, name)));
  return { stages, resolve: (section, container, key, value) => reader.resolve(section, container, key, value) };
}

class PipelineReader {
  readonly #metafile: Metafile;
  readonly #lock: Lock;
  readonly #readVars: ReadVars;
  readonly #folder: string;
  #context = Context.empty;
  /** Without its variables nothing resolves; one problem says so, a hundred would hide it. */
  #isBroken = false;

  constructor(metafile: Metafile, lock: Lock, readVars: ReadVars) {
    this.#metafile = metafile;
    this.#lock = lock;
    this.#readVars = readVars;
    this.#folder = folderOf(metafile.path);
  }

  async start(): Promise<void> {
    const { root } = this.#metafile;
    try {
      const file = joinPath(this.#folder, "params.yaml") ?? "params.yaml";
      const params = await this.#readVars(file);
      if (params !== null) this.#context = this.#context.withFile(file, null, params);
      this.#context = await this.#withVars(this.#context, this.#metafile.list(root, "vars"), this.#folder, "");
    } catch (error) {
      this.#metafile.reportError(root, "vars", error, "`vars`");
      this.#isBroken = true;
    }
  }

  resolve(section: string, container: Value, key: string | number, value: Value): Value {
    try {
      return this.#context.resolve(value, { collections: true });
    } catch (error) {
      this.#report(container, key, error, `\`${section}\``);
      return null;
    }
  }

  /** One stage, or all of a foreach or matrix. */
  async stages(definitions: Mapping, name: string): Promise<Stage[]> {
    const definition = definitions.get(name) ?? null;
    try {
      if (!isMapping(definition)) throw new InputError(`should be a mapping, not \`${typeName(definition)}\``);
      if (definition.has("foreach") || definition.has("do")) return await this.#foreach(definitions, name, definition);
      if (definition.has("matrix")) return await this.#matrix(definitions, name, definition);
      return [await this.#stage({ definitions, group: name, name, definition, context: this.#context })];
    } catch (error) {
      this.#report(definitions, name, error, `stage \`${name}\``);
      return [];
    }
  }

  async #foreach(definitions: Mapping, group: string, outer: Mapping): Promise<Stage[]> {
    const definition = outer.get("do") ?? null;
    if (!isMapping(definition)) throw new InputError("`foreach` needs a stage under `do`");
    const stages: Stage[] = [];
    for (const { key, context } of expandForeach(outer.get("foreach") ?? null, this.#context))
      stages.push(await this.#stage({ definitions, group, name: `${group}@${key}`, definition, context }));
    return stages;
  }

  async #matrix(definitions: Mapping, group: string, definition: Mapping): Promise<Stage[]> {
    const stages: Stage[] = [];
    for (const { key, context } of expandMatrix(definition.get("matrix") ?? null, this.#context))
      stages.push(await this.#stage({ definitions, group, name: `${group}@${key}`, definition, context }));
    return stages;
  }

  async #stage(wanted: {
    definitions: Mapping;
    group: string;
    name: string;
    definition: Mapping;
    context: Context;
  }): Promise<Stage> {
    const { definitions, group, name, definition } = wanted;
    const folder = joinPath(this.#folder, textOf(wanted.context.resolve(definition.get("wdir") ?? "")) ?? "");
    if (folder === null) throw new InputError("`wdir` leaves the repository");
    const context = await this.#withVars(wanted.context, this.#metafile.list(definition, "vars"), folder, name);
    const used: UsedVars = new Map();
    const fields = new Map<string, Value>();
    for (const [key, value] of definition) {
      if (key === "vars" || key === "matrix") continue;
      try {
        fields.set(key, context.resolve(value, { used, collections: key === "cmd" }));
      } catch (error) {
        this.#report(definition, key, error, `stage \`${name}\`, \`${key}\``);
      }
    }
    const resolved: ResolvedStage = { name, raw: { container: definitions, key: group }, fields, folder, vars: used };
    return readStage(this.#metafile, this.#lock, resolved);
  }

  /** Adds files, parts of files (`file:key,key`) and mappings to a context. */
  async #withVars(start: Context, items: readonly Value[], folder: string, stage: string): Promise<Context> {
    let context = start;
    for (const [index, item] of items.entries()) {
      if (isInterpolated(item)) throw new InputError("`vars` cannot hold `${}`");
      const text = textOf(item);
      if (text !== null) context = await this.#withFile(context, text, folder);
      else context = context.withValues(item, `${stage}${stage === "" ? "" : "."}vars[${index}]`);
    }
    return context;
  }

  async #withFile(context: Context, item: string, folder: string): Promise<Context> {
    const colon = item.indexOf(":");
    const written = colon < 0 ? item : item.slice(0, colon);
    const names =
      colon < 0
        ? []
        : item
            .slice(colon + 1)
            .split(",")
            .filter((name) => name !== "");
    const keys = names.length === 0 ? null : names;
    const file = joinPath(folder, written);
    if (file === null) throw new InputError(`\`${written}\` lies outside of the repository`);
    if (!context.wants(file, keys, item)) return context;
    const data = await this.#readVars(file);
    if (data === null) throw new InputError(`\`${file}\` does not exist`);
    return context.withFile(file, keys, data);
  }

  #report(container: Value, key: string | number, error: unknown, where: string): void {
    if (!(error instanceof CmlError) || error.kind === "cancelled") throw error;
    if (!this.#isBroken) this.#metafile.reportError(container, key, error, where);
  }
}

function isInterpolated(value: Value): boolean {
  if (typeof value === "string") return /(?<!\\)\$\{.*?\}/.test(value);
  if (isList(value)) return value.some(isInterpolated);
  return isMapping(value) && [...value].some(([key, item]) => isInterpolated(key) || isInterpolated(item));
}
