import { AuthError, CapacityError, ConfigError, ConflictError, UnavailableError } from "../../src/core/error.ts";
import type { Candidate, Cloud, Leftover, Machine, MachinePlan, MachineWish } from "../../src/cloud/contract.ts";
import { Secret } from "../../src/core/secret.ts";
import { carries, timeOf } from "../../src/cloud/tag.ts";
import type { CloudFault } from "../contract/cloud.ts";

export interface FakeCloudOptions {
  /** Milliseconds since the epoch; the fake never waits. */
  readonly now: () => number;
  readonly zones?: readonly string[];
  /** Machines of a type left in a zone, `zone/type`; unlimited where unset. */
  readonly stock?: Map<string, number>;
  /** Machines of the account at once. */
  readonly quota?: number;
  /** How long what was made is not seen by look-ups. */
  readonly lagMs?: number;
  readonly bootMs?: number;
  /** From the order to destroy until it is gone. */
  readonly stopMs?: number;
  /** A refusal for lack of capacity leaves the disk that was made first. */
  readonly halfMakes?: boolean;
  /** Called before each call takes effect, with its number from 0; throws to be the fault. */
  readonly before?: (call: number, name: string) => void;
  /** Called after each call took effect and before it is told. */
  readonly after?: (call: number, name: string) => void;
  /** Called with each new machine: the guest starts. */
  readonly boots?: (machine: StoredMachine) => void;
}

export interface StoredMachine {
  readonly id: string;
  readonly plan: MachinePlan;
  readonly createdAt: number;
  stoppedAt: number | null;
  failed: string | null;
}

