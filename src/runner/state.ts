import { assertNever } from "../core/text.ts";

/**
 * The life of one runner on its machine, as a pure state machine: events in, orders out, no clock and no I/O of its own. Whatever happens, it ends in
 * one order `teardown`; a running job is cut short only by the deadline, an interruption of the machine, a signal or the loss of the agent itself.
 */
export interface Policy {
  /** Without a job for this long it ends; null: never. */
  readonly idleMs: number | null;
  /** Ends after its first job. */
  readonly isSingle: boolean;
  /** Milliseconds since the epoch at which it ends in any case. */
  readonly deadline: number;
  /** An agent that is not ready by then will never be. */
  readonly readyMs: number;
  /** How long a running job may go on after the first signal. */
  readonly drainMs: number;
  /** A job is stopped so long before an interruption, to leave time for the last words. */
  readonly noticeMarginMs: number;
  /** From the request to stop until the agent is killed. */
  readonly stopMs: number;
  /** Share of the disk that must be free for another job. */
  readonly diskShare: number;
  /** Whether lost jobs are asked for again. */
  readonly reruns: boolean;
}

export interface Job {
  /** As the agent counts: one for agents that run one job at a time. */
  readonly key: string;
  /** The forge's id of the run, where the agent tells it. */
  readonly run: string | null;
  readonly name: string | null;
}

export type Event = { readonly at: number } & (
  | { readonly kind: "tick" }
  | { readonly kind: "ready" }
  | { readonly kind: "job-started"; readonly job: Job }
  | { readonly kind: "job-ended"; readonly key: string; readonly result: string | null }
  | { readonly kind: "agent-exited"; readonly code: number; readonly cause: ExitCause }
  /** The forge's own view of the runner; `isBusy` null: it does not tell. */
  | { readonly kind: "seen"; readonly isBusy: boolean | null }
  | { readonly kind: "unseen" }
  | { readonly kind: "unregistered"; readonly result: "gone" | "busy" | "failed" }
  | { readonly kind: "signal" }
  | { readonly kind: "notice"; readonly endsAt: number; readonly words: string }
  | { readonly kind: "disk"; readonly freeShare: number }
);

/** `too-old` and `refused` are final: the forge will never take this agent. */
export type ExitCause = "normal" | "crash" | "too-old" | "refused";

/** Why it ends. `ok` decides the exit code. */
export interface Ending {
  readonly reason: string;
  readonly ok: boolean;
}

export type Order =
  /** Take the runner off the forge's list; answered by `unregistered`. */
  | { readonly kind: "unregister" }
  /** `drain`: no further job; `soft`: stop; `hard`: kill. */
  | { readonly kind: "stop"; readonly how: "drain" | "soft" | "hard" }
  | { readonly kind: "restart" }
  | { readonly kind: "rerun"; readonly job: Job }
  | { readonly kind: "say"; readonly level: "info" | "warn"; readonly text: string }
  | { readonly kind: "teardown"; readonly ending: Ending };

export type Phase =
  | { readonly kind: "starting" }
  | { readonly kind: "idle"; readonly since: number }
  | { readonly kind: "busy" }
  /** Asked the forge to let go; a job may have come in the meantime. */
  | { readonly kind: "leaving"; readonly since: number; readonly ending: Ending }
  /** The job goes on until it ends, or until then. */
  | { readonly kind: "draining"; readonly until: number; readonly ending: Ending }
  | { readonly kind: "stopping"; readonly until: number; readonly ending: Ending }
  | { readonly kind: "over"; readonly ending: Ending };

export interface State {
  readonly phase: Phase;
  readonly startedAt: number;
  readonly jobs: readonly Job[];
  readonly finished: number;
  /** Jobs that were running when the agent went. */
  readonly lost: readonly Job[];
  /** Times of the last crashes. */
  readonly crashes: readonly number[];
  /** The forge says that the runner has a job, of which the agent has not told. */
  readonly isBusyAtForge: boolean;
  readonly isForgeSilent: boolean;
  readonly isDiskFull: boolean;
}

export interface Step {
  readonly state: State;
  readonly orders: readonly Order[];
}

const none: readonly Order[] = [];

export function begin(at: number): State {
  return {
    phase: { kind: "starting" },
    startedAt: at,
    jobs: [],
    finished: 0,
    lost: [],
    crashes: [],
    isBusyAtForge: false,
    isForgeSilent: false,
    isDiskFull: false,
  };
}

/** Applies one event, then the rules that time alone decides. */
export function step(state: State, event: Event, policy: Policy): Step {
  if (state.phase.kind === "over") return { state, orders: none };
  const first = apply(state, event, policy);
  if (first.state.phase.kind === "over") return first;
  const second = elapse(first.state, event.at, policy);
  return { state: second.state, orders: [...first.orders, ...second.orders] };
}

