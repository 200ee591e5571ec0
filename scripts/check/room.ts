/** The direction table of `.github/ARCHITECTURE.md`: a room, and the rooms or files that it may import besides its own. */
export const directions: Readonly<Record<string, readonly string[]>> = {
  core: [],
  host: ["core"],
  auth: ["core", "host"],
  forge: ["core", "host", "auth"],
  cloud: ["core", "host", "auth"],
  storage: ["core", "host", "auth"],
  dvc: [
    "core",
    "host",
    "storage/contract.ts",
    "storage/registry.ts",
    "storage/transfer.ts",
    "storage/sink.ts",
    "storage/window.ts",
  ],
  compare: ["core", "host", "dvc", "forge/contract.ts"],
  render: ["core", "host"],
  publish: [
    "core",
    "host",
    "forge/contract.ts",
    "forge/registry.ts",
    "forge/group.ts",
    "forge/name.ts",
    "storage/contract.ts",
    "storage/registry.ts",
  ],
  report: ["core", "host", "forge/contract.ts", "compare", "render", "publish", "version.ts"],
  runner: ["core", "host", "forge/contract.ts", "cloud/contract.ts", "cloud/tag.ts"],
  cli: [
    "core",
    "host",
    "auth",
    "forge",
    "cloud",
    "storage",
    "dvc",
    "compare",
    "render",
    "publish",
    "report",
    "runner",
    "version.ts",
  ],
  "main.ts": ["core", "host", "cli"],
  "version.ts": [],
  bin: ["main.ts", "host/real.ts", "host/tune.ts"],
};

/** Families whose folders are drivers, reached through `registry.ts` only. */
export const families: readonly string[] = ["forge", "cloud", "storage"];

/** A driver may be another one with a name of its own: Forgejo is Gitea's code and speaks its API. */
export const kinship: readonly (readonly [from: string, to: string])[] = [["forge/forgejo", "forge/gitea"]];

/** Words that name no room because anything would fit in it. */
export const vague: readonly string[] = ["util", "utils", "helper", "helpers", "common", "shared", "misc", "types"];

/** Modules of the runtime that only compute; every other one reaches outside and belongs to `host`. */
export const pureModules: readonly string[] = [
  "node:assert",
  "node:buffer",
  "node:crypto",
  "node:events",
  "node:path",
  "node:path/posix",
  "node:stream",
  "node:string_decoder",
  "node:url",
  "node:util",
  "node:zlib",
];

/** Files that need a module which their room does not have, with the reason. */
export const exceptions: Readonly<Record<string, readonly string[]>> = {
  // Advisory locks have no API in `node:`; Deno's own is taken where Deno runs.
  "src/host/lock": ["bun:ffi"],
  // ssh2 brings its own protocol and needs a socket of the system's.
  "src/storage/ssh": ["node:net", "node:dns", "node:dns/promises", "node:tls"],
  "src/cloud/ssh": ["node:net"],
};

/** Names of the outside world, and what each looks like in code. */
export const outside: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  { name: "process", pattern: /(?<![.\w$#])process\s*(?:\??\.|\[)/ },
  { name: "Bun", pattern: /(?<![.\w$#])Bun\s*(?:\??\.|\[)/ },
  { name: "Deno", pattern: /(?<![.\w$#])Deno\s*(?:\??\.|\[)/ },
  { name: "console", pattern: /(?<![.\w$#])console\s*(?:\??\.|\[)/ },
  {
    name: "fetch",
    pattern: /(?:(?<![.\w$#])(?<!\b(?:async|function|get)\s+)fetch\s*\((?![^()]*\)\s*[:{])|globalThis\s*\??\.\s*fetch\b)/,
  },
  { name: "WebSocket", pattern: /\bnew\s+(?:WebSocket|XMLHttpRequest|EventSource)\b/ },
  { name: "timers", pattern: /(?<![.\w$#])(?:setTimeout|setInterval|setImmediate)\s*\(/ },
  { name: "the clock", pattern: /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)|(?<![.\w$#])performance\s*\.\s*now\b/ },
  { name: "chance", pattern: /\bMath\s*\.\s*random\b|(?<![\w$#])randomUUID\s*\(|\bcrypto\s*\.\s*getRandomValues\b/ },
];
