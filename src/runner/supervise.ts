import type { Runners, RunnerScope } from "../forge/contract.ts";
import type { Clock, Log } from "../host/host.ts";
import type { Agent, Running, Told } from "./agent.ts";
import { begin, type Ending, type Event, type Job, type Order, type Policy, type State, step } from "./state.ts";
import { reasonOf } from "./teardown.ts";

/** What a supervisor watches over, and what it may ask. */
export interface Supervision {
  readonly agent: Agent;
  readonly policy: Policy;
  /** Null on a machine that was given a registration and nothing else. */
  readonly forge: ForgeSide | null;
  /** Notice of the machine's end, null while there is none. Asked every five seconds; a failure is none. */
  readonly notice: ((signal: AbortSignal) => Promise<Notice | null>) | null;
  /** Free share of the disk that jobs fill, null when unknown. */
  readonly disk: (() => Promise<number | null>) | null;
  /** The runner is ready for the first time. */
  readonly onReady: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted by the first signal; `onAgain` takes each further one. */
  readonly signal: AbortSignal;
  readonly onAgain: (listener: () => void) => void;
}

export interface ForgeSide {
  readonly runners: Runners;
  readonly scope: RunnerScope;
  readonly name: string;
}

export interface Notice {
  readonly endsAt: number;
  readonly words: string;
}

export interface Outcome {
  readonly ending: Ending;
  readonly jobs: number;
  readonly lost: readonly Job[];
}

/** How long the forge may take for a last word. */
const lastWordMs = 30_000;
const rerunMs = 120_000;

/** Runs the agent until its life is over, then takes it off the forge and asks for lost jobs again. Never throws for what the forge or the agent do. */
export async function supervise(world: Supervision): Promise<Outcome> {
  const { agent, clock, log } = world;
  const queue: Event[] = [];
  const tell = (event: Told): void => void queue.push(timed(event, clock.now()));
  const own = new AbortController();
  world.signal.addEventListener("abort", () => tell({ kind: "signal" }), { once: true });
  if (world.signal.aborted) tell({ kind: "signal" });
  world.onAgain(() => tell({ kind: "signal" }));

  let state: State = begin(clock.now());
  let running = agent.start(tell);
  const lost: Job[] = [];
  let ending: Ending | null = null;
  let isKnown = false;

  function carryOut(order: Order): void {
    switch (order.kind) {
      case "say":
        log[order.level](order.text);
        break;
      case "stop":
        running.stop(order.how);
        break;
      case "restart":
        running = agent.start(tell);
        break;
      case "rerun":
        lost.push(order.job);
        break;
      case "unregister":
        void leave(world, own.signal).then((result) => tell({ kind: "unregistered", result }));
        break;
      default:
        ending = order.ending;
        break;
    }
  }

  const watch = watcher(world, tell, own.signal);
  while (ending === null) {
    await running.poll().catch((error: unknown) => log.warn(`cannot read what the agent left: ${reasonOf(error)}`));
    tell({ kind: "tick" });
    for (const event of queue.splice(0)) {
      if (event.kind === "ready" && !isKnown) {
        isKnown = true;
        log.info("the runner is ready for jobs");
        await world.onReady().catch((error: unknown) => log.warn(reasonOf(error)));
      }
      narrate(event, log);
      const next = step(state, event, world.policy);
      state = next.state;
      next.orders.forEach(carryOut);
    }
    if (ending !== null) break;
    watch(state);
    await clock.sleep(1_000);
  }
  own.abort();
  await lastWords(world, running, lost, state.finished);
  return { ending, jobs: state.finished, lost };
}

function timed(event: Told, at: number): Event {
  return { ...event, at };
}

function narrate(event: Event, log: Log): void {
  if (event.kind === "job-started") log.info(`job started${event.job.name === null ? "" : `: ${event.job.name}`}`);
  if (event.kind === "job-ended") log.info(`job ended${event.result === null ? "" : `: ${event.result}`}`);
}

