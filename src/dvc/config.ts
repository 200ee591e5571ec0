import { dirname, isAbsolute, join, resolve } from "node:path";
import { ConfigError } from "../core/error.ts";
import { decodeText } from "../core/place.ts";
import type { Host } from "../host/host.ts";
import { type IniSection, type IniValue, readIni } from "./ini.ts";
import type { Tree } from "./tree.ts";

export type ConfigHost = Pick<Host, "env" | "file">;

export interface RemoteConfig {
  /** Lower case, as DVC stores it. */
  readonly name: string;
  /** Absolute folder or a URL with its scheme; `remote://` is resolved. */
  readonly url: string;
  /** Every option of the remote but `url`, paths absolute. */
  readonly options: ReadonlyMap<string, IniValue>;
}

export interface Config {
  /** Name of the default remote, null when none is set. */
  readonly defaultRemote: string | null;
  /** Absolute folder of the cache. */
  readonly cacheFolder: string;
  /** Ways of putting objects into the work tree, in order. */
  readonly linkTypes: readonly string[];
  /** Lower-cased sections, keys and values, merged over all files. */
  readonly values: ReadonlyMap<string, ReadonlyMap<string, IniValue>>;
  /** Sentences about sections and keys that mean nothing to us. */
  readonly warnings: readonly string[];
  /** The remote of that name, any case. `ConfigError` when it is unknown or lacks `url`. */
  remote(name: string): RemoteConfig;
  readonly remoteNames: readonly string[];
  /** True or false of a switch; `ConfigError` for any other word. */
  flag(section: string, key: string): boolean | null;
}

/** Keys whose relative values count from the folder of the file they stand in. */
const pathKeys: ReadonlySet<string> = new Set([
  "url",
  "credentialpath",
  "configpath",
  "keyfile",
  "cert_path",
  "key_path",
  "gdrive_user_credentials_file",
  "gdrive_service_account_json_file_path",
]);
const sections: ReadonlySet<string> = new Set([
  "core",
  "cache",
  "state",
  "index",
  "plots",
  "parsing",
  "feature",
  "hydra",
  "studio",
  "exp",
  "machine",
  "db",
]);

type Values = Map<string, Map<string, IniValue>>;

/**
 * Configuration of the project in `folder` (relative to the root) at a revision: machine, user, the revision's own `.dvc/config`, then
 * `.dvc/config.local` of the work tree at `root` (absolute; null: there is none). Relative addresses of any revision count from the real work tree.
 */
export async function readConfig(host: ConfigHost, tree: Tree, root: string | null, folder: string): Promise<Config> {
  const merged: Values = new Map();
  const warnings: string[] = [];
  const base = root ?? "/";
  const dvcFolder = join(base, folder, ".dvc");
  const add = (text: string | null, path: string, what: string): void => {
    if (text !== null)
      merge(merged, shape(readIni(text, what), { what, warnings, folder: dirname(path), home: homeFolder(host) }));
  };
  for (const path of [systemConfig(host), userConfig(host)]) if (path !== null) add(await host.file.readText(path), path, path);
  const inTree = folder === "" ? ".dvc/config" : `${folder}/.dvc/config`;
  const bytes = await tree.read(inTree);
  add(bytes === null ? null : decodeText(bytes, inTree), join(dvcFolder, "config"), inTree);
  const local = join(dvcFolder, "config.local");
  if (root !== null) add(await host.file.readText(local), local, `${inTree}.local`);
  return view(merged, warnings, dvcFolder);
}

function view(values: Values, warnings: readonly string[], dvcFolder: string): Config {
  const text = (section: string, key: string): string | null => single(values.get(section)?.get(key), `${section}.${key}`);
  const link = values.get("cache")?.get("type");
  return {
    defaultRemote: text("core", "remote")?.toLowerCase() || null,
    cacheFolder: text("cache", "dir") || join(dvcFolder, "cache"),
    linkTypes: (typeof link === "string" ? link.split(",").map((one) => one.trim()) : (link ?? [])).filter((one) => one !== ""),
    values,
    warnings,
    remote: (name) => remoteOf(values, name.toLowerCase(), []),
    remoteNames: [...values.keys()].filter((name) => name.startsWith("remote:")).map((name) => name.slice("remote:".length)),
    flag(section, key) {
      const found = text(section, key)?.toLowerCase();
      if (found === undefined || found === "") return null;
      if (found !== "true" && found !== "false")
        throw new ConfigError(`\`${section}.${key}\` of DVC's configuration is neither \`true\` nor \`false\`: \`${found}\``);
      return found === "true";
    },
  };
}

