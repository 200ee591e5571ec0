import * as v from "valibot";

const states = ["pending", "running", "stopping", "stopped", "failed"] as const;

/** A machine as a program tells it; only `id` and `tags` must be there. */
export const machine = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  tags: v.record(v.string(), v.string()),
  state: v.optional(v.picklist(states), "running"),
  type: v.optional(v.string()),
  region: v.optional(v.string()),
  zone: v.optional(v.nullable(v.string())),
  spot: v.optional(v.boolean()),
  address: v.optional(v.nullable(v.string())),
  reason: v.optional(v.nullable(v.string())),
});
export const inspected = v.nullable(machine);
export const listed = v.object({ machines: v.array(machine) });
export const destroyed = v.object({ status: v.picklist(["gone", "going"]) });
export const console = v.object({ text: v.string() });
export const identity = v.object({ account: v.string(), principal: v.string() });
