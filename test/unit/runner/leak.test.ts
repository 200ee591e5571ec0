import { describe, expect, test } from "bun:test";
import { CancelledError } from "../../../src/core/error.ts";
import { type Blow, blows, type Ending, expectClean, randomStories, type Story, tell } from "../../support/launch.ts";

function isUp(ending: Ending): boolean {
  return !(ending.outcome instanceof Error);
}

const scenes: Readonly<Record<string, Omit<Story, "blows">>> = {
  plain: {},
  "slow to be seen": { lagMs: 45_000 },
  "no stock in two zones, disks left": {
    stock: new Map([
      ["z1/m", 0],
      ["z2/m", 0],
    ]),
    halfMakes: true,
  },
  "two machines without a runner": { duds: new Set([0, 1]) },
};

function fresh(scene: Omit<Story, "blows">, at: ReadonlyMap<number, Blow>): Story {
  return { ...scene, ...(scene.stock === undefined ? {} : { stock: new Map(scene.stock) }), blows: at };
}

describe("no leak", () => {
  for (const [title, scene] of Object.entries(scenes))
    test(`every call × every blow: ${title}`, async () => {
      const whole = await tell(fresh(scene, new Map()));
      expect(whole.outcome).not.toBeInstanceOf(Error);
      await expectClean(whole);
      // Later calls are polls, each like the one before.
      for (let call = 0; call < Math.min(whole.calls, 60); call++)
        for (const blow of blows) {
          const ending = await tell(fresh(scene, new Map([[call, blow]])));
          if (!isUp(ending) && blow !== "SIGKILL" && blow !== "SIGINT" && blow !== "expired") {
            // A launch that ends in order leaves nothing by itself.
            ending.pass(60_000);
            expect({ call, blow, left: ending.fake.billable() }).toEqual({ call, blow, left: [ending.foreign] });
            expect(ending.journal).toEqual([]);
          }
          if (blow === "SIGINT" && !isUp(ending)) expect(ending.outcome).toBeInstanceOf(CancelledError);
          await expectClean(ending);
        }
    }, 60_000);

  test("a single cut, throttle or server error does not cost the launch", async () => {
    const { calls } = await tell({ blows: new Map() });
    for (let call = 1; call < calls; call++)
      for (const blow of ["cut-after", "throttle", "server-error"] as const) {
        const ending = await tell({ blows: new Map([[call, blow]]) });
        // The registration is not repeatable, hence not repeated.
        if (call !== 1) expect({ call, blow, isUp: isUp(ending) }).toEqual({ call, blow, isUp: true });
      }
  });

  test("SIGINT destroys what is known at once, also while it is being made", async () => {
    const { calls } = await tell({ blows: new Map() });
    for (let call = 0; call < calls; call++) {
      const ending = await tell({ blows: new Map([[call, "SIGINT"]]) });
      if (isUp(ending)) continue;
      ending.pass(60_000);
      expect({ call, left: ending.fake.billable() }).toEqual({ call, left: [ending.foreign] });
    }
  });

  test("200 random stories", () => randomStories(200), 60_000);
});
