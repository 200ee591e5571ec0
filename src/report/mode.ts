/** What becomes of an earlier comment of the same key. A module of its own: help names them, and needs nothing of what posts. */
export const modes = ["update", "recreate", "append", "new", "delete"] as const;
export type Mode = (typeof modes)[number];