function apply(state: State, event: Event, policy: Policy): Step {
  switch (event.kind) {
    case "tick":
      return { state, orders: none };
    case "ready":
      return state.phase.kind === "starting"
        ? { state: withPhase(state, { kind: "idle", since: event.at }), orders: none }
        : { state, orders: none };
    case "job-started":
      return jobStarted(state, event.job, policy);
    case "job-ended":
      return jobEnded(state, event, policy);
    case "agent-exited":
      return agentExited(state, event, policy);
    case "seen":
      return seen(state, event.isBusy, event.at);
    case "unseen":
      return state.isForgeSilent
        ? { state, orders: none }
        : { state: { ...state, isForgeSilent: true }, orders: [say("warn", "the forge does not answer; the runner goes on")] };
    case "unregistered":
      return unregistered(state, event, policy);
    case "signal":
      return signal(state, event.at, policy);
    case "notice":
      return notice(state, event, policy);
    case "disk":
      return disk(state, event, policy);
    default:
      return assertNever(event);
  }
}

function jobStarted(state: State, job: Job, policy: Policy): Step {
  const known = state.jobs.find(({ key }) => key === job.key);
  // The agent's log and its hook tell of one job: what either knows is kept.
  const merged = known === undefined ? job : { key: job.key, run: job.run ?? known.run, name: job.name ?? known.name };
  const jobs = [...state.jobs.filter(({ key }) => key !== job.key), merged];
  const next = { ...state, jobs, isBusyAtForge: false };
  const { phase } = state;
  if (phase.kind === "starting" || phase.kind === "idle") return { state: withPhase(next, { kind: "busy" }), orders: none };
  // It came while we were asking to leave: the job has the right of way.
  if (phase.kind === "leaving")
    return { state: withPhase(next, { kind: "draining", until: policy.deadline, ending: phase.ending }), orders: none };
  return { state: next, orders: none };
}

function jobEnded(
  state: State,
  event: { readonly at: number; readonly key: string; readonly result: string | null },
  policy: Policy,
): Step {
  if (!state.jobs.some(({ key }) => key === event.key)) return { state, orders: none };
  const next = {
    ...state,
    jobs: state.jobs.filter(({ key }) => key !== event.key),
    finished: state.finished + 1,
    isBusyAtForge: false,
  };
  if (next.jobs.length > 0) return { state: next, orders: none };
  const { phase } = state;
  if (phase.kind === "draining") return stop(next, event.at, phase.ending, policy);
  if (phase.kind === "stopping") return { state: next, orders: none };
  if (policy.isSingle) return stop(next, event.at, { reason: "its job is done", ok: true }, policy);
  if (state.isDiskFull) return stop(next, event.at, { reason: "its disk is nearly full", ok: true }, policy);
  return { state: withPhase(next, { kind: "idle", since: event.at }), orders: none };
}

function agentExited(
  state: State,
  event: { readonly at: number; readonly code: number; readonly cause: ExitCause },
  policy: Policy,
): Step {
  const lost = [...state.lost, ...state.jobs];
  const next = { ...state, jobs: [], lost, isBusyAtForge: false };
  const { phase } = state;
  if (phase.kind === "stopping" || phase.kind === "draining" || phase.kind === "leaving") return over(next, phase.ending, policy);
  if (event.cause === "too-old") return over(next, { reason: "the forge refuses this version of the agent", ok: false }, policy);
  if (event.cause === "refused") return over(next, { reason: "the forge refuses this agent", ok: false }, policy);
  if (state.jobs.length > 0) {
    if (policy.isSingle)
      return over(next, { reason: `the agent ended with ${event.code} in the middle of its job`, ok: false }, policy);
    return restart(next, event, policy);
  }
  if (event.cause === "normal" && state.phase.kind !== "starting")
    return over(next, { reason: "the agent is done", ok: true }, policy);
  if (policy.isSingle && state.finished > 0) return over(next, { reason: "its job is done", ok: true }, policy);
  return restart(next, event, policy);
}

const crashWindowMs = 600_000;
const crashLimit = 3;

function restart(state: State, event: { readonly at: number; readonly code: number }, policy: Policy): Step {
  const crashes = [...state.crashes.filter((at) => event.at - at < crashWindowMs), event.at];
  // A job configured just in time cannot be configured again: its registration is used up.
  if (crashes.length > crashLimit || policy.isSingle)
    return over(
      state,
      { reason: `the agent ended with ${event.code}${crashes.length > 1 ? `, ${crashes.length} times` : ""}`, ok: false },
      policy,
    );
  const orders: Order[] = [
    ...reruns(state, policy),
    say("warn", `the agent ended with ${event.code}; starting it again`),
    { kind: "restart" },
  ];
  return { state: { ...state, crashes, lost: [], phase: { kind: "starting" }, startedAt: event.at }, orders };
}

function seen(state: State, isBusy: boolean | null, at: number): Step {
  const orders = state.isForgeSilent ? [say("info", "the forge answers again")] : none;
  const isBusyAtForge = isBusy === true && state.jobs.length === 0;
  const next = { ...state, isForgeSilent: false, isBusyAtForge };
  // The time of idleness begins when the forge, too, knows of no job.
  if (isBusyAtForge && state.phase.kind === "idle") return { state: withPhase(next, { kind: "idle", since: at }), orders };
  return { state: next, orders };
}

