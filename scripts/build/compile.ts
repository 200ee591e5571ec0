import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { BunPlugin } from "bun";
import manifest from "../../package.json" with { type: "json" };

const root = join(import.meta.dir, "..", "..");

/** What stands in for packages that would draw in native code. */
const stand: Readonly<Record<string, string>> = {
  // Its Node build awaits a native package at top level; we measure text ourselves and draw SVG only.
  "vega-canvas": "const none = () => null; export { none as canvas, none as domCanvas, none as nodeCanvas, none as image };",
  // ssh2 tries these two and goes on without them.
  "cpu-features": "export default null;",
};

const replaceNatives: BunPlugin = {
  name: "replace-natives",
  setup(build) {
    build.onResolve({ filter: /^(vega-canvas|cpu-features)$/ }, (found) => ({ path: found.path, namespace: "stand" }));
    build.onResolve({ filter: /sshcrypto\.node$/ }, () => ({ path: "cpu-features", namespace: "stand" }));
    build.onLoad({ filter: /.*/, namespace: "stand" }, (found) => ({
      contents: stand[found.path] ?? "export {};",
      loader: "js",
    }));
  },
};

/** Files of `src` that run in a worker, `worker.ts` or `*-worker.ts`: each has to be an entry point to be found by its URL. */
async function workers(): Promise<string[]> {
  const files = await readdir(join(root, "src"), { recursive: true });
  return files
    .filter((file) => /(^|[/\\-])worker\.ts$/.test(file))
    .sort()
    .map((file) => join(root, "src", file));
}

async function programEntries(): Promise<string[]> {
  return [join(root, "bin", "cml.ts"), ...(await workers())];
}

/** Paths, relative to the project's folder, of every file that ends up in the program or in what `more` builds. */
export async function bundled(more: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  for (const entrypoints of [await programEntries(), more]) {
    const result = await Bun.build({
      entrypoints: [...entrypoints],
      root,
      target: "bun",
      metafile: true,
      plugins: [replaceNatives],
    });
    if (!result.success) throw new Error(result.logs.map(String).join("\n"));
    paths.push(...Object.keys(result.metafile?.inputs ?? {}));
  }
  return paths;
}

export interface Compilation {
  readonly outfile: string;
  readonly target?: Bun.Build.CompileTarget;
  /** Bun's runtime to put the program into; this machine's own when left out. */
  readonly executablePath?: string;
  /** What runs of an earlier build used (`BUN_BYTECODE_ORDER_OUT`): Bun places it together, so a start reads less of the file. */
  readonly order?: readonly string[];
  /** Another program than `bin/cml.ts`, compiled by the same switches (the benchmarks' empty program). */
  readonly entry?: string;
}

/** Compiles one executable. The `autoload` switches keep it from running code of the folder it is started in. */
export async function compile(options: Compilation): Promise<void> {
  const entrypoints = options.entry === undefined ? await programEntries() : [options.entry];
  const result = await Bun.build({
    entrypoints,
    throw: false,
    root: options.entry === undefined ? root : join(options.entry, ".."),
    target: "bun",
    format: "esm",
    minify: true,
    bytecode: true,
    splitting: true,
    allowUnresolved: [],
    define: { CML_VERSION: JSON.stringify(process.env["CML_RELEASE_VERSION"] ?? manifest.version) },
    plugins: [replaceNatives],
    compile: {
      outfile: options.outfile,
      ...(options.target === undefined ? {} : { target: options.target }),
      ...(options.executablePath === undefined ? {} : { executablePath: options.executablePath }),
      ...(options.order === undefined ? {} : { bytecodeOrder: [...options.order] }),
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
  });
  if (!result.success) throw new Error(result.logs.map(String).join("\n"));
}
