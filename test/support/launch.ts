import { expect } from "bun:test";
import fc from "fast-check";
import { CancelledError } from "../../src/core/error.ts";
import { Secret } from "../../src/core/secret.ts";
import { collect } from "../../src/runner/gc.ts";
import type { Intent, Journal } from "../../src/runner/journal.ts";
import { launch, type Launched } from "../../src/runner/provision.ts";
import type { Clock, Log } from "../../src/host/host.ts";
import { anyWish, failureOf, fakeCloud, type FakeCloud, type FakeCloudOptions, type StoredMachine } from "../fake/cloud.ts";
import type { CloudFault } from "../contract/cloud.ts";

/** What meets one call of a launch. `SIGKILL`: the program is no more, nothing that it would have done happens. */
export type Blow = CloudFault | "SIGINT" | "SIGKILL";

export const blows = [
  "cut-before",
  "cut-after",
  "throttle",
  "server-error",
  "capacity",
  "quota",
  "expired",
  "SIGINT",
  "SIGKILL",
] as const satisfies readonly Blow[];

/** The end of a process: no clean-up of it can run. */
class Killed extends Error {}

export interface Story {
  /** By the number of the call, over the cloud and the forge together; a blow holds for `times` calls, 1 unless given. */
  readonly blows: ReadonlyMap<number, Blow>;
  readonly lagMs?: number;
  readonly zones?: readonly string[];
  readonly stock?: Map<string, number>;
  readonly halfMakes?: boolean;
  /** Machines whose guest never becomes a runner: by the number of their creation. */
  readonly duds?: ReadonlySet<number>;
  /** The forge lists a runner so long after the machine runs. */
  readonly onlineMs?: number;
}

export interface Ending {
  readonly outcome: Launched | Error;
  readonly fake: FakeCloud;
  readonly foreign: string;
  readonly calls: number;
  readonly journal: readonly Intent[];
  readonly runners: ReadonlySet<string>;
  now(): number;
  pass(ms: number): void;
  /** Another process, later, with nothing but the tags. */
  gc(): Promise<number>;
}

/** One launch on the cloud in memory, on a clock that moves when somebody waits, with blows at given calls. */
export async function tell(story: Story): Promise<Ending> {
  let now = Date.UTC(2026, 0, 1);
  let calls = 0;
  let dead = false;
  const controller = new AbortController();
  const clock: Clock = {
    now: () => now,
    async sleep(ms, signal) {
      // A turn of the event loop per wait, so that what runs beside it gets on.
      await Promise.resolve();
      signal?.throwIfAborted();
      now += ms;
    },
  };
  const meet = (side: "before" | "after", number: number, name: string): void => {
    if (dead) throw new Killed();
    const blow = story.blows.get(number);
    if (blow === undefined) return;
    const isBefore = blow !== "cut-after";
    if (isBefore !== (side === "before")) return;
    if (blow === "SIGKILL") {
      dead = true;
      throw new Killed();
    }
    if (blow === "SIGINT") controller.abort(new CancelledError("SIGINT"));
    else if ((blow !== "capacity" && blow !== "quota") || name === "create") throw failureOf(blow, name);
  };
  const booted: StoredMachine[] = [];
  const runners = new Set<string>();
  let current = 0;
  const options: FakeCloudOptions = {
    now: () => now,
    ...(story.lagMs === undefined ? {} : { lagMs: story.lagMs }),
    ...(story.zones === undefined ? {} : { zones: story.zones }),
    ...(story.stock === undefined ? {} : { stock: story.stock }),
    ...(story.halfMakes === undefined ? {} : { halfMakes: story.halfMakes }),
    before: (_, name) => {
      current = calls++;
      meet("before", current, name);
    },
    after: (_, name) => meet("after", current, name),
    boots: (machine) => void booted.push(machine),
  };
  const fake = fakeCloud(options);
  const foreign = fake.foreign();
  const forge = async <T>(name: string, effect: () => T): Promise<T> => {
    const number = calls++;
    meet("before", number, name);
    const result = effect();
    meet("after", number, name);
    return result;
  };
  const journal = memoryJournal(() => dead);
  const name = "cml-story";
  const isUp = (machine: StoredMachine, index: number): boolean =>
    story.duds?.has(index) !== true &&
    fake.machines.has(machine.id) &&
    machine.stoppedAt === null &&
    machine.failed === null &&
    now >= machine.createdAt + (story.onlineMs ?? 40_000);
  const outcome = await launch(
    {
      cloudId: "fake",
      cloud: fake.cloud,
      wish: anyWish(name),
      repository: "acme/churn",
      metadata: {},
      register: () =>
        forge("register", () => {
          runners.add(name);
          return { kind: "jit" as const, secret: new Secret("jit", "test"), url: "https://forge", runnerId: "1", facts: {} };
        }),
      unregister: () => forge("unregister", () => void runners.delete(name)),
      isOnline: () => forge("isOnline", () => booted.some(isUp)),
      guest: () => ({ settings: new Secret("{}", "test"), userData: new Secret("", "test") }),
      limits: { attempts: 12, totalMs: 60 * 60_000, onlineMs: 10 * 60_000 },
    },
    { clock, log: silent, journal, signal: controller.signal, lastCalls: () => new AbortController().signal },
  ).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  return {
    outcome,
    fake,
    foreign,
    calls,
    journal: await journal.open(),
    runners,
    now: () => now,
    pass: (ms) => void (now += ms),
    async gc() {
      dead = false;
      const settled = { blows: new Map<number, Blow>() };
      Object.assign(story, settled);
      const result = await collect(
        fake.cloud,
        { clock, log: silent },
        {
          runners: null,
          repository: null,
          graceMs: 600_000,
          bootMs: 20 * 60_000,
          force: false,
          dryRun: false,
          signal: new AbortController().signal,
        },
      );
      return result.removed.length;
    },
  };
}

