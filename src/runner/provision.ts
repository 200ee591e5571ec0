import { CapacityError, CmlError, UnavailableError } from "../core/error.ts";
import { slugOf, tagsOf } from "../cloud/tag.ts";
import type { Candidate, Cloud, Guest, Machine, MachinePlan, MachineWish } from "../cloud/contract.ts";
import type { Registration } from "../forge/contract.ts";
import type { Journal } from "./journal.ts";
import { clear, reasonOf, settleMs, strike, type World } from "./teardown.ts";

/** One launch: a wish, and how the runner that comes of it is registered and recognised. */
export interface Launch {
  readonly cloudId: string;
  readonly cloud: Cloud;
  readonly wish: MachineWish;
  readonly repository: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Makes a fresh registration; called again when a machine may have used the last one up. */
  readonly register: (signal: AbortSignal) => Promise<Registration>;
  /** Takes the runner out of the forge's list, where it is in it. */
  readonly unregister: (signal: AbortSignal) => Promise<void>;
  /** Whether the forge shows the runner online. */
  readonly isOnline: (signal: AbortSignal) => Promise<boolean>;
  readonly guest: (plan: Omit<MachinePlan, "guest">, registration: Registration) => Guest;
  readonly limits: Limits;
}

export interface Limits {
  /** Attempts at candidates. */
  readonly attempts: number;
  /** From the first attempt to the last. */
  readonly totalMs: number;
  /** From the acceptance of a machine until its runner is online. */
  readonly onlineMs: number;
}

export interface Scene extends World {
  readonly journal: Journal;
  /** Aborted when the user gives up; calls that must be finished then run under a limit of their own. */
  readonly signal: AbortSignal;
  /** A signal for what must still be said after the user gave up: a cancelled job has a few seconds more before it is killed. */
  readonly lastCalls: () => AbortSignal;
}

/** Why a candidate did not become a runner. */
export interface Failed {
  readonly candidate: Candidate;
  readonly reason: string;
}

export interface Launched {
  readonly machine: Machine;
  readonly plan: MachinePlan;
  readonly failed: readonly Failed[];
}

/**
 * Goes through the candidates until one is a runner that the forge shows online. Each attempt is a transaction: intent, create, wait, and on any failure
 * nothing is left, confirmed by the provider, before the next begins. Throws the last reason with all of them in its hint.
 */
export async function launch(order: Launch, scene: Scene): Promise<Launched> {
  const { clock, log, signal } = scene;
  const candidates = affordable(await order.cloud.plan(order.wish, signal), order.wish.maxHourly);
  const end = clock.now() + order.limits.totalMs;
  const failed: Failed[] = [];
  const blocked: ((candidate: Candidate) => boolean)[] = [];
  let registration: Registration | null = null;
  let last: unknown = null;
  try {
    for (const candidate of candidates) {
      if (blocked.some((isOut) => isOut(candidate))) continue;
      if (failed.length >= order.limits.attempts || (failed.length > 0 && clock.now() >= end)) break;
      signal.throwIfAborted();
      registration ??= await order.register(signal);
      const plan = planOf(order, candidate, failed.length + 1, registration, clock.now());
      log.info(`asking for ${describe(candidate)}`);
      try {
        const machine = await attempt(order, plan, scene);
        return { machine, plan, failed };
      } catch (error) {
        last = error;
        signal.throwIfAborted();
        if (!isWorthAnother(error)) throw error;
        failed.push({ candidate, reason: reasonOf(error) });
        log.warn(`${describe(candidate)}: ${reasonOf(error)}`);
        if (error instanceof CapacityError) blocked.push(outOf(error.scope, candidate));
        else if (error instanceof BootError) {
          // The machine may have used its registration up, or have left a runner of this name behind.
          await order.unregister(signal);
          registration = null;
        }
      }
    }
  } catch (error) {
    await withdraw(order, scene, registration);
    throw error;
  }
  await withdraw(order, scene, registration);
  throw exhausted(failed, last);
}

/** A machine came, and no runner of it. */
export class BootError extends UnavailableError {}

