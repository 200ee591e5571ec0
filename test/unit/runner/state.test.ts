import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { begin, type Event, type Order, type Policy, type State, step } from "../../../src/runner/state.ts";

const policy: Policy = {
  idleMs: 300_000,
  isSingle: false,
  deadline: 86_400_000,
  readyMs: 900_000,
  drainMs: 60_000,
  noticeMarginMs: 30_000,
  stopMs: 30_000,
  diskShare: 0.05,
  reruns: true,
};
const job = { key: "current", run: "77", name: "train" };
/** An event without its time. */
type Bare = Event extends infer E ? (E extends Event ? Omit<E, "at"> : never) : never;
type Told = readonly [seconds: number, event: Bare];

function play(told: readonly Told[], rules: Partial<Policy> = {}): { state: State; orders: Order[] } {
  let state = begin(0);
  const orders: Order[] = [];
  for (const [seconds, event] of told) {
    const result = step(state, { ...event, at: seconds * 1000 }, { ...policy, ...rules });
    state = result.state;
    orders.push(...result.orders);
  }
  return { state, orders };
}

const ready: Told = [1, { kind: "ready" }];
const tick = (seconds: number): Told => [seconds, { kind: "tick" }];
const started = (seconds: number): Told => [seconds, { kind: "job-started", job }];
const ended = (seconds: number): Told => [seconds, { kind: "job-ended", key: "current", result: "succeeded" }];
const exited = (seconds: number, code = 0): Told => [
  seconds,
  { kind: "agent-exited", code, cause: code === 0 ? "normal" : "crash" },
];
const kinds = (orders: readonly Order[]): string[] =>
  orders.filter(({ kind }) => kind !== "say").map((order) => (order.kind === "stop" ? order.how : order.kind));
const endOf = (orders: readonly Order[]): string | undefined =>
  orders.flatMap((order) => (order.kind === "teardown" ? [order.ending.reason] : []))[0];

