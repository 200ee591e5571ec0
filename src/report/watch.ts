import { dirname, resolve } from "node:path";
import { CmlError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import { imageSpots } from "./splice.ts";

/** How often files are looked at, and how long they must rest before they count as written. */
const pollMs = 500;
const restMs = 2_000;

export interface Watched {
  readonly file: string;
  /** Post when this file appears, and remove it, instead of whenever the report changes. */
  readonly triggerFile?: string | undefined;
}

/**
 * Posts a report whenever it or an image in it was written and has rested, until the job is cancelled; what changed last is posted even then. A
 * post that fails is told and tried again with the next change. Never ends by itself.
 */
export async function watchFile(host: Host, watched: Watched, post: (world: Host) => Promise<void>): Promise<void> {
  let done: string | null = null;
  let seen: string | null = null;
  let restedMs = 0;
  host.log.info(`watching \`${watched.triggerFile ?? watched.file}\``);
  while (!host.signal.aborted) {
    const now = await stamp(host, watched);
    restedMs = now === seen ? restedMs + pollMs : 0;
    seen = now;
    const isDue = now !== null && now !== done && (watched.triggerFile !== undefined || restedMs >= restMs);
    if (isDue && (await attempt(host, watched, post))) done = now;
    await host.clock.sleep(pollMs, host.signal).catch(() => undefined);
  }
  const last = await stamp(host, watched);
  // The program has a few seconds after the signal, and the work has to go on without it.
  if (last !== null && last !== done) await attempt(host.configured({ signal: afterwards(host) }), watched, post);
}

/** Ends before the program itself does. */
function afterwards(host: Host): AbortSignal {
  const controller = new AbortController();
  void host.clock.sleep(7_000).then(() => controller.abort(host.signal.reason));
  return controller.signal;
}

async function attempt(host: Host, watched: Watched, post: (world: Host) => Promise<void>): Promise<boolean> {
  try {
    await post(host);
    if (watched.triggerFile !== undefined) await host.file.remove(watched.triggerFile);
    return true;
  } catch (error) {
    if (!(error instanceof CmlError)) throw error;
    // Cut off in the middle by the signal: the last post makes up for it.
    if (error.kind === "cancelled") return false;
    host.log.warn(`${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}`);
    // A failure that passes by itself is worth another try, one of the text is not.
    return error.kind !== "unavailable";
  }
}

/** Changes whenever the report or a local image in it does; null when there is nothing to post. */
async function stamp(host: Host, { file, triggerFile }: Watched): Promise<string | null> {
  if (triggerFile !== undefined) return (await host.file.stat(triggerFile)) === null ? null : `trigger ${host.clock.now()}`;
  const text = await host.file.readText(file);
  if (text === null || text.trim() === "") return null;
  const paths = [file, ...(await imageSpots(text)).map(({ address }) => resolve(host.cwd, dirname(file), address))];
  const stats = await Promise.all(paths.map(async (path) => (path.includes("\0") ? null : host.file.stat(path))));
  return stats.map((stat) => (stat === null ? "-" : `${stat.modifiedMs}/${stat.sizeBytes}`)).join(" ");
}