async function attempt(order: Launch, plan: MachinePlan, scene: Scene): Promise<Machine> {
  const { cloud } = order;
  const { clock, journal, signal } = scene;
  await journal.intent({
    token: plan.token,
    name: plan.wish.name,
    cloud: order.cloudId,
    region: plan.region,
    at: clock.now(),
    expiresAt: plan.expiresAt,
  });
  const known: { id: string; at: number }[] = [];
  let unseenUntil: number | undefined;
  try {
    const machine = await createSurely(cloud, plan, scene, () => (unseenUntil = clock.now() + settleMs));
    unseenUntil = undefined;
    known.push({ id: machine.id, at: clock.now() });
    return await online(order, machine, scene);
  } catch (error) {
    // A refusal is an answer: with this token nothing was made.
    if (error instanceof CapacityError) unseenUntil = undefined;
    const made = error instanceof CmlError ? error.details["machine"] : undefined;
    if (typeof made === "string") known.push({ id: made, at: clock.now() });
    if (signal.aborted) {
      await strike(
        cloud,
        `cml-id=${plan.wish.name}`,
        known.map(({ id }) => id),
        scene,
        scene.lastCalls(),
      );
      throw error;
    }
    try {
      await clear(cloud, `cml-id=${plan.wish.name}`, scene, { known, unseenUntil, limitMs: clearLimitMs, signal });
      await journal.tombstone(plan.token);
    } catch (problem) {
      if (signal.aborted)
        await strike(
          cloud,
          `cml-id=${plan.wish.name}`,
          known.map(({ id }) => id),
          scene,
          scene.lastCalls(),
        );
      // The reason of the failure comes first; that its remains could not be removed comes with it.
      scene.log.error(`${reasonOf(problem)}; \`cml runner gc\` tries again`);
      throw error instanceof CapacityError || error instanceof BootError ? problem : error;
    }
    throw error;
  }
}

