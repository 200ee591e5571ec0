import { join, resolve } from "node:path";
import { ConflictError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import { programs } from "./legacy.ts";
import { root } from "./root.ts";

/** Makes every old program name whose command exists in `folder`; answers the paths. A foreign file of that name is a `ConflictError`. */
export async function linkPrograms(host: Host, folder: string, options: { force: boolean; dryRun: boolean }): Promise<string[]> {
  const names = Object.entries(programs)
    .filter(([, words]) => Object.hasOwn(root, words[0] ?? ""))
    .map(([name]) => name);
  const isWindows = /^(?:[a-z]:|\\\\)/i.test(host.args.executable);
  const wanted = names.map((name) => ({
    words: programs[name] ?? [],
    path: resolve(host.cwd, join(folder, isWindows ? `${name}.cmd` : name)),
  }));
  for (const { path } of wanted) {
    if (!options.force && (await isForeign(host, path)))
      throw new ConflictError(`\`${path}\` exists and is not ours`, { hint: "`--force` replaces it" });
  }
  if (options.dryRun) return wanted.map(({ path }) => path);
  await host.file.makeFolder(folder);
  for (const { path, words } of wanted) {
    await host.file.remove(path);
    // A .cmd file has no argv[0] to go by, so the words are written out.
    if (isWindows) await host.file.write(path, `@"${host.args.executable}" ${words.join(" ")} %*\r\n`);
    else await host.file.link(host.args.executable, path);
  }
  return wanted.map(({ path }) => path);
}

async function isForeign(host: Host, path: string): Promise<boolean> {
  if ((await host.file.lstat(path)) === null) return false;
  const text = path.endsWith(".cmd") ? await host.file.readText(path, { limitBytes: 65_536 }) : null;
  if (text !== null) return !text.includes(host.args.executable);
  return (await host.file.realpath(path)) !== (await host.file.realpath(host.args.executable));
}