function unregistered(
  state: State,
  event: { readonly at: number; readonly result: "gone" | "busy" | "failed" },
  policy: Policy,
): Step {
  if (state.phase.kind !== "leaving") return { state, orders: none };
  if (event.result !== "busy") return stop(state, event.at, state.phase.ending, policy);
  // A job is on its way: it is run, and then we go.
  return {
    state: withPhase({ ...state, isBusyAtForge: true }, { kind: "idle", since: event.at }),
    orders: [say("info", "the forge has just sent a job")],
  };
}

function signal(state: State, at: number, policy: Policy): Step {
  const ending = { reason: "it was told to stop", ok: true };
  const { phase } = state;
  // The second one means at once.
  if (phase.kind === "draining" && phase.ending.reason === ending.reason) return stop(state, at, ending, policy);
  if (phase.kind === "stopping") return kill(state, phase.ending, policy);
  if (state.jobs.length === 0 || policy.drainMs <= 0) return stop(state, at, ending, policy);
  return drain(state, Math.min(at + policy.drainMs, policy.deadline), ending);
}

function notice(
  state: State,
  event: { readonly at: number; readonly endsAt: number; readonly words: string },
  policy: Policy,
): Step {
  const ending = { reason: event.words, ok: true };
  if (state.phase.kind === "stopping") return { state, orders: none };
  const until = Math.min(event.endsAt - policy.noticeMarginMs, policy.deadline);
  if (state.jobs.length === 0) return stop(state, event.at, ending, policy);
  if (state.phase.kind === "draining" && state.phase.until <= until) return { state, orders: none };
  const step = drain(state, until, ending);
  return { state: step.state, orders: [say("warn", `${event.words}; the job goes on until the machine ends`), ...step.orders] };
}

function disk(state: State, event: { readonly at: number; readonly freeShare: number }, policy: Policy): Step {
  const isDiskFull = event.freeShare < policy.diskShare;
  const next = { ...state, isDiskFull };
  if (!isDiskFull) return { state: next, orders: none };
  if (state.phase.kind === "idle" && !state.isBusyAtForge)
    return leave(next, event.at, { reason: "its disk is nearly full", ok: true });
  return { state: next, orders: state.isDiskFull ? none : [say("warn", "the disk is nearly full; no job after this one")] };
}

/** What time alone brings about. */
function elapse(state: State, at: number, policy: Policy): Step {
  const { phase } = state;
  if (phase.kind === "stopping") return at >= phase.until ? kill(state, phase.ending, policy) : { state, orders: none };
  if (at >= policy.deadline) return stop(state, at, { reason: "its lifetime is over", ok: true }, policy);
  switch (phase.kind) {
    case "starting":
      if (at - state.startedAt >= policy.readyMs)
        return stop(state, at, { reason: "the agent did not become ready", ok: false }, policy);
      break;
    case "idle":
      if (policy.idleMs !== null && !state.isBusyAtForge && at - phase.since >= policy.idleMs)
        return leave(state, at, { reason: "it had nothing to do", ok: true });
      break;
    case "leaving":
      if (at - phase.since >= leaveMs) return stop(state, at, phase.ending, policy);
      break;
    case "draining":
      if (at >= phase.until) return stop(state, at, phase.ending, policy);
      break;
    default:
      break;
  }
  return { state, orders: none };
}

/** A forge that does not answer keeps nobody. */
const leaveMs = 30_000;

function leave(state: State, at: number, ending: Ending): Step {
  return { state: withPhase(state, { kind: "leaving", since: at, ending }), orders: [{ kind: "unregister" }] };
}

function drain(state: State, until: number, ending: Ending): Step {
  return { state: withPhase(state, { kind: "draining", until, ending }), orders: [{ kind: "stop", how: "drain" }] };
}

function stop(state: State, at: number, ending: Ending, policy: Policy): Step {
  return {
    state: withPhase(state, { kind: "stopping", until: at + policy.stopMs, ending }),
    orders: [{ kind: "stop", how: "soft" }],
  };
}

/** The agent did not stop when it was asked: its jobs are lost with it. */
function kill(state: State, ending: Ending, policy: Policy): Step {
  const last = over({ ...state, lost: [...state.lost, ...state.jobs], jobs: [] }, ending, policy);
  return { state: last.state, orders: [{ kind: "stop", how: "hard" }, ...last.orders] };
}

function over(state: State, ending: Ending, policy: Policy): Step {
  const orders: Order[] = [...reruns(state, policy), { kind: "teardown", ending }];
  return { state: { ...state, lost: [], phase: { kind: "over", ending } }, orders };
}

/** Asked for when the loss is certain: the agent is gone. */
function reruns(state: State, policy: Policy): Order[] {
  return policy.reruns ? state.lost.map((job): Order => ({ kind: "rerun", job })) : [];
}

function withPhase(state: State, phase: Phase): State {
  return { ...state, phase };
}

function say(level: "info" | "warn", text: string): Order {
  return { kind: "say", level, text };
}