/** Starts the slow looks when they are due; none is waited for, so that nobody's silence stops the clock. */
function watcher(world: Supervision, tell: (event: Told) => void, signal: AbortSignal): (state: State) => void {
  const { clock } = world;
  const due = { forge: clock.now() + 5_000, notice: 0, disk: 0 };
  const busy = new Set<string>();
  let quiet = 0;
  const start = (name: "forge" | "notice" | "disk", everyMs: number, look: () => Promise<void>): void => {
    if (busy.has(name) || clock.now() < due[name]) return;
    due[name] = clock.now() + everyMs;
    busy.add(name);
    void look().finally(() => busy.delete(name));
  };
  return (state) => {
    const { forge, notice, disk } = world;
    if (forge !== null)
      start("forge", world.agent.tellsEnds ? 60_000 : 10_000, async () => {
        try {
          const found = await find(forge, signal);
          tell({ kind: "seen", isBusy: found?.isBusy ?? null });
          // Twice, as the forge still shows the last job for a moment, and does not show the next one yet.
          quiet = state.phase.kind === "busy" && (found === null || found.isBusy === false) ? quiet + 1 : 0;
          if (!world.agent.tellsEnds && quiet >= 2) tell({ kind: "job-ended", key: "current", result: null });
        } catch {
          if (!signal.aborted) tell({ kind: "unseen" });
        }
      });
    if (notice !== null)
      start("notice", 5_000, async () => {
        const found = await notice(signal).catch(() => null);
        if (found !== null) tell({ kind: "notice", ...found });
      });
    if (disk !== null)
      start("disk", 30_000, async () => {
        const freeShare = await disk().catch(() => null);
        if (freeShare !== null) tell({ kind: "disk", freeShare });
      });
  };
}

async function find(forge: ForgeSide, signal: AbortSignal) {
  for await (const runner of forge.runners.list(forge.scope, signal)) if (runner.name === forge.name) return runner;
  return null;
}

/** Off the forge's list, unless the forge has just sent a job. */
async function leave(world: Supervision, signal: AbortSignal): Promise<"gone" | "busy" | "failed"> {
  const { forge } = world;
  if (forge === null) return "failed";
  try {
    const found = await find(forge, signal);
    if (found === null) return "gone";
    if (found.isBusy === true) return "busy";
    return await forge.runners.remove(forge.scope, found.id, signal);
  } catch (error) {
    if (!signal.aborted) world.log.warn(`cannot take the runner off the forge's list: ${reasonOf(error)}`);
    return "failed";
  }
}

/** Bounded: a machine is not kept by a forge that does not answer. */
async function lastWords(world: Supervision, running: Running, lost: readonly Job[], finished: number): Promise<void> {
  const { clock, forge, log } = world;
  log.info(`the runner is over after ${finished} ${finished === 1 ? "job" : "jobs"}`);
  running.stop("hard");
  await within(clock, lastWordMs, async (signal) => {
    // One that is busy stays on the list until the forge gives it up by itself.
    if (forge !== null) await leave(world, signal);
  });
  for (const job of lost)
    await within(clock, rerunMs, async (signal) => {
      if (forge === null || job.run === null || forge.runners.rerun === undefined) {
        log.warn(`job ${job.name ?? job.key} was lost and cannot be asked for again from here`);
        return;
      }
      await askAgain(world, forge, job.run, signal);
    });
}

async function askAgain(world: Supervision, forge: ForgeSide, run: string, signal: AbortSignal): Promise<void> {
  try {
    await forge.runners.cancel?.(run, signal);
    for (;;) {
      const answer = await forge.runners.rerun?.(run, signal);
      if (answer === "asked") world.log.info(`run ${run} lost a job with this machine: its failed jobs are asked for again`);
      else if (answer === "spent") world.log.warn(`run ${run} lost a job with this machine and cannot be run again`);
      if (answer !== "running") return;
      await world.clock.sleep(3_000, signal);
    }
  } catch (error) {
    world.log.warn(
      `run ${run} lost a job with this machine; it could not be asked for again: ${signal.aborted ? "the forge did not answer in time" : reasonOf(error)}`,
    );
  }
}

async function within(clock: Clock, ms: number, action: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const limit = new AbortController();
  const done = new AbortController();
  const timer = clock.sleep(ms, done.signal).then(
    () => limit.abort(new Error("time is over")),
    () => undefined,
  );
  await Promise.race([action(limit.signal), timer]);
  done.abort();
}
