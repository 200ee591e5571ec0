/**
 * Fails on an import against the direction table, on a cycle, on a driver reached past its registry, on a computed `import()`, on what touches the
 * outside world away from `src/host`, and on folders and files whose names say nothing.
 *
 *     bun scripts/check-imports.ts [FOLDER]
 */
import { readdir, readFile } from "node:fs/promises";
import { join, posix, resolve } from "node:path";
import { directions, exceptions, families, kinship, outside, pureModules, vague } from "./check/room.ts";
import { readSource, type Import, type Reading } from "./check/source.ts";

/** Everything wrong with a project, a line each. */
export async function problems(root: string): Promise<string[]> {
  const sources = await readProject(root);
  const known = new Map(sources.map((source) => [source.path, source]));
  return [
    ...sources.flatMap((source) => [
      ...wrongNames(source),
      ...source.computed.map(
        (line) => `${source.path}:${line}: import() needs a literal, or it fails inside the compiled program`,
      ),
      ...source.imports.flatMap((each) => wrongImport(source, each, known)),
      ...wrongWorld(source),
    ]),
    ...cycles(sources),
  ];
}

async function readProject(root: string): Promise<Reading[]> {
  const found: Reading[] = [];
  for (const folder of ["bin", "src"]) {
    const names = await readdir(join(root, folder), { recursive: true }).catch(() => []);
    for (const name of names.map((each) => each.replaceAll("\\", "/")).toSorted()) {
      const path = `${folder}/${name}`;
      if (path.endsWith(".ts") && !path.endsWith(".d.ts") && !isGenerated(path))
        found.push(readSource(path, await readFile(join(root, path), "utf8")));
    }
  }
  return found;
}

function isGenerated(path: string): boolean {
  return /^src\/(render|report)\/asset\//.test(path);
}

function wrongNames(source: Reading): string[] {
  const words = source.path.replace(/\.ts$/, "").split("/");
  return words.filter((word) => vague.includes(word)).map((word) => `${source.path}: \`${word}\` is no name: say what is in it`);
}

function wrongImport(source: Reading, { specifier, line, isDynamic }: Import, known: ReadonlyMap<string, Reading>): string[] {
  const at = `${source.path}:${line}`;
  if (specifier.startsWith("bun:") || specifier === "bun")
    return isExcepted(source.path, specifier) ? [] : [`${at}: \`${specifier}\` would not run under Deno`];
  if (specifier.startsWith("node:")) return wrongModule(source, specifier, at);
  if (!specifier.startsWith("."))
    return /^[#~/]|^@\/|^https?:/.test(specifier) ? [`${at}: \`${specifier}\`: imports are relative`] : [];
  if (!/\.(ts|json)$/.test(specifier)) return [`${at}: \`${specifier}\` needs its ending \`.ts\``];
  const target = posix.normalize(posix.join(posix.dirname(source.path), specifier));
  if (!known.has(target) && !isGenerated(target)) return [`${at}: \`${specifier}\` is not there`];
  return [...wrongDirection(source.path, target, at), ...wrongDriver(source.path, target, at, isDynamic)];
}

function wrongModule(source: Reading, specifier: string, at: string): string[] {
  if (room(source.path) === "host" || room(source.path) === "bin" || pureModules.includes(specifier)) return [];
  return isExcepted(source.path, specifier) ? [] : [`${at}: \`${specifier}\` belongs to src/host`];
}

function isExcepted(path: string, specifier: string): boolean {
  return Object.entries(exceptions).some(([place, names]) => isWithin(path, place) && names.includes(specifier));
}

function isWithin(path: string, place: string): boolean {
  return path === `${place}.ts` || path.startsWith(`${place}/`);
}

/** `compare` of `src/compare/a.ts`, `main.ts` of `src/main.ts`, `bin` of `bin/cml.ts`. */
function room(path: string): string {
  const [first = "", second = ""] = path.split("/");
  return first === "src" ? second : first;
}

function wrongDirection(from: string, to: string, at: string): string[] {
  const here = room(from);
  const there = to.replace(/^src\//, "");
  const allowed = directions[here];
  if (allowed === undefined) return [`${at}: \`${here}\` is no room of the direction table`];
  if (here === room(to) || allowed.some((entry) => there === entry || there.startsWith(`${entry}/`))) return [];
  return [`${at}: ${here} may not import ${there}`];
}

/** `forge/github` of a file of that driver; null outside the drivers. */
function driver(path: string): string | null {
  const [, family = "", id = "", ...rest] = path.split("/");
  return families.includes(family) && rest.length > 0 ? `${family}/${id}` : null;
}

function wrongDriver(from: string, to: string, at: string, isDynamic: boolean): string[] {
  const target = driver(to);
  const own = driver(from);
  if (target === null || own === target || kinship.some(([a, b]) => a === own && b === target)) return [];
  const isRegistry = /^src\/[^/]+\/registry\.ts$/.test(from) && room(from) === room(to);
  if (!isRegistry) return [`${at}: ${target} is reached through its registry only`];
  return isDynamic ? [] : [`${at}: the registry loads ${target} by import()`];
}

function wrongWorld(source: Reading): string[] {
  if (room(source.path) === "host" || room(source.path) === "bin") return [];
  return outside.flatMap(({ name, pattern }) => {
    const found = isDeclared(source.code, name) ? null : pattern.exec(source.code);
    return found === null
      ? []
      : [`${source.path}:${source.code.slice(0, found.index).split("\n").length}: ${name} belongs to src/host`];
  });
}

/** A parameter or constant of the same name is another thing; the linter, which knows scopes, looks after the rest of such a file. */
function isDeclared(code: string, name: string): boolean {
  return new RegExp(`\\b(?:const|let|function)\\s+${name}\\b|[(,{]\\s*${name}\\s*\\??\\s*[:,}]`).test(code);
}

/** Rings of imports that run at load time; types and `import()` close none. */
function cycles(sources: readonly Reading[]): string[] {
  const graph = new Map(
    sources.map((source) => [
      source.path,
      source.imports
        .filter((each) => !each.isDynamic && !each.isTypeOnly && each.specifier.startsWith("."))
        .map((each) => posix.normalize(posix.join(posix.dirname(source.path), each.specifier))),
    ]),
  );
  const done = new Set<string>();
  const rings: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) rings.push(`import cycle: ${[...trail.slice(start), path].join(" -> ")}`);
    if (start >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return rings;
}

if (import.meta.main) {
  const found = await problems(resolve(process.argv[2] ?? join(import.meta.dir, "..")));
  for (const line of found) console.error(line);
  if (found.length > 0) {
    console.error(`check-imports: ${found.length} wrong`);
    process.exitCode = 1;
  }
}