function memoryJournal(isDead: () => boolean): Journal {
  const open = new Map<string, Intent>();
  return {
    async intent(intent) {
      if (isDead()) throw new Killed();
      open.set(intent.token, intent);
    },
    async tombstone(token) {
      if (isDead()) throw new Killed();
      open.delete(token);
    },
    open: async () => [...open.values()],
  };
}

const nothing = (): void => undefined;
const silent: Log = { level: "error", error: nothing, warn: nothing, info: nothing, debug: nothing };

const lifetimeMs = 86_400_000;

/** A day and an hour later, with nothing but the tags: all that is left is what was never ours. */
export async function expectClean(ending: Ending): Promise<void> {
  ending.pass(lifetimeMs + 3_600_000);
  // What is ordered to go takes a moment; what was not seen at first is seen by the next look.
  for (let round = 0; round < 3; round++) {
    await ending.gc();
    ending.pass(120_000);
  }
  expect(ending.fake.billable()).toEqual([ending.foreign]);
  expect(ending.fake.machines.get(ending.foreign)?.stoppedAt).toBeNull();
}

/** Launches with blows, stock and machines by chance: none of them leaves anything. */
export async function randomStories(runs: number): Promise<void> {
  const story = fc.record({
    blows: fc.uniqueArray(fc.tuple(fc.nat(60), fc.constantFrom(...blows)), { maxLength: 8, selector: ([call]) => call }),
    lagMs: fc.constantFrom(0, 20_000, 80_000),
    zones: fc.constantFrom(["z1"], ["z1", "z2", "z3"]),
    empty: fc.subarray(["z1/m", "z2/m", "z3/m"]),
    halfMakes: fc.boolean(),
    duds: fc.subarray([0, 1, 2, 3]),
    onlineMs: fc.constantFrom(25_000, 300_000, 590_000),
  });
  const property = fc.asyncProperty(story, async ({ blows: at, empty, duds, ...rest }) => {
    const stock = new Map(empty.map((shelf) => [shelf, 0]));
    await expectClean(await tell({ ...rest, blows: new Map(at), stock, duds: new Set(duds) }));
  });
  await fc.assert(property, { numRuns: runs });
}
