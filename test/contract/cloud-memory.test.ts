import { anyWish, fakeCloud } from "../fake/cloud.ts";
import { cloudContract } from "./cloud.ts";

for (const lagMs of [0, 25_000])
  cloudContract(`memory, seen after ${lagMs} ms`, async () => {
    let now = Date.UTC(2026, 0, 1);
    const fake = fakeCloud({ now: () => now, lagMs });
    return {
      cloud: fake.cloud,
      wish: anyWish,
      pass: async (ms) => void (now += ms),
      billable: async () => fake.billable(),
      fail: fake.fail,
      foreign: async () => fake.foreign(),
      reclaim: async (id) => fake.reclaim(id),
      litter: async (tags) => fake.litter(tags),
    };
  });