describe("state", () => {
  test("idle: leaves the forge first, then stops, then is torn down", () => {
    const { orders, state } = play([ready, tick(300), tick(301), [302, { kind: "unregistered", result: "gone" }], exited(303)]);
    expect(kinds(orders)).toEqual(["unregister", "soft", "teardown"]);
    expect(endOf(orders)).toBe("it had nothing to do");
    expect(state.phase.kind).toBe("over");
  });

  test("idle: the time counts from the end of the last job", () => {
    const early = play([ready, started(200), ended(250), tick(549)]);
    expect(kinds(early.orders)).toEqual([]);
    expect(kinds(play([ready, started(200), ended(250), tick(550)]).orders)).toEqual(["unregister"]);
  });

  test("idle never: only the deadline ends it", () => {
    expect(kinds(play([ready, tick(80_000)], { idleMs: null }).orders)).toEqual([]);
    expect(kinds(play([ready, tick(86_400)], { idleMs: null }).orders)).toEqual(["soft"]);
  });

  test("a job that starts in the last second is run to its end", () => {
    const { orders } = play([
      ready,
      tick(301),
      started(301),
      [302, { kind: "unregistered", result: "gone" }],
      tick(5_000),
      ended(6_000),
      exited(6_001),
    ]);
    expect(kinds(orders)).toEqual(["unregister", "soft", "teardown"]);
    const refused = play([ready, tick(301), [302, { kind: "unregistered", result: "busy" }], tick(900)]);
    expect(kinds(refused.orders)).toEqual(["unregister"]);
  });

  test("the forge knows of a job before the agent tells: not idle", () => {
    const { orders } = play([ready, [299, { kind: "seen", isBusy: true }], tick(301), tick(2_000)]);
    expect(kinds(orders)).toEqual([]);
  });

  test("a running job is cut short neither by the idle rule nor by a forge that is silent", () => {
    const { orders, state } = play([ready, started(10), [20, { kind: "unseen" }], [400, { kind: "unseen" }], tick(80_000)]);
    expect(kinds(orders)).toEqual([]);
    expect(state.phase.kind).toBe("busy");
    expect(orders).toHaveLength(1);
  });

  test("a forge that is silent keeps an idle runner for half a minute more", () => {
    const { orders } = play([ready, tick(301), [330, { kind: "unregistered", result: "failed" }], exited(332)]);
    expect(kinds(orders)).toEqual(["unregister", "soft", "teardown"]);
    expect(kinds(play([ready, tick(301), tick(331), exited(332)]).orders)).toEqual(["unregister", "soft", "teardown"]);
  });

  test("single: ends after its first job, whoever is faster", () => {
    expect(kinds(play([ready, started(10), ended(60), exited(61)], { isSingle: true }).orders)).toEqual(["soft", "teardown"]);
    expect(endOf(play([ready, started(10), ended(60), exited(61)], { isSingle: true }).orders)).toBe("its job is done");
  });

  test("the agent dies in the middle of a job: the job is asked for again, the agent started again", () => {
    const { orders } = play([ready, started(10), exited(20, 137)]);
    expect(kinds(orders)).toEqual(["rerun", "restart"]);
    const single = play([ready, started(10), exited(20, 137)], { isSingle: true });
    expect(kinds(single.orders)).toEqual(["rerun", "teardown"]);
    expect(kinds(play([ready, started(10), exited(20, 137)], { isSingle: true, reruns: false }).orders)).toEqual(["teardown"]);
  });

  test("an agent that keeps failing is given up", () => {
    const { orders } = play([exited(1, 1), exited(2, 1), exited(3, 1), exited(4, 1)]);
    expect(kinds(orders)).toEqual(["restart", "restart", "restart", "teardown"]);
    expect(endOf(orders)).toContain("4 times");
  });

  test("an agent that the forge refuses as too old is final", () => {
    const { orders } = play([[5, { kind: "agent-exited", code: 7, cause: "too-old" }]]);
    expect(kinds(orders)).toEqual(["teardown"]);
  });

  test("an agent that never becomes ready is given up", () => {
    expect(kinds(play([tick(899), tick(900), exited(901, 1)]).orders)).toEqual(["soft", "teardown"]);
  });

  test("interruption notice: the job goes on until half a minute before, then is asked for again", () => {
    const told: Told[] = [
      ready,
      started(10),
      [100, { kind: "notice", endsAt: 220_000, words: "spot capacity is taken back" }],
      tick(189),
    ];
    expect(kinds(play(told).orders)).toEqual(["drain"]);
    expect(kinds(play([...told, tick(190), exited(192, 1)]).orders)).toEqual(["drain", "soft", "rerun", "teardown"]);
    expect(kinds(play([...told, ended(150), exited(151)]).orders)).toEqual(["drain", "soft", "teardown"]);
    expect(kinds(play([ready, [100, { kind: "notice", endsAt: 220_000, words: "x" }]]).orders)).toEqual(["soft"]);
  });

  test("signals: the first lets the job end within the time to drain, the second stops, the third kills", () => {
    const first: Told = [100, { kind: "signal" }];
    expect(kinds(play([ready, started(10), first, tick(159)]).orders)).toEqual(["drain"]);
    expect(kinds(play([ready, started(10), first, tick(160)]).orders)).toEqual(["drain", "soft"]);
    expect(kinds(play([ready, started(10), first, [101, { kind: "signal" }]]).orders)).toEqual(["drain", "soft"]);
    expect(kinds(play([ready, started(10), first, [101, { kind: "signal" }], [102, { kind: "signal" }]]).orders)).toEqual([
      "drain",
      "soft",
      "hard",
      "rerun",
      "teardown",
    ]);
    expect(kinds(play([ready, first, exited(101)]).orders)).toEqual(["soft", "teardown"]);
  });

  test("deadline: ends a running job, too; an agent that does not stop is killed", () => {
    const { orders } = play([ready, started(10), tick(86_400), tick(86_429), tick(86_430)]);
    expect(kinds(orders)).toEqual(["soft", "hard", "rerun", "teardown"]);
  });

  test("a disk nearly full: no further job, the running one ends", () => {
    const full: Told = [50, { kind: "disk", freeShare: 0.01 }];
    expect(kinds(play([ready, full]).orders)).toEqual(["unregister"]);
    expect(kinds(play([ready, started(10), full, ended(90)]).orders)).toEqual(["soft"]);
    expect(kinds(play([ready, started(10), full, [60, { kind: "disk", freeShare: 0.5 }], ended(90)]).orders)).toEqual([]);
  });

  test("log line and hook tell of one job", () => {
    const { state } = play([
      ready,
      [10, { kind: "job-started", job: { key: "current", run: null, name: "train" } }],
      [11, { kind: "job-started", job: { key: "current", run: "77", name: null } }],
    ]);
    expect(state.jobs).toEqual([{ key: "current", run: "77", name: "train" }]);
  });

  const events = fc.oneof(
    fc.constant({ kind: "tick" } as const),
    fc.constant({ kind: "ready" } as const),
    fc.constantFrom("a", "b").map((key) => ({ kind: "job-started", job: { key, run: key, name: null } }) as const),
    fc.constantFrom("a", "b").map((key) => ({ kind: "job-ended", key, result: null }) as const),
    fc.record({
      kind: fc.constant("agent-exited" as const),
      code: fc.nat(7),
      cause: fc.constantFrom("normal", "crash", "too-old", "refused"),
    }),
    fc.constantFrom(true, false, null).map((isBusy) => ({ kind: "seen", isBusy }) as const),
    fc.constant({ kind: "unseen" } as const),
    fc.constantFrom("gone", "busy", "failed").map((result) => ({ kind: "unregistered", result }) as const),
    fc.constant({ kind: "signal" } as const),
    fc.nat(4_000).map((seconds) => ({ kind: "notice", endsAt: seconds * 1000, words: "taken back" }) as const),
    fc.constantFrom(0.01, 0.5).map((freeShare) => ({ kind: "disk", freeShare }) as const),
  );
  const stories = fc.array(fc.tuple(fc.nat(900), events), { maxLength: 40 });
  const policies = fc.record({
    isSingle: fc.boolean(),
    idleMs: fc.constantFrom(null, 20_000, 300_000),
    drainMs: fc.constantFrom(0, 60_000),
  });

  test("whatever happens, the deadline ends in one teardown, and nothing follows it", () => {
    fc.assert(
      fc.property(stories, policies, (story, rules) => {
        let seconds = 0;
        const told = story.map(([wait, event]): Told => [(seconds += wait), event]);
        const { orders, state } = play([...told, tick(90_000), tick(90_031), tick(90_062)], rules);
        expect(state.phase.kind).toBe("over");
        expect(orders.filter(({ kind }) => kind === "teardown")).toHaveLength(1);
        expect(orders.at(-1)?.kind).toBe("teardown");
      }),
      { numRuns: 500 },
    );
  });

  test("a job that runs is stopped only by a signal, a notice, the deadline or its end", () => {
    const harmless = events.filter(({ kind }) => !["signal", "notice", "agent-exited", "job-ended"].includes(kind));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(900), harmless), { maxLength: 40 }), policies, (story, rules) => {
        let seconds = 10;
        const told = story.map(([wait, event]): Told => [(seconds += wait), event]);
        const { orders } = play([ready, started(10), ...told], rules);
        expect(kinds(orders)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
