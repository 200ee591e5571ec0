import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { AuthError, CapacityError, CmlError, ConfigError, ConflictError, UnavailableError } from "../../src/core/error.ts";
import { Secret } from "../../src/core/secret.ts";
import type { Candidate, Cloud, Leftover, Machine, MachinePlan, MachineWish } from "../../src/cloud/contract.ts";
import { managed, tagsOf } from "../../src/cloud/tag.ts";

/** What happens to the next call that reaches the provider. `cut-after`: it took effect, the answer is lost. */
export type CloudFault = "cut-before" | "cut-after" | "throttle" | "server-error" | "capacity" | "quota" | "expired";

export interface CloudSubject {
  readonly cloud: Cloud;
  /** A wish that the provider can fulfil, under a name. */
  wish(name: string): MachineWish;
  /** Lets time go by: a fake's clock moves, a real one is waited for (less is fine). */
  pass(ms: number): Promise<void>;
  /** Everything that costs by the provider's own account, foreign things included; sorted. */
  billable(): Promise<readonly string[]>;
  /** The next `times` requests that the fault is about meet it. Absent where the provider is real. */
  fail?(fault: CloudFault, times: number): void;
  /** A running machine that lacks our tag, by the id that the driver would give it. */
  foreign?(): Promise<string>;
  /** The provider takes a machine away: spot reclaimed, node lost. */
  reclaim?(id: string): Promise<void>;
  /** Leaves a billable thing of ours that is no machine, with these tags. */
  litter?(tags: Readonly<Record<string, string>>): Promise<void>;
  close?(): Promise<void>;
}

/** What a cloud does otherwise, each with its reason at the place that sets it. */
export interface CloudQuirks {
  /** Words for sizes are the user's own affair: any is accepted. */
  readonly anySize?: boolean;
  /** Faults that this provider does not know. */
  readonly without?: readonly CloudFault[];
  /** Driver and client retry by themselves, so that one fault is not seen; absent where each is. */
  readonly retries?: boolean;
  /** At most so many machines at once (hosts that one owns). */
  readonly most?: number;
  /** Tags are kept, but not the user's own (a provider of few fields). */
  readonly dropsMetadata?: boolean;
  readonly timeoutMs?: number;
}

/** Plain text that must show up nowhere but in what the machine itself gets. */
export const registration = "registration-Secret-0123456789";

let sequence = 0;

/** A name that no other test of this process uses. */
export function freshName(): string {
  return `cml-t${process.pid.toString(36)}${(sequence++).toString(36)}`;
}

/** The plan of one attempt, as `runner/provision.ts` makes it. */
export function planOf(
  candidate: Candidate,
  options: { readonly attempt?: number; readonly expiresAt?: number; readonly metadata?: Readonly<Record<string, string>> } = {},
): MachinePlan {
  const { name } = candidate.wish;
  const expiresAt = options.expiresAt ?? Date.now() + candidate.wish.lifetimeMs;
  const marks = {
    name,
    repository: "acme/churn",
    attempt: options.attempt ?? 1,
    createdAt: expiresAt - candidate.wish.lifetimeMs,
    expiresAt,
  };
  return {
    ...candidate,
    token: `${name}-${options.attempt ?? 1}`,
    tags: tagsOf({ ...marks, metadata: options.metadata ?? {} }),
    expiresAt,
    guest: {
      settings: new Secret(JSON.stringify({ version: 1, name, registration }), "test"),
      userData: new Secret(`#cloud-config\n# ${registration}\n`, "test"),
    },
  };
}

/**
 * Registers the tests that every driver has to pass. `open` makes a provider with nothing of ours; `quirks` are its known differences.
 */
