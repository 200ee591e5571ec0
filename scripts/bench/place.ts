import { mkdtemp } from "node:fs/promises";
import { existsSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { installed, realDvc, vlConvert, type Installed } from "../../test/support/python.ts";

export const root = join(import.meta.dir, "..", "..");

/** What the benchmarks share: the compiled program, a temporary folder and the rivals that could be installed. */
export interface Place {
  readonly cml: string;
  readonly work: string;
  readonly dvc: Installed;
  readonly vlConvert: Installed;
  readonly vl2png: Installed;
}

export async function place(): Promise<Place> {
  const cml = process.env["CML_TEST_BINARY"] ?? join(root, "dist", "cml");
  if (!existsSync(cml)) throw new Error("no compiled program: run `npm run build` first");
  return {
    cml,
    work: await mkdtemp(join(tmpdir(), "cml-bench-")),
    dvc: await installed(realDvc),
    vlConvert: await installed(vlConvert),
    vl2png: await vegaCli(),
  };
}

/** vega-cli needs node-canvas, which is compiled where no build of it can be had: `scripts/bench/vega-cli.sh` does that once. */
async function vegaCli(): Promise<Installed> {
  const cache = process.env["CML_TEST_CACHE"] ?? join(homedir(), ".cache", "cml-test");
  const path = join(cache, "vega-cli", "node_modules", ".bin", "vl2png");
  const child = Bun.spawn(["sh", join(import.meta.dir, "vega-cli.sh"), join(cache, "vega-cli")], {
    stdout: "ignore",
    stderr: "ignore",
  });
  return (await child.exited) === 0 ? { path } : { reason: "vl2png of vega-cli could not be installed (node-canvas)" };
}

/**
 * The demo repository in `folder` on branch `exp-a`. With real DVC at hand its cache holds the data of all branches and the remote's address is
 * absolute, as DVC needs it to find files of old revisions: both programs then compare the same things. Returns the repository's folder.
 */
export function demo(folder: string, place: Place): string {
  run(["sh", join(root, "scripts", "demo-repository.sh"), folder], root);
  const repo = join(folder, "repo");
  if ("path" in place.dvc) {
    run([place.dvc.path, "config", "--local", "remote.storage.url", join(folder, "remote")], repo);
    run([place.dvc.path, "fetch", "--all-branches"], repo);
  }
  return repo;
}

function run(command: string[], cwd: string): void {
  const child = Bun.spawnSync(command, { cwd, stdout: "ignore", stderr: "pipe", env: { ...process.env, DVC_NO_ANALYTICS: "1" } });
  if (child.exitCode !== 0) throw new Error(`${command.join(" ")}: exit ${child.exitCode}: ${child.stderr.toString().trim()}`);
}
