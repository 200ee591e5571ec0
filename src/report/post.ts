import { AuthError, CmlError, InputError } from "../core/error.ts";
import type { Log } from "../host/log.ts";
import type { FileFormat, Target } from "./target.ts";

/** Ways out of a report. Each answers what stands on stdout for it: an address, a path, the body itself; null for nothing. */
export interface Outlets {
  /** Null when there is no pull request to comment on. */
  comment(text: string): Promise<string | null>;
  check(): Promise<string | null>;
  summary(): Promise<string | null>;
  stdout(): Promise<string | null>;
  terminal(): Promise<string | null>;
  file(format: FileFormat, path: string): Promise<string>;
}

export interface DeliverOptions {
  readonly targets: readonly Target[];
  /** The user named the targets: none is passed over. */
  readonly named: boolean;
  /** A default target that is passed over fails the run all the same. */
  readonly strict: boolean;
  readonly log: Log;
}

export interface Delivered {
  /** In the order of the targets. */
  readonly lines: readonly { readonly target: string; readonly line: string }[];
  /** The first failure that may not be passed over; everything else was delivered. */
  readonly failure: CmlError | null;
}

/**
 * Delivers a report to every target. What is posted goes first, since the summary shows pictures that were published with it; a failure of one target
 * does not keep the report from the others.
 */
export async function deliver(outlets: Outlets, options: DeliverOptions): Promise<Delivered> {
  const answers = new Map<Target, string | null>();
  const extra: { target: string; line: string }[] = [];
  let failure: CmlError | null = null;
  for (const target of options.targets.toSorted((a, b) => turnOf(a) - turnOf(b))) {
    try {
      answers.set(target, await toOne(outlets, target));
    } catch (error) {
      if (!(error instanceof CmlError) || error.kind === "cancelled") throw error;
      const next = target.kind === "comment" && !options.named && mayPassOver(error);
      if (!next || options.strict) failure ??= error;
      if (next) extra.push(...(await nextBest(outlets, options, error)));
      else if (failure !== error) options.log.error(error.message, { hint: error.hint });
    }
  }
  const lines = options.targets.flatMap((target) => {
    const line = answers.get(target) ?? null;
    return line === null || line === "" ? [] : [{ target: nameOf(target), line }];
  });
  return { lines: [...extra, ...lines], failure };
}

/** A screen comes last: only then it is known which charts could not be drawn. */
function turnOf(target: Target): number {
  if (target.kind === "comment" || target.kind === "check") return 0;
  return target.kind === "terminal" || target.kind === "stdout" ? 2 : 1;
}

function toOne(outlets: Outlets, target: Target): Promise<string | null> {
  switch (target.kind) {
    case "comment":
      return outlets.comment(target.text);
    case "file":
      return outlets.file(target.format, target.path);
    default:
      return outlets[target.kind]();
  }
}

/** A token that may not, and a text that the forge does not take even when it is short. */
function mayPassOver(error: CmlError): boolean {
  if (error instanceof AuthError) return error.status === 403;
  return error.kind === "unsupported" || (error instanceof InputError && error.details["status"] === 422);
}

/** The check, then the log. The job summary is a default target of its own. */
async function nextBest(
  outlets: Outlets,
  options: DeliverOptions,
  reason: CmlError,
): Promise<{ target: string; line: string }[]> {
  options.log.warn(`the report is not in a comment: ${reason.message}${reason.hint === undefined ? "" : `; ${reason.hint}`}`);
  try {
    const line = await outlets.check();
    if (line !== null) return [{ target: "check", line }];
  } catch (error) {
    if (!(error instanceof CmlError) || error.kind === "cancelled") throw error;
    options.log.debug(`no check either: ${error.message}`);
  }
  const line = await outlets.terminal();
  return line === null ? [] : [{ target: "terminal", line }];
}

/** As typed after `--to`. */
export function nameOf(target: Target): string {
  switch (target.kind) {
    case "comment":
      return target.text;
    case "file":
      return `${target.format}:${target.path}`;
    default:
      return target.kind;
  }
}