interface StoredDisk {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

export interface FakeCloud {
  readonly cloud: Cloud;
  readonly calls: readonly string[];
  readonly machines: ReadonlyMap<string, StoredMachine>;
  /** All that costs, foreign things included; sorted. */
  billable(): string[];
  fail(fault: CloudFault, times: number): void;
  foreign(): string;
  reclaim(id: string): void;
  litter(tags: Readonly<Record<string, string>>): void;
}

const types: Readonly<Record<string, number>> = { s: 0.05, m: 0.4, l: 1.6, xl: 3.2 };

/** A provider in memory: the contract's first and plainest implementation, with stock, quota, slow visibility and scripted faults. */
export function fakeCloud(options: FakeCloudOptions): FakeCloud {
  const {
    now,
    zones = ["z1", "z2", "z3"],
    stock = new Map<string, number>(),
    lagMs = 0,
    bootMs = 20_000,
    stopMs = 15_000,
  } = options;
  const calls: string[] = [];
  const machines = new Map<string, StoredMachine>();
  const byToken = new Map<string, string>();
  const disks = new Map<string, StoredDisk>();
  const foreigners = new Set<string>();
  let faults: CloudFault[] = [];
  let sequence = 0;

  function sweep(): void {
    for (const [id, machine] of machines)
      if (machine.stoppedAt !== null && now() >= machine.stoppedAt + stopMs) machines.delete(id);
  }

  /** Every call passes here: counted, and met by a fault before or after its effect. */
  async function call<T>(name: string, signal: AbortSignal, effect: () => T): Promise<T> {
    signal.throwIfAborted();
    const number = calls.push(name) - 1;
    options.before?.(number, name);
    sweep();
    const fault = name === "create" || faults[0] === "expired" ? faults.shift() : undefined;
    if (fault !== undefined && fault !== "cut-after") throw failureOf(fault, name);
    const result = effect();
    options.after?.(number, name);
    if (fault === "cut-after") throw failureOf(fault, name);
    return result;
  }

  function create(plan: MachinePlan): Machine {
    const known = byToken.get(plan.token);
    const old = known === undefined ? undefined : machines.get(known);
    if (old !== undefined) return shown(old);
    if (known !== undefined) throw new ConflictError(`token \`${plan.token}\` was used by a machine that is gone`);
    if (machines.size >= (options.quota ?? Number.POSITIVE_INFINITY))
      throw new CapacityError("quota of machines is used up", { scope: "cloud", details: { quota: true } });
    const shelf = `${plan.zone}/${plan.type}`;
    const left = stock.get(shelf) ?? Number.POSITIVE_INFINITY;
    if (left <= 0) {
      if (options.halfMakes === true) litter(plan.tags);
      throw new CapacityError(`no ${plan.type} in ${plan.zone}`, { scope: "zone" });
    }
    stock.set(shelf, left - 1);
    const machine: StoredMachine = { id: `r1/m-${++sequence}`, plan, createdAt: now(), stoppedAt: null, failed: null };
    machines.set(machine.id, machine);
    byToken.set(plan.token, machine.id);
    options.boots?.(machine);
    return shown(machine);
  }

  function shown(machine: StoredMachine): Machine {
    const { plan } = machine;
    const isUp = now() >= machine.createdAt + bootMs;
    return {
      id: machine.id,
      name: plan.tags["cml-id"] ?? "",
      state: machine.failed !== null ? "failed" : machine.stoppedAt !== null ? "stopping" : isUp ? "running" : "pending",
      region: plan.region,
      zone: plan.zone,
      type: plan.type,
      spot: plan.spot,
      address: isUp ? "192.0.2.1" : null,
      createdAt: timeOf(plan.tags, "cml-created"),
      expiresAt: timeOf(plan.tags, "cml-expires"),
      tags: plan.tags,
      reason: machine.failed,
    };
  }

  function litter(tags: Readonly<Record<string, string>>): void {
    const id = `d-${++sequence}`;
    disks.set(id, { id, tags, createdAt: now() });
  }

  const isSeen = (thing: { readonly createdAt: number }): boolean => now() >= thing.createdAt + lagMs;

  const cloud: Cloud = {
    plan: (wish, signal) => call("plan", signal, () => candidatesOf(wish, zones)),
    create: (plan, signal) => call("create", signal, () => create(plan)),
    inspect: (id, signal) =>
      call("inspect", signal, () => {
        const machine = machines.get(id);
        return machine === undefined || !isSeen(machine) || foreigners.has(id) ? null : shown(machine);
      }),
    destroy: (id, signal) =>
      call("destroy", signal, () => {
        const machine = machines.get(id);
        if (machine === undefined || !isSeen(machine)) return "gone";
        if (foreigners.has(id)) throw new ConflictError(`${id} is not ours`);
        machine.stoppedAt ??= now();
        return "going";
      }),
    async *list(tag, signal) {
      // Two at a time, each page a call of its own.
      const found = [...machines.values()].filter((machine) => isSeen(machine) && carries(machine.plan.tags, tag));
      for (let start = 0; start === 0 || start < found.length; start += 2) {
        yield* await call("list", signal, () =>
          found
            .slice(start, start + 2)
            .filter(({ id }) => machines.has(id))
            .map(shown),
        );
      }
    },
    async *leftovers(tag, signal) {
      yield* await call("leftovers", signal, () =>
        [...disks.values()]
          .filter((disk) => isSeen(disk) && carries(disk.tags, tag))
          .map((disk): Leftover => ({
            kind: "disk",
            id: disk.id,
            name: disk.tags["cml-id"] ?? "",
            region: "r1",
            tags: disk.tags,
          })),
      );
    },
    remove: (leftover, signal) =>
      call("remove", signal, () => {
        disks.delete(leftover.id);
        return "gone";
      }),
    console: (id, signal) => call("console", signal, () => (machines.has(id) ? "booting\n" : "")),
    identify: (signal) => call("identify", signal, () => ({ account: "fake account", principal: "tester" })),
  };

  return {
    cloud,
    calls,
    machines,
    billable() {
      sweep();
      return [...machines.keys(), ...disks.keys()].toSorted();
    },
    fail: (fault, times) => {
      faults = Array.from({ length: times }, () => fault);
    },
    foreign() {
      const id = `r1/m-${++sequence}`;
      foreigners.add(id);
      const [candidate] = candidatesOf(anyWish("foreign"), zones);
      if (candidate === undefined) throw new Error("no candidate");
      machines.set(id, {
        id,
        plan: { ...candidate, token: id, tags: { name: "somebody else's" }, expiresAt: 0, guest: noGuest },
        createdAt: now() - 86_400_000,
        stoppedAt: null,
        failed: null,
      });
      return id;
    },
    reclaim(id) {
      const machine = machines.get(id);
      if (machine !== undefined) machine.failed = "spot capacity was taken back";
    },
    litter,
  };
}

/** The failure that a driver makes of a provider's answer. */
export function failureOf(fault: CloudFault, name: string): Error {
  switch (fault) {
    case "cut-before":
    case "cut-after":
      return new UnavailableError(`fake cloud: ${name}: connection was cut`);
    case "throttle":
      return new UnavailableError(`fake cloud: ${name}: 429`, { retryAfterMs: 1_000 });
    case "server-error":
      return new UnavailableError(`fake cloud: ${name}: 500`);
    case "capacity":
      return new CapacityError("no stock", { scope: "zone" });
    case "quota":
      return new CapacityError("quota is used up", { scope: "cloud", details: { quota: true } });
    case "expired":
      return new AuthError("the credential of `FAKE_KEY` has expired", { status: 401 });
    default:
      throw new Error(`unknown fault: ${String(fault)}`);
  }
}

function candidatesOf(wish: MachineWish, zones: readonly string[]): Candidate[] {
  const sizes = wish.sizes.length === 0 ? ["s"] : wish.sizes;
  const unknown = sizes.find((size) => types[size] === undefined);
  if (unknown !== undefined) throw new ConfigError(`unknown size: \`${unknown}\``);
  const kinds = wish.spot.mode === "never" ? [false] : wish.spot.mode === "only" ? [true] : [true, false];
  return kinds.flatMap((spot) =>
    sizes.flatMap((type) =>
      zones.map((zone) => ({
        wish,
        region: "r1",
        zone,
        type,
        gpu: null,
        spot,
        price: { hourly: (types[type] ?? 1) * (spot ? 0.3 : 1), currency: "USD", source: "fake" },
        warnings: [],
        native: {},
      })),
    ),
  );
}

/** A wish for a small machine. */
export function anyWish(name: string): MachineWish {
  return {
    name,
    sizes: ["m"],
    gpu: null,
    regions: [],
    architecture: "x64",
    diskGb: 35,
    spot: { mode: "never" },
    nodeSelector: {},
    lifetimeMs: 86_400_000,
  };
}

const nothing = new Secret("", "test");
const noGuest: MachinePlan["guest"] = { settings: nothing, userData: nothing };