/** `remote://NAME/sub` inherits everything of NAME; its own options win. */
function remoteOf(values: Values, name: string, chain: readonly string[]): RemoteConfig {
  const section = values.get(`remote:${name}`);
  if (section === undefined) {
    const known = [...values.keys()].filter((key) => key.startsWith("remote:")).map((key) => key.slice("remote:".length));
    throw new ConfigError(`DVC remote \`${name}\` is not configured`, {
      hint: known.length === 0 ? "no remote is configured" : `known: ${known.join(", ")}`,
    });
  }
  if (chain.includes(name)) throw new ConfigError(`DVC remotes refer to each other: ${[...chain, name].join(" → ")}`);
  const url = single(section.get("url"), `remote.${name}.url`);
  if (url === null || url === "") throw new ConfigError(`DVC remote \`${name}\` has no \`url\``);
  const options = new Map([...section].filter(([key]) => key !== "url"));
  const parent = /^remote:\/\/([^/]+)(\/.*)?$/i.exec(url);
  if (parent === null) return { name, url, options };
  const inherited = remoteOf(values, (parent[1] ?? "").toLowerCase(), [...chain, name]);
  const rest = (parent[2] ?? "").replace(/\/$/, "");
  return { name, url: inherited.url.replace(/\/$/, "") + rest, options: new Map([...inherited.options, ...options]) };
}

function single(value: IniValue | undefined, name: string): string | null {
  if (value === undefined || typeof value === "string") return value ?? null;
  throw new ConfigError(`\`${name}\` of DVC's configuration is a list; put quotes around a value with a comma`);
}

interface Place {
  readonly what: string;
  readonly folder: string;
  readonly home: string | null;
  readonly warnings: string[];
}

/** Lower-cased sections with `remote "x"` and `[remote] [[x]]` both as `remote:x`, and absolute paths. */
function shape(root: IniSection, place: Place): Values {
  const result: Values = new Map();
  for (const key of root.values.keys()) place.warnings.push(`${place.what}: \`${key}\` stands outside of any section`);
  for (const section of root.sections.values()) {
    const named = /^\s*(remote|machine|db)\s*"(.*)"\s*$/.exec(section.name);
    const name = section.name.toLowerCase();
    if (named !== null) put(result, `${named[1]}:${(named[2] ?? "").toLowerCase()}`, section, place);
    else if (name === "remote" || ((name === "machine" || name === "db") && section.sections.size > 0)) {
      for (const child of section.sections.values()) put(result, `${name}:${child.name.toLowerCase()}`, child, place);
    } else if (sections.has(name)) put(result, name, section, place);
    else place.warnings.push(`${place.what}:${section.line}: unknown section \`${section.name}\``);
  }
  return result;
}

function put(values: Values, name: string, section: IniSection, place: Place): void {
  const target = values.get(name) ?? new Map<string, IniValue>();
  const isRemote = name.startsWith("remote:");
  for (const [key, { value }] of section.values) {
    const lower = key.toLowerCase();
    const isPath = isRemote ? pathKeys.has(lower) : name === "cache" && lower === "dir";
    target.set(lower, isPath && typeof value === "string" ? absolute(value, place) : value);
  }
  values.set(name, target);
}

function absolute(value: string, place: Place): string {
  if (value === "" || /^\w+:\/\//.test(value)) return value;
  if (place.home !== null && (value === "~" || /^~[\\/]/.test(value))) return join(place.home, value.slice(1));
  return isAbsolute(value) ? value : resolve(place.folder, value);
}

function merge(into: Values, from: Values): void {
  for (const [name, values] of from) into.set(name, new Map([...(into.get(name) ?? []), ...values]));
}

function homeFolder(host: ConfigHost): string | null {
  return host.env.get("HOME") ?? host.env.get("USERPROFILE") ?? null;
}

function systemConfig(host: ConfigHost): string | null {
  const given = host.env.get("DVC_SYSTEM_CONFIG_DIR");
  if (given !== undefined) return join(given, "config");
  const programs = host.env.get("ProgramData");
  if (programs !== undefined) return join(programs, "iterative", "dvc", "config");
  return join((host.env.get("XDG_CONFIG_DIRS") ?? "/etc/xdg").split(":")[0] || "/etc/xdg", "dvc", "config");
}

function userConfig(host: ConfigHost): string | null {
  const given = host.env.get("DVC_GLOBAL_CONFIG_DIR");
  if (given !== undefined) return join(given, "config");
  const local = host.env.get("LOCALAPPDATA");
  if (local !== undefined) return join(local, "iterative", "dvc", "config");
  const home = homeFolder(host);
  const folder = host.env.get("XDG_CONFIG_HOME") ?? (home === null ? null : join(home, ".config"));
  return folder === null ? null : join(folder, "dvc", "config");
}
