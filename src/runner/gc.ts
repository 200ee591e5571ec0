import { CmlError } from "../core/error.ts";
import { managed, timeOf } from "../cloud/tag.ts";
import type { Cloud, Leftover, Machine } from "../cloud/contract.ts";
import type { ForgeRunner } from "../forge/contract.ts";
import { reasonOf, settleMs, type World } from "./teardown.ts";

export interface GcOptions {
  /** `cml-managed=1` unless only a part is meant. */
  readonly tag?: string;
  /** Runners as the forge lists them; null when it could not be asked. Then only the tags count. */
  readonly runners: ((signal: AbortSignal) => Promise<readonly ForgeRunner[]>) | null;
  /** Machines of other repositories are judged by their tags alone. Value of the tag `cml-repo`. */
  readonly repository: string | null;
  /** How long after its end a machine is left to its own guards. */
  readonly graceMs: number;
  /** How long a machine may take to become a runner. */
  readonly bootMs: number;
  /** A machine without a runner is destroyed at the first look. */
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

export interface Verdict {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly region: string;
  readonly reason: string;
  readonly outcome: "would" | "gone" | "going" | "failed";
  readonly error: string | null;
}

export interface GcResult {
  readonly kept: number;
  readonly removed: readonly Verdict[];
}

/** Why a machine has no right to live, or null. Tags alone suffice; the forge's list adds to them. */
export function faultOf(machine: Machine, now: number, options: Pick<GcOptions, "graceMs" | "bootMs">): string | null {
  if (machine.tags["cml-managed"] !== "1") return null;
  if (machine.state === "stopping") return null;
  const createdAt = machine.createdAt ?? timeOf(machine.tags, "cml-created");
  const expiresAt = machine.expiresAt ?? timeOf(machine.tags, "cml-expires");
  if (expiresAt !== null && now > expiresAt + options.graceMs) return "its lifetime is over";
  if (machine.state === "failed" || machine.state === "stopped") {
    // What has just been made may pass through such a state while it starts.
    if (createdAt === null || now > createdAt + settleMs)
      return `it is ${machine.state}${machine.reason === null ? "" : `: ${machine.reason}`}`;
  }
  if (expiresAt === null) return "it has no end in its tags";
  return null;
}

/** Old enough to be a runner, and none. */
function isOrphan(machine: Machine, now: number, runners: readonly ForgeRunner[], options: GcOptions): boolean {
  if (machine.tags["cml-repo"] !== options.repository) return false;
  const createdAt = machine.createdAt ?? 0;
  if (now < createdAt + options.bootMs) return false;
  return !runners.some(({ name }) => name === machine.name);
}

/**
 * Destroys what is over: expired, failed, stopped, without a runner, and things that belong to no machine. Needs nothing but the tags. A machine that
 * only lacks its runner is looked at twice, a minute apart: one that just finished its job is ending by itself.
 */
export async function collect(cloud: Cloud, world: World, options: GcOptions): Promise<GcResult> {
  const { clock } = world;
  const { signal } = options;
  const tag = options.tag ?? managed;
  const machines = await Array.fromAsync(cloud.list(tag, signal));
  const doomed = new Map<Machine, string>();
  for (const machine of machines) {
    const fault = faultOf(machine, clock.now(), options);
    if (fault !== null) doomed.set(machine, fault);
  }
  for (const machine of await orphans(
    machines.filter((each) => !doomed.has(each) && each.state !== "stopping"),
    clock,
    options,
  ))
    doomed.set(machine, "the forge has no runner of its name");
  const verdicts = await pooled([...doomed], 16, ([machine, reason]) => destroy(cloud, machine, reason, options));
  const alive = new Set(machines.filter((machine) => !doomed.has(machine)).map(({ name }) => name));
  const litter = await Array.fromAsync(cloud.leftovers(tag, signal));
  const stray = litter.filter((each) => isStray(each, alive, clock.now(), options));
  verdicts.push(...(await pooled(stray, 16, (each) => remove(cloud, each, options))));
  return { kept: machines.length - doomed.size, removed: verdicts };
}

async function orphans(machines: readonly Machine[], clock: World["clock"], options: GcOptions): Promise<Machine[]> {
  const { runners, signal } = options;
  if (runners === null) return [];
  const listed = await runners(signal);
  const found = machines.filter((machine) => isOrphan(machine, clock.now(), listed, options));
  if (found.length === 0 || options.force || options.dryRun) return found;
  await clock.sleep(60_000, signal);
  const again = await runners(signal);
  return found.filter((machine) => isOrphan(machine, clock.now(), again, options));
}

/** A launch that is under way has things whose machine is not seen yet. */
function isStray(leftover: Leftover, alive: ReadonlySet<string>, now: number, options: GcOptions): boolean {
  if (leftover.tags["cml-managed"] !== "1" || alive.has(leftover.name)) return false;
  const createdAt = timeOf(leftover.tags, "cml-created");
  return createdAt === null || now > createdAt + options.bootMs;
}

async function destroy(cloud: Cloud, machine: Machine, reason: string, options: GcOptions): Promise<Verdict> {
  const about = { id: machine.id, name: machine.name, kind: "machine", region: machine.region, reason };
  return { ...about, ...(await outcomeOf(() => cloud.destroy(machine.id, options.signal), options)) };
}

async function remove(cloud: Cloud, leftover: Leftover, options: GcOptions): Promise<Verdict> {
  const about = {
    id: leftover.id,
    name: leftover.name,
    kind: leftover.kind,
    region: leftover.region,
    reason: "no machine uses it",
  };
  return { ...about, ...(await outcomeOf(() => cloud.remove(leftover, options.signal), options)) };
}

/** One that cannot be destroyed must not save the others. */
async function outcomeOf(
  action: () => Promise<"gone" | "going">,
  options: GcOptions,
): Promise<Pick<Verdict, "outcome" | "error">> {
  if (options.dryRun) return { outcome: "would", error: null };
  try {
    return { outcome: await action(), error: null };
  } catch (error) {
    if (options.signal.aborted || !(error instanceof CmlError)) throw error;
    return { outcome: "failed", error: reasonOf(error) };
  }
}

async function pooled<T, R>(items: readonly T[], workers: number, action: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  async function work(): Promise<void> {
    for (let item = items[next++]; item !== undefined; item = items[next++]) results.push(await action(item));
  }
  await Promise.all(Array.from({ length: Math.min(workers, items.length) }, work));
  return results;
}
