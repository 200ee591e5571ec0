import { run } from "./cli/run.ts";
import { CancelledError, CmlError, exitCode, UsageError } from "./core/error.ts";
import type { Host } from "./host/host.ts";

/** Runs one command line; the one place where errors become text and numbers. */
export async function main(argv: readonly string[], host: Host): Promise<number> {
  const world = errorWorld(argv, host);
  try {
    return await untilCancelled(run(argv, host), host);
  } catch (error) {
    if (!(error instanceof CancelledError)) report(error, world);
    return exitCode(error);
  }
}

/** A command that ignores the signal gets `grace` to finish what it began (a last update, a clean-up). */
async function untilCancelled(work: Promise<number>, host: Host): Promise<number> {
  const { signal, clock } = host;
  const cancelled = new Promise<never>((_, reject) => {
    const stop = (): void => {
      clock.sleep(host.grace.ms).then(() => reject(signal.reason), reject);
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  return Promise.race([work, cancelled]);
}

function report(error: unknown, host: Host): void {
  // What a cancelled step throws on its way out is no news.
  if (!(error instanceof CmlError)) {
    reportBug(error, host);
    return;
  }
  host.log.error(error.message, {
    causes: causes(error),
    usage: error instanceof UsageError ? error.usage : undefined,
    hint: error.hint,
    details: error.details,
  });
}

function reportBug(error: unknown, host: Host): void {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const message = error instanceof Error ? error.message : String(error);
  host.log.error(`this is a bug in cml: ${message}`, {
    causes: [...causes(error), stack],
    hint: "please report it with the lines above and the output of `cml version`",
  });
}

/** Messages of the causes, each on one line; a ring of causes ends. */
function causes(error: unknown): string[] {
  const lines: string[] = [];
  let cause: unknown = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && cause !== null && lines.length < 8) {
    lines.push(cause instanceof Error ? cause.message || cause.name : String(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}

/** Where errors are told before the options are read: `--log-format json` must hold for a wrong option, too. */
function errorWorld(argv: readonly string[], host: Host): Host {
  const mine = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  const wanted =
    mine.includes("--log-format=json") ||
    mine[mine.indexOf("--log-format") + 1] === "json" ||
    host.env.option("CML_LOG_FORMAT") === "json";
  return wanted ? host.configured({ logFormat: "json" }) : host;
}
