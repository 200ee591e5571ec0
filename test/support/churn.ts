import { existsSync } from "node:fs";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const committed = new URL("../fixture/churn", import.meta.url).pathname;
const shared = process.env["CML_SHARED"];
const source = existsSync(committed) || shared === undefined ? committed : join(shared, "fixtures/dvc/churn");

export interface Churn {
  /** Folder that holds `repo` and `remote`. */
  readonly folder: string;
  readonly repo: string;
  readonly remote: string;
}

/** A fresh copy of the `churn` repository with its branches and experiment, and of its remote. */
export async function restoreChurn(): Promise<Churn> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "churn-")));
  const repo = join(folder, "repo");
  const bundle = join(source, "repo.bundle");
  await run(["git", "clone", "-q", bundle, "repo"], folder);
  await run(["git", "fetch", "-q", bundle, "+refs/heads/exp-*:refs/heads/exp-*", "+refs/exps/*:refs/exps/*"], repo);
  await run(["tar", "-xzf", join(source, "remote.tar.gz")], folder);
  return { folder, repo, remote: join(folder, "remote") };
}

/** A file of the recorded answers of real DVC. */
export function expectedFile(path: string): string {
  return join(source, "expected", path);
}

/** Runs a program to its end and answers what it printed; throws with its stderr when it fails. */
export async function run(command: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = Bun.spawn([...command], { cwd, stdout: "pipe", stderr: "pipe", env: { ...process.env, ...quietGit, ...env } });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")}: exit ${code}: ${err}`);
  return out;
}

const quietGit = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.org",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.org",
};