const clearLimitMs = 10 * 60_000;
/** Asks again with the same token while the outcome is unknown. It is let finish when the user gives up: only then is it known what to destroy. */
async function createSurely(cloud: Cloud, plan: MachinePlan, scene: Scene, isUnknown: () => void): Promise<Machine> {
  const { clock, signal } = scene;
  const started = clock.now();
  const own = new AbortController();
  const stop = (): void => {
    const last = scene.lastCalls();
    last.addEventListener("abort", () => own.abort(signal.reason), { once: true });
  };
  signal.throwIfAborted();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (let round = 0; ; round++) {
      try {
        isUnknown();
        return await cloud.create(plan, own.signal);
      } catch (error) {
        const isOver = round >= 5 || clock.now() >= started + createLimitMs;
        if (!(error instanceof UnavailableError) || isOver || signal.aborted) throw error;
        const waitMs = Math.min(error.retryAfterMs ?? 1_000 * 2 ** round, 60_000);
        scene.log.info(`${reasonOf(error)}; asking again in ${Math.ceil(waitMs / 1000)} s`);
        await clock.sleep(waitMs, signal);
      }
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

const createLimitMs = 5 * 60_000;

/** Waits until the forge shows the runner. The machine is looked at as well: one that failed is not waited for. */
async function online(order: Launch, machine: Machine, scene: Scene): Promise<Machine> {
  const { clock, log, signal } = scene;
  const started = clock.now();
  const end = started + order.limits.onlineMs;
  let view = machine;
  let told = started;
  let trouble: unknown = null;
  for (;;) {
    signal.throwIfAborted();
    try {
      if (await order.isOnline(signal)) return view;
      const seen = await order.cloud.inspect(machine.id, signal);
      if (seen !== null) view = seen;
      else if (clock.now() > started + settleMs)
        throw new BootError(`machine \`${machine.id}\` is gone before its runner came online`);
      if (seen?.state === "failed" || seen?.state === "stopped" || seen?.state === "stopping")
        throw new BootError(`machine \`${machine.id}\` is ${seen.state}${seen.reason === null ? "" : `: ${seen.reason}`}`);
      trouble = null;
    } catch (error) {
      if (error instanceof BootError || !(error instanceof UnavailableError) || signal.aborted) throw error;
      trouble = error;
    }
    if (clock.now() >= end) throw await silent(order, machine, scene, trouble);
    if (clock.now() >= told + 30_000) {
      told = clock.now();
      log.info(`\`${machine.id}\` is ${view.state}; waiting for its runner (${Math.round((told - started) / 1000)} s)`);
    }
    await clock.sleep(clock.now() < started + 60_000 ? 2_000 : 5_000, signal);
  }
}

async function silent(order: Launch, machine: Machine, scene: Scene, cause: unknown): Promise<BootError> {
  let tail = "";
  try {
    tail = ((await order.cloud.console?.(machine.id, scene.signal)) ?? "").trimEnd().split("\n").slice(-20).join("\n");
  } catch {
    // The console is a courtesy: that the runner did not come is the news.
  }
  if (tail !== "") scene.log.info(`last lines of the console of \`${machine.id}\`:\n${tail}`);
  const minutes = Math.round(order.limits.onlineMs / 60_000);
  return new BootError(`machine \`${machine.id}\` runs, but its runner did not come online within ${minutes} min`, {
    cause: cause ?? undefined,
  });
}

function planOf(
  order: Launch,
  candidate: Candidate,
  attemptNumber: number,
  registration: Registration,
  now: number,
): MachinePlan {
  const { wish } = order;
  const expiresAt = now + wish.lifetimeMs;
  const marks = {
    name: wish.name,
    repository: order.repository,
    attempt: attemptNumber,
    createdAt: now,
    expiresAt,
    metadata: order.metadata,
  };
  const plan = {
    ...candidate,
    token: `${slugOf(wish.name).slice(0, 36)}-${now.toString(36)}-${attemptNumber}`,
    tags: tagsOf(marks),
    expiresAt,
  };
  return { ...plan, guest: order.guest(plan, registration) };
}

function affordable(candidates: readonly Candidate[], maxHourly: number | undefined): readonly Candidate[] {
  if (maxHourly === undefined) return candidates;
  const kept = candidates.filter(({ price }) => price === null || price.hourly <= maxHourly);
  if (kept.length > 0) return kept;
  const cheapest = Math.min(...candidates.map(({ price }) => price?.hourly ?? Number.POSITIVE_INFINITY));
  throw new CapacityError(`every candidate costs more than ${maxHourly} an hour; the cheapest is ${cheapest}`, {
    scope: "cloud",
    hint: "raise --max-price, or allow other types and regions",
  });
}

/** Which candidates a refusal rules out, too. */
function outOf(scope: CapacityError["scope"], failed: Candidate): (candidate: Candidate) => boolean {
  switch (scope) {
    case "zone":
      return (other) =>
        other.region === failed.region && other.zone === failed.zone && other.type === failed.type && other.spot === failed.spot;
    case "region":
      return (other) =>
        other.region === failed.region && other.spot === failed.spot && familyOf(other.type) === familyOf(failed.type);
    case "type":
      return (other) => other.type === failed.type && other.spot === failed.spot;
    default:
      return () => true;
  }
}

/** Quotas of a region are by family and by spot: `g4dn` of `g4dn.xlarge`. */
function familyOf(type: string): string {
  return type.split(/[.\d]/)[0] ?? type;
}

function isWorthAnother(error: unknown): boolean {
  return error instanceof CapacityError || error instanceof BootError;
}

async function withdraw(order: Launch, scene: Scene, registration: Registration | null): Promise<void> {
  if (registration === null) return;
  try {
    await order.unregister(scene.signal.aborted ? scene.lastCalls() : scene.signal);
  } catch (error) {
    scene.log.warn(`the runner could not be taken off the forge's list: ${reasonOf(error)}`);
  }
}

function exhausted(failed: readonly Failed[], last: unknown): CmlError {
  const lines = failed.map(({ candidate, reason }) => `${describe(candidate)}: ${reason}`).join("; ");
  const options = { cause: last, hint: lines === "" ? undefined : `tried: ${lines}` };
  if (last instanceof BootError) return new UnavailableError(`no machine became a runner: ${last.message}`, options);
  return new CapacityError(`no candidate could be had (${failed.length} tried)`, { scope: "cloud", ...options });
}

/** `g4dn.xlarge spot in us-west-2b, ≈ 0.16 USD/h`. */
export function describe(candidate: Candidate): string {
  const place = candidate.zone ?? candidate.region;
  const price = candidate.price === null ? "" : `, ≈ ${candidate.price.hourly.toFixed(2)} ${candidate.price.currency}/h`;
  return `${candidate.type}${candidate.spot ? " spot" : ""}${place === "" ? "" : ` in ${place}`}${price}`;
}