export function cloudContract(name: string, open: () => Promise<CloudSubject>, quirks: CloudQuirks = {}): void {
  const timeoutMs = quirks.timeoutMs ?? 30_000;
  const signal = new AbortController().signal;
  const knows = (fault: CloudFault): boolean => quirks.without?.includes(fault) !== true;

  describe(`cloud contract: ${name}`, () => {
    let subject: CloudSubject;
    let cloud: Cloud;
    beforeAll(async () => {
      subject = await open();
      cloud = subject.cloud;
    }, timeoutMs);
    afterAll(async () => {
      await cloud?.close?.();
      await subject?.close?.();
    }, timeoutMs);

    const check = (title: string, body: () => Promise<void>): void => test(title, body, timeoutMs);

    async function planned(metadata: Readonly<Record<string, string>> = {}): Promise<MachinePlan> {
      const [best] = await cloud.plan(subject.wish(freshName()), signal);
      if (best === undefined) throw new Error(`${name} plans nothing`);
      return planOf(best, { metadata });
    }
    async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
      for (let round = 0; round < 100; round++) {
        const found = await look();
        if (found !== undefined) return found;
        await subject.pass(10_000);
      }
      throw new Error(`${name}: never ${what}`);
    }
    const running = (id: string): Promise<Machine> =>
      until("running", async () => {
        const machine = await cloud.inspect(id, signal);
        return machine?.state === "running" ? machine : undefined;
      });
    async function gone(id: string): Promise<void> {
      await until("gone", async () =>
        (await cloud.destroy(id, signal)) === "gone" && (await cloud.inspect(id, signal)) === null ? true : undefined,
      );
    }
    async function listed(tag: string): Promise<Machine[]> {
      return Array.fromAsync(cloud.list(tag, signal));
    }
    async function leftovers(tag: string): Promise<Leftover[]> {
      return Array.fromAsync(cloud.leftovers(tag, signal));
    }
    /** Removes all of a name, as `destroy` and `gc` do, until the provider itself agrees. */
    async function clear(id: string, before: readonly string[]): Promise<void> {
      await until("as before", async () => {
        for (const machine of await listed(`cml-id=${id}`)) await cloud.destroy(machine.id, signal);
        for (const leftover of await leftovers(`cml-id=${id}`)) await cloud.remove(leftover, signal);
        return JSON.stringify(await subject.billable()) === JSON.stringify(before) ? true : undefined;
      });
    }
    const hits = (fault: CloudFault, times = 1): void => subject.fail?.(fault, times);

    check("plan() makes nothing and answers candidates that carry the wish", async () => {
      const before = await subject.billable();
      const wish = subject.wish(freshName());
      const candidates = await cloud.plan(wish, signal);
      expect(candidates.length).toBeGreaterThan(0);
      for (const candidate of candidates) {
        expect(candidate.wish).toEqual(wish);
        expect(candidate.type).not.toBe("");
        if (candidate.price !== null) expect(candidate.price.hourly).toBeGreaterThan(0);
      }
      expect(await subject.billable()).toEqual([...before]);
    });

    if (quirks.anySize !== true)
      check("plan() of an unknown size: ConfigError", async () => {
        expect(await failure(cloud.plan({ ...subject.wish(freshName()), sizes: ["humongous"] }, signal))).toBeInstanceOf(
          ConfigError,
        );
      });

    check("identify() says who we are", async () => {
      const identity = await cloud.identify(signal);
      expect(identity.account).not.toBe("");
      expect(identity.principal).not.toBe("");
    });

    check("create(), inspect(), list(), destroy(): a machine's whole life", async () => {
      const before = await subject.billable();
      const plan = await planned(quirks.dropsMetadata === true ? {} : { team: "vision" });
      const made = await cloud.create(plan, signal);
      expect(made.name).toBe(plan.wish.name);
      expect(["pending", "running"]).toContain(made.state);
      // Before it has an address, or before the provider sees it: no failure.
      await cloud.inspect(made.id, signal);
      const machine = await running(made.id);
      expect(machine).toMatchObject({ id: made.id, name: plan.wish.name, type: plan.type, region: plan.region });
      expect(machine.tags).toMatchObject(plan.tags);
      expect(machine.expiresAt).toBe(Math.ceil(plan.expiresAt / 1000) * 1000);
      expect((await listed(`cml-id=${plan.wish.name}`)).map(({ id }) => id)).toEqual([made.id]);
      expect((await listed(managed)).map(({ id }) => id)).toContain(made.id);
      expect(await listed(`cml-id=${freshName()}`)).toEqual([]);
      expect(["gone", "going"]).toContain(await cloud.destroy(made.id, signal));
      await gone(made.id);
      expect(await cloud.destroy(made.id, signal)).toBe("gone");
      await clear(plan.wish.name, before);
      expect(await listed(`cml-id=${plan.wish.name}`)).toEqual([]);
    });

    check("create() twice with one plan: one machine", async () => {
      const before = await subject.billable();
      const plan = await planned();
      const first = await cloud.create(plan, signal);
      const again = await cloud.create(plan, signal);
      expect(again.id).toBe(first.id);
      await running(first.id);
      expect(await listed(`cml-id=${plan.wish.name}`)).toHaveLength(1);
      await gone(first.id);
      await clear(plan.wish.name, before);
    });

    check("destroy() and inspect() of what never existed: gone, null", async () => {
      const plan = await planned();
      const { id } = await cloud.create(plan, signal);
      await running(id);
      await gone(id);
      // An id in the driver's own form that names nothing.
      expect(await cloud.destroy(id, signal)).toBe("gone");
      expect(await cloud.inspect(id, signal)).toBeNull();
      expect(
        await cloud
          .remove({ kind: "disk", id: "no-such-thing", name: "x", region: plan.region, tags: plan.tags }, signal)
          .catch(kindOf),
      ).not.toBe("going");
    });

    check("several machines: list() is complete", async () => {
      const before = await subject.billable();
      const count = Math.min(5, quirks.most ?? 5);
      const plans: MachinePlan[] = [];
      const ids: string[] = [];
      for (let index = 0; index < count; index++) {
        const plan = await planned();
        plans.push(plan);
        ids.push((await cloud.create(plan, signal)).id);
      }
      for (const id of ids) await running(id);
      const found = (await listed(managed)).map(({ id }) => id);
      for (const id of ids) expect(found).toContain(id);
      expect(new Set(found).size).toBe(found.length);
      for (const id of ids) await gone(id);
      for (const plan of plans) await clear(plan.wish.name, before);
    });

    check("an aborted signal: its reason, and nothing made", async () => {
      const before = await subject.billable();
      const plan = await planned();
      const reason = new Error("stop");
      expect(await failure(cloud.create(plan, AbortSignal.abort(reason)))).toBe(reason);
      expect(await subject.billable()).toEqual([...before]);
    });

    check("values of tags up to 63 characters come back whole", async () => {
      const before = await subject.billable();
      const plan = await planned();
      const long = { ...plan, tags: { ...plan.tags, "cml-repo": "r".repeat(63) } };
      const { id } = await cloud.create(long, signal);
      expect((await running(id)).tags["cml-repo"]).toBe("r".repeat(63));
      await gone(id);
      await clear(plan.wish.name, before);
    });

    check("the registration shows up in nothing that can be looked at", async () => {
      const before = await subject.billable();
      const plan = await planned();
      const made = await cloud.create(plan, signal);
      const shown = [made, await running(made.id), await listed(managed), (await cloud.preview?.(plan, signal)) ?? ""];
      expect(JSON.stringify(shown)).not.toContain(registration);
      await gone(made.id);
      await clear(plan.wish.name, before);
    });

    check("console() of a running machine is text", async () => {
      if (cloud.console === undefined) return;
      const plan = await planned();
      const { id } = await cloud.create(plan, signal);
      await running(id);
      expect(typeof (await cloud.console(id, signal))).toBe("string");
      await gone(id);
    });

    check("what lacks our tag is neither listed nor destroyed", async () => {
      if (subject.foreign === undefined) return;
      const id = await subject.foreign();
      const before = await subject.billable();
      expect((await listed(managed)).map((machine) => machine.id)).not.toContain(id);
      const answer = await cloud.destroy(id, signal).catch((error: unknown) => error);
      expect(answer === "gone" || answer instanceof ConflictError).toBe(true);
      await subject.pass(120_000);
      expect(await subject.billable()).toEqual([...before]);
    });

    check("a machine that the provider takes away: gone, or failed with a reason", async () => {
      if (subject.reclaim === undefined) return;
      const plan = await planned();
      const { id } = await cloud.create(plan, signal);
      await running(id);
      await subject.reclaim(id);
      const last = await until("taken away", async () => {
        const machine = await cloud.inspect(id, signal);
        return machine === null || machine.state === "failed" || machine.state === "stopped" ? { machine } : undefined;
      });
      if (last.machine?.state === "failed") expect(last.machine.reason).not.toBeNull();
      await gone(id);
    });

    check("leftovers(): found by tag, removed, gone", async () => {
      if (subject.litter === undefined) return;
      const before = await subject.billable();
      const plan = await planned();
      await subject.litter(plan.tags);
      const found = await until("found", async () => {
        const list = await leftovers(`cml-id=${plan.wish.name}`);
        return list.length > 0 ? list : undefined;
      });
      expect((await leftovers(managed)).map(({ id }) => id)).toContain(found[0]?.id ?? "");
      for (const leftover of found) await cloud.remove(leftover, signal);
      await clear(plan.wish.name, before);
      for (const leftover of found) expect(await cloud.remove(leftover, signal)).toBe("gone");
      expect(await leftovers(`cml-id=${plan.wish.name}`)).toEqual([]);
    });

    for (const fault of ["capacity", "quota"] as const)
      check(`create() with ${fault}: CapacityError with a scope, nothing left`, async () => {
        if (subject.fail === undefined || !knows(fault)) return;
        const before = await subject.billable();
        const plan = await planned();
        hits(fault);
        const error = await failure(cloud.create(plan, signal));
        expect(error).toBeInstanceOf(CapacityError);
        await clear(plan.wish.name, before);
      });

    for (const fault of ["cut-before", "cut-after"] as const)
      check(
        `create() with its connection ${fault === "cut-before" ? "cut" : "cut after it took effect"}: repeated, one machine`,
        async () => {
          if (subject.fail === undefined || !knows(fault)) return;
          const before = await subject.billable();
          const plan = await planned();
          hits(fault);
          const first = await cloud.create(plan, signal).catch((error: unknown) => error);
          if (first instanceof Error) expect(first).toBeInstanceOf(UnavailableError);
          const machine = await cloud.create(plan, signal);
          await running(machine.id);
          expect(await listed(`cml-id=${plan.wish.name}`)).toHaveLength(1);
          await gone(machine.id);
          await clear(plan.wish.name, before);
        },
      );

    for (const fault of ["throttle", "server-error"] as const)
      check(`create() with ${fault}: retried inside or UnavailableError, then one machine`, async () => {
        if (subject.fail === undefined || !knows(fault)) return;
        const before = await subject.billable();
        const plan = await planned();
        hits(fault);
        const first = await cloud.create(plan, signal).catch((error: unknown) => error);
        if (quirks.retries !== true || first instanceof Error) expect(first).toBeInstanceOf(UnavailableError);
        const machine = await cloud.create(plan, signal);
        await running(machine.id);
        expect(await listed(`cml-id=${plan.wish.name}`)).toHaveLength(1);
        await gone(machine.id);
        await clear(plan.wish.name, before);
      });

    check("an expired credential: AuthError, not retried into something else", async () => {
      if (subject.fail === undefined || !knows("expired")) return;
      const plan = await planned();
      const before = await subject.billable();
      hits("expired", 3);
      expect(await failure(cloud.create(plan, signal))).toBeInstanceOf(AuthError);
      subject.fail("expired", 0);
      expect(await subject.billable()).toEqual([...before]);
    });
  });
}

async function failure(action: Promise<unknown>): Promise<unknown> {
  try {
    await action;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

function kindOf(error: unknown): string {
  if (error instanceof CmlError) return error.kind;
  throw error;
}
