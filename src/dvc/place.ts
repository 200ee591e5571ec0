import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { ConfigError, NotFoundError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import { type FileLock, tryLock } from "../host/lock.ts";
import { openRepository, type Repository } from "./git.ts";
import { within } from "./path.ts";

/** The DVC project that a command works on, and how its paths are written. */
export interface Place {
  readonly host: Host;
  /** Null outside of Git. */
  readonly repository: Repository | null;
  /** Top folder, absolute: the repository's, outside of Git the project's. Paths of the index count from here. */
  readonly root: string;
  /** The project's folder from `root`, `""` for the root itself. */
  readonly project: string;
  /** Absolute. */
  readonly projectFolder: string;
  /** Current folder from `root`. */
  readonly cwd: string;
  /** Path of the index as the user sees it from the current folder. */
  shown(path: string): string;
  absolute(path: string): string;
  /** A path as typed, from `root`; null when it lies outside. */
  typed(path: string): string | null;
}

/** Finds the project around the current folder and closes the repository when `use` is done. `ConfigError` when there is none. */
export async function inProject<T>(host: Host, use: (place: Place) => Promise<T>): Promise<T> {
  const here = (await host.file.realpath(host.cwd)) ?? resolve(host.cwd);
  const folder = await projectAround(host, here);
  if (folder === null) {
    throw new ConfigError(`not inside a DVC project: neither \`${here}\` nor a folder above it holds a \`.dvc\` folder`, {
      hint: "run it in the project, or with `--cd`; `dvc init` makes one",
    });
  }
  const repository = await openRepository(host);
  try {
    // A repository below the project (a submodule in it) is not the one that the metafiles are in.
    const isInside = repository !== null && isBelow(repository.root, folder);
    return await use(placeAt(host, isInside ? repository : null, isInside ? repository.root : folder, folder, here));
  } finally {
    await repository?.close();
  }
}

async function projectAround(host: Host, here: string): Promise<string | null> {
  for (let current = here; ;) {
    if ((await host.file.stat(join(current, ".dvc")))?.kind === "folder") return current;
    const parent = resolve(current, "..");
    if (parent === current) return null;
    current = parent;
  }
}

function placeAt(host: Host, repository: Repository | null, root: string, projectFolder: string, here: string): Place {
  const cwd = slashed(relative(root, here));
  return {
    host,
    repository,
    root,
    project: slashed(relative(root, projectFolder)),
    projectFolder,
    cwd,
    shown: (path) => (within(cwd, path) === null ? slashed(relative(`/${cwd}`, `/${path}`)) : (within(cwd, path) ?? path) || "."),
    absolute: (path) => join(root, ...path.split("/")),
    typed(path) {
      const inside = relative(root, resolve(here, path));
      return inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside) ? null : slashed(inside);
    },
  };
}

function slashed(path: string): string {
  return path.split(sep).join("/");
}

function isBelow(above: string, folder: string): boolean {
  const inside = relative(above, folder);
  return inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

const attempts = 7;
const waitMs = 500;

/** Runs `action` while holding DVC's own lock on the project, which it waits for as long as DVC does. */
export async function locked<T>(place: Place, action: () => Promise<T>): Promise<T> {
  const lock = await takeLock(place);
  try {
    return await action();
  } finally {
    await lock?.release();
  }
}

async function takeLock({ host, projectFolder }: Place): Promise<FileLock | null> {
  const path = join(projectFolder, ".dvc", "tmp", "lock");
  for (let attempt = 1; ; attempt++) {
    const lock = await tryLock(path);
    if (lock === "unsupported") {
      host.log.warn(`no file locks at \`${path}\`: another \`dvc\` or \`cml\` at the same time would not be noticed`);
      return null;
    }
    if (lock !== "held") return lock;
    if (attempt >= attempts) throw await heldBy(host, path);
    await host.clock.sleep(waitMs, host.signal);
  }
}

async function heldBy(host: Host, path: string): Promise<Error> {
  const { ConflictError } = await import("../core/error.ts");
  const process = (await host.file.readText(path))?.trim() ?? "";
  return new ConflictError(
    `unable to acquire lock: another \`dvc\` or \`cml\` is at work here${process === "" ? "" : ` (process ${process})`}`,
    {
      hint: `wait until it has ended; the lock is \`${path}\``,
    },
  );
}

/** `.dvc/.gitignore` keeps caches out of Git; whoever writes one first has to make it. */
export async function ignoreCache({ host, projectFolder }: Place): Promise<void> {
  const path = join(projectFolder, ".dvc", ".gitignore");
  const text = (await host.file.readText(path)) ?? "";
  const lines = new Set(text.split(/\r?\n/).map((line) => line.trim()));
  const missing = ["/config.local", "/tmp", "/cache"].filter((line) => !lines.has(line));
  if (missing.length === 0) return;
  const start = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  await host.file.write(path, `${start}${missing.map((line) => `${line}\n`).join("")}`);
}

export function outside(path: string): NotFoundError {
  return new NotFoundError(`\`${path}\` is outside of the repository`);
}
