import { isAbsolute, join, normalize, relative, sep } from "node:path";
import { InputError } from "../core/error.ts";
import type { Host } from "../host/host.ts";

const fileLimitBytes = 64 * 1024 * 1024;

/**
 * A data file of a chart: a regular file inside `base`, reached through no link that leaves it and through no folder
 * or file whose name starts with a dot. Addresses of any kind are refused without a look at them. Throws `InputError` with the file or host named.
 */
export async function readData(host: Host, base: string | null, uri: string): Promise<Uint8Array> {
  refuseAddress(uri);
  if (base === null) throw new InputError(`data file refused, the chart has no folder of its own: ${uri}`);
  const path = normalize(isAbsolute(uri) ? uri : join(base, uri));
  inside(base, path, uri);
  if (base.split(/[/\\]/).includes(".git")) throw new InputError(`data file refused, the chart's folder is under .git: ${uri}`);
  const [realBase, realPath] = await Promise.all([host.file.realpath(base), host.file.realpath(path)]);
  if (realBase === null || realPath === null) throw new InputError(`data file not found: ${uri}`);
  inside(realBase, realPath, uri);
  if ((await host.file.stat(realPath))?.kind !== "file") throw new InputError(`data file is no regular file: ${uri}`);
  const bytes = await host.file.read(realPath, { limitBytes: fileLimitBytes });
  if (bytes === null) throw new InputError(`data file not found: ${uri}`);
  return bytes;
}

/** Throws for `scheme:` and `//host` forms; a Windows drive is no scheme. */
export function refuseAddress(uri: string): void {
  const address = /^\s*(?:([a-z][a-z\d+.-]+):|[/\\]{2})/i.exec(uri);
  if (address === null) return;
  const host = /^\s*(?:[a-z][a-z\d+.-]+:)?[/\\]{2}([^/\\?#]*)/i.exec(uri)?.[1] ?? "";
  const where =
    host === "" ? uri.slice(0, 120) : `${address[1] === undefined ? "" : `${address[1]}://`}${host.replace(/^.*@/, "")}`;
  throw new InputError(`address refused, charts read only files of their own folder: ${where}`);
}

function inside(base: string, path: string, uri: string): void {
  const parts = relative(base, path).split(sep);
  if (parts[0] === ".." || isAbsolute(relative(base, path))) throw new InputError(`data file outside the chart's folder: ${uri}`);
  if (parts.some((part) => part.startsWith("."))) throw new InputError(`data file under a name that starts with a dot: ${uri}`);
}
