import type { Options } from "./kit/option.ts";

/** Options of every command that draws charts: what one chart may use before its drawing is ended. */
export const chartLimits = {
  "chart-timeout": { kind: "duration", fallback: 10_000, help: "End the drawing of a chart after this time", group: "Limits" },
  "chart-memory": {
    kind: "size",
    fallback: 500_000_000,
    help: "End the drawing of a chart when the program uses this much memory",
    group: "Limits",
  },
} as const satisfies Options;
