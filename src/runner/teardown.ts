import { CmlError, UnavailableError } from "../core/error.ts";
import type { Clock, Log } from "../host/host.ts";
import type { Cloud, Leftover, Machine } from "../cloud/contract.ts";

/** What every long operation here needs of the world. */
export interface World {
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a provider may hide what was just made: no single "not there" is believed before. */
export const settleMs = 90_000;

export interface ClearOptions {
  /** Ids that are known to have been made, with the time of their making. */
  readonly known?: readonly { readonly id: string; readonly at: number }[];
  /** Something may have been made that was not told; until then "nothing there" is not believed. */
  readonly unseenUntil?: number | undefined;
  /** Ends in failure after this long. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/**
 * Destroys everything of a tag and returns once the provider, asked afresh, has nothing left. Repeatable; "not there" counts as success.
 * Failures of single calls are tried again until the limit; then `UnavailableError` names what is left.
 */
export async function clear(cloud: Cloud, tag: string, world: World, options: ClearOptions): Promise<void> {
  const { clock } = world;
  const end = clock.now() + options.limitMs;
  const pending = new Map((options.known ?? []).map(({ id, at }) => [id, at]));
  for (let round = 0; ; round++) {
    const result = await sweep(cloud, tag, pending, world, options.signal);
    const isHidden = options.unseenUntil !== undefined && clock.now() < options.unseenUntil;
    if (result.left.length === 0 && result.error === null && pending.size === 0 && !isHidden) return;
    if (clock.now() >= end) throw remains(tag, [...result.left, ...pending.keys()], result.error);
    await clock.sleep(Math.min(2_000 * 2 ** Math.min(round, 3), 10_000), options.signal);
  }
}

interface Swept {
  readonly left: readonly string[];
  readonly error: unknown;
}

/** One pass: orders the end of all that is seen. `pending` loses what is confirmed gone. */
async function sweep(cloud: Cloud, tag: string, pending: Map<string, number>, world: World, signal: AbortSignal): Promise<Swept> {
  const left: string[] = [];
  let error: unknown = null;
  const attempt = async (action: () => Promise<void>): Promise<void> => {
    try {
      await action();
    } catch (problem) {
      if (isFinal(problem, signal)) throw problem;
      error = problem;
    }
  };
  for (const [id, at] of pending)
    await attempt(async () => {
      const answer = await cloud.destroy(id, signal);
      if (answer === "gone" && world.clock.now() >= at + settleMs) pending.delete(id);
    });
  await attempt(async () => {
    for await (const machine of cloud.list(tag, signal)) {
      left.push(machine.id);
      await attempt(async () => {
        if ((await cloud.destroy(machine.id, signal)) === "going") pending.delete(machine.id);
      });
    }
  });
  await attempt(async () => {
    for await (const leftover of cloud.leftovers(tag, signal)) {
      const answer = await cloud.remove(leftover, signal);
      if (answer === "going") left.push(`${leftover.kind} ${leftover.id}`);
    }
  });
  return { left, error };
}

/** The last word on the way out: one order for each thing that is known, no waiting. What fails is told, not thrown. */
export async function strike(
  cloud: Cloud,
  tag: string,
  known: readonly string[],
  world: World,
  signal: AbortSignal,
): Promise<void> {
  const problems: unknown[] = [];
  const ids = new Set(known);
  try {
    for await (const machine of cloud.list(tag, signal)) ids.add(machine.id);
  } catch (error) {
    problems.push(error);
  }
  for (const id of ids) {
    try {
      await cloud.destroy(id, signal);
    } catch (error) {
      problems.push(error);
    }
  }
  if (problems.length > 0)
    world.log.warn(
      `not everything could be destroyed before the end: ${reasonOf(problems[0])}; \`cml runner gc\` removes the rest`,
    );
}

/** Wrong credentials and a withdrawn command do not get better by asking again. */
function isFinal(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted) return true;
  return !(error instanceof CmlError) || error.kind === "auth" || error.kind === "config" || error.kind === "cancelled";
}

function remains(tag: string, left: readonly string[], cause: unknown): UnavailableError {
  const what = left.length === 0 ? `something of \`${tag}\`` : left.map((id) => `\`${id}\``).join(", ");
  return new UnavailableError(`cannot confirm that all is gone: ${what} may be left`, {
    cause: cause ?? undefined,
    hint: "`cml runner gc` tries again, and needs nothing but the cloud's credential",
  });
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export type { Leftover, Machine };
