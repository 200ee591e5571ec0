import process from "node:process";

declare const CML_VERSION: string | undefined;

/** The optimising compilers of JavaScriptCore work for longer than a chart takes to draw, on the core that the drawing needs. */
const tuning: Readonly<Record<string, string>> = {
  BUN_JSC_useDFGJIT: "0",
  BUN_JSC_useOMGJIT: "0",
  MIMALLOC_PURGE_DELAY: "0",
};
/**
 * Datapoints are garbage as soon as they are printed: collected after 1 MB of them, not after 30. Functions are compiled when they are run often,
 * not at once. Neither costs time, even with a million rows; together they save 10 MB.
 */
const frugal: Readonly<Record<string, string>> = {
  BUN_JSC_gcMaxHeapSize: "1000000",
  BUN_JSC_thresholdForJITAfterWarmUp: "5000",
  BUN_JSC_thresholdForJITSoon: "5000",
};
const marker = "CML_INTERNAL_TUNED";
const drawing = /^(?:render|plots?|v[lg]2(?:png|svg))$/;
/** From so many charts on the optimising compilers pay. */
const many = 5;

/**
 * Replaces this process by the same program with a runtime tuned for drawing a few charts; the runtime reads these settings at its start only.
 * Comes back where that is not wanted or not possible (sources under Bun or Deno, Windows): everything works the same, a third slower.
 */
export function tuneForCharts(): void {
  if (process.env[marker] !== undefined) {
    // The programs that this one starts are not to inherit them.
    for (const name of [marker, ...Object.keys(tuning), ...Object.keys(frugal)]) delete process.env[name];
    return;
  }
  const called = process.argv0.replace(/^.*\//, "");
  const draws = drawing.test(called) || drawing.test(process.argv[2] ?? "");
  const charts = process.argv.filter((argument) => argument.endsWith(".json")).length;
  // Help draws nothing, and the second start would double its time.
  if (
    !draws ||
    charts >= many ||
    process.argv.includes("--help") ||
    typeof CML_VERSION === "undefined" ||
    process.execve === undefined ||
    process.platform === "win32"
  )
    return;
  const environment: Record<string, string> = {
    ...tuning,
    ...(process.argv[2] === "plots" ? frugal : {}),
    [marker]: "1",
  };
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) environment[name] ??= value;
  process.execve(process.execPath, [process.argv0, ...process.argv.slice(2)], environment);
}
