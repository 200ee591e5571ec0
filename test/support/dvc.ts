import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "./churn.ts";
import { temporaryFolder } from "./folder.ts";
import { bareEnvironment } from "./run.ts";

/** A DVC repository of its own for a test, with real DVC and Git in an environment that nothing else touches. */
export interface DvcWorld {
  /** Holds `repo`, and what a test puts beside it. */
  readonly folder: string;
  readonly repo: string;
  /** Variables of all programs of this world. */
  readonly env: Readonly<Record<string, string>>;
  dvc(...args: readonly string[]): Promise<string>;
  git(...args: readonly string[]): Promise<string>;
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
}

export async function dvcWorld(program: string, more: Readonly<Record<string, string>> = {}): Promise<DvcWorld> {
  const folder = await temporaryFolder();
  const repo = join(folder, "repo");
  const env = {
    ...(await bareEnvironment()),
    DVC_NO_ANALYTICS: "1",
    DVC_GLOBAL_CONFIG_DIR: join(folder, "dvc-global"),
    DVC_SYSTEM_CONFIG_DIR: join(folder, "dvc-system"),
    DVC_SITE_CACHE_DIR: join(folder, "dvc-site"),
    ...more,
  };
  const world: DvcWorld = {
    folder,
    repo,
    env,
    dvc: (...args) => run([program, ...args], repo, env),
    git: (...args) => run(["git", ...args], repo, env),
    async write(files) {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(repo, path)), { recursive: true });
        await writeFile(join(repo, path), content);
      }
    },
  };
  await mkdir(repo, { recursive: true });
  await world.git("init", "-q", "-b", "main");
  await world.dvc("init", "-q");
  await world.dvc("config", "core.check_update", "false");
  return world;
}
