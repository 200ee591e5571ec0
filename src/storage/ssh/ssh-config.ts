import { isAbsolute, join } from "node:path";
import type { Host } from "../../host/host.ts";

/** Settings of `~/.ssh/config` and `/etc/ssh/ssh_config`, see ssh_config(5). */
export interface SshConfig {
  /** Values of a host by lower-case keyword; the first one counts, but for `identityfile`. */
  of(host: string): ReadonlyMap<string, readonly string[]>;
}

interface Block {
  /** Null: of every host. */
  readonly patterns: readonly string[] | null;
  readonly values: (readonly [string, string])[];
}

export async function readSshConfig(host: Pick<Host, "file">, home: string): Promise<SshConfig> {
  const blocks = [
    ...(await readBlocks(host, join(home, ".ssh", "config"), join(home, ".ssh"), home, 0)),
    ...(await readBlocks(host, "/etc/ssh/ssh_config", "/etc/ssh", home, 0)),
  ];
  return {
    of(name) {
      const found = new Map<string, string[]>();
      for (const { patterns, values } of blocks) {
        if (patterns !== null && !matchesHost(name, patterns)) continue;
        for (const [key, value] of values) {
          const known = found.get(key);
          if (known === undefined) found.set(key, [value]);
          else if (key === "identityfile") known.push(value);
        }
      }
      return found;
    },
  };
}

async function readBlocks(host: Pick<Host, "file">, path: string, base: string, home: string, depth: number): Promise<Block[]> {
  const text = depth > 8 ? null : await host.file.readText(path).catch(() => null);
  if (text === null) return [];
  let block: Block = { patterns: null, values: [] };
  const blocks = [block];
  for (const raw of text.split(/\r?\n/)) {
    const match = /^\s*([A-Za-z]\w*)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(raw);
    if (match === null) continue;
    const key = (match[1] ?? "").toLowerCase();
    const value = (match[2] ?? "").replace(/^"(.*)"$/, "$1");
    if (key === "host") {
      block = { patterns: value.split(/\s+/).map((one) => one.replace(/^"(.*)"$/, "$1")), values: [] };
      blocks.push(block);
    } else if (key === "match") {
      // Conditions other than `all` would need to run programs; their settings are left out.
      block = { patterns: value.toLowerCase() === "all" ? null : [], values: [] };
      blocks.push(block);
    } else if (key === "include") {
      const inherited = block.patterns;
      for (const file of await included(host, value, base, home))
        for (const inner of await readBlocks(host, file, base, home, depth + 1))
          blocks.push(inner.patterns === null ? { patterns: inherited, values: inner.values } : inner);
      block = { patterns: inherited, values: [] };
      blocks.push(block);
    } else block.values.push([key, value]);
  }
  return blocks;
}

async function included(host: Pick<Host, "file">, value: string, base: string, home: string): Promise<string[]> {
  const files: string[] = [];
  for (const pattern of value.split(/\s+/)) {
    const full = expandHome(pattern, home);
    const path = isAbsolute(full) ? full : join(base, full);
    const slash = path.lastIndexOf("/");
    const name = path.slice(slash + 1);
    if (!/[*?]/.test(name)) files.push(path);
    else
      for (const entry of await host.file.list(path.slice(0, slash)))
        if (matchesPattern(entry.name, name)) files.push(join(path.slice(0, slash), entry.name));
  }
  return files;
}

export function expandHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : path;
}

/** A list matches when one of its patterns does and none of those with `!` in front. */
export function matchesHost(name: string, patterns: readonly string[]): boolean {
  let isMatch = false;
  for (const pattern of patterns) {
    const isNegated = pattern.startsWith("!");
    if (!matchesPattern(name.toLowerCase(), (isNegated ? pattern.slice(1) : pattern).toLowerCase())) continue;
    if (isNegated) return false;
    isMatch = true;
  }
  return isMatch;
}

/** `*` is any text, `?` any character. Written without a regular expression, which hostile patterns could make slow. */
function matchesPattern(text: string, pattern: string): boolean {
  let at = 0;
  let star = -1;
  let mark = 0;
  let index = 0;
  while (index < text.length) {
    if (pattern[at] === "*") {
      star = at++;
      mark = index;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === text[index])) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++mark;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}
