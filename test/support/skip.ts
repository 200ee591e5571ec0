import { test } from "bun:test";

type Register = (name: string, body: () => void | Promise<void>, timeoutMs?: number) => void;

/**
 * `test` when there is no reason against it; else a test that is skipped, says so on a line that `scripts/test.sh` shows, and carries the reason in
 * its name.
 *
 *     const withDvc = unless(dvc === null ? "real DVC could not be installed" : undefined);
 *     withDvc("metrics diff agrees", async () => { … });
 */
export function unless(reason: string | undefined): Register {
  if (reason === undefined) return test;
  console.log(`skipped: ${reason}`);
  return (name, body) => test.skip(`${name}: ${reason}`, body);
}

/** A whole file that can't be run here: one skipped test called after the reason. */
export function skip(reason: string): void {
  unless(reason)("not run", () => undefined);
}
