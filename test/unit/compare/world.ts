import { openRepository, type Repository } from "../../../src/dvc/git.ts";
import { openTree } from "../../../src/dvc/git-tree.ts";
import { openRevision, type Revision } from "../../../src/dvc/revision.ts";
import { openWorkTree } from "../../../src/dvc/work-tree.ts";
import { run } from "../../support/churn.ts";
import { testHost, type TestHost } from "../../support/memory-host.ts";

export interface World extends TestHost {
  readonly folder: string;
  readonly repository: Repository;
  git(...args: string[]): Promise<string>;
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
  commit(message: string): Promise<string>;
  open(revision: string): Promise<Revision>;
}

/** A Git repository with one commit of `files`; `close` its repository at the end. */
export async function world(files: Readonly<Record<string, string | Uint8Array>>): Promise<World> {
  const host = await testHost({ files });
  const folder = host.host.cwd;
  const git = async (...args: string[]): Promise<string> => (await run(["git", ...args], folder)).trim();
  await git("init", "-q", "-b", "main");
  const commit = async (message: string): Promise<string> => {
    await git("add", "-A");
    await git("commit", "-q", "--allow-empty", "-m", message);
    return git("rev-parse", "HEAD");
  };
  await commit("first");
  const repository = await openRepository(host.host);
  if (repository === null) throw new Error("no repository");
  return {
    ...host,
    folder,
    repository,
    git,
    commit,
    async write(more) {
      for (const [path, content] of Object.entries(more)) await host.host.file.write(path, content);
    },
    async open(revision) {
      const tree = revision === "workspace" ? openWorkTree(host.host, folder) : await openTree(repository, revision);
      return openRevision(host.host, repository, tree);
    },
  };
}
