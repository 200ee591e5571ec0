import { ConflictError, UnavailableError } from "../core/error.ts";
import type { ExecResult, Host } from "../host/host.ts";
import type { ForgeConfig, RecordStore } from "./contract.ts";
import { gitEnvironment, lastLine } from "./git-environment.ts";

const attempts = 8;

/**
 * Records by `git push`, for forges whose API writes no refs. A repository of its own in a temporary folder keeps the user's clone untouched;
 * the token goes to Git in its environment, never in an argument or an address.
 */
export function pushedRecords(config: ForgeConfig, host: Host): RecordStore {
  const url = `${config.repository.url}.git`;
  return {
    async put(ref, path, bytes, signal) {
      const folder = await host.file.temporaryFolder();
      const env = environment(config, folder);
      const git = (args: readonly string[], stdin?: Uint8Array): Promise<ExecResult> =>
        host.exec.run("git", args, { cwd: folder, env, signal, ...(stdin === undefined ? {} : { stdin }) });
      const must = async (args: readonly string[], stdin?: Uint8Array): Promise<string> => {
        const result = await git(args, stdin);
        if (result.code !== 0)
          throw new UnavailableError(`cannot keep a record in ${url}: git ${args[0]}: ${lastLine(result.stderr)}`);
        return new TextDecoder().decode(result.stdout).trim();
      };
      try {
        await must(["init", "--quiet", "--bare"]);
        const blob = await must(["hash-object", "-w", "--stdin"], bytes);
        for (let attempt = 0; attempt < attempts; attempt++) {
          const tip = await fetched(git, url, ref);
          await must(tip === null ? ["read-tree", "--empty"] : ["read-tree", tip]);
          await must(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`]);
          const tree = await must(["write-tree"]);
          const parents = tip === null ? [] : ["-p", tip];
          const commit = await must(["commit-tree", tree, ...parents, "-m", "Record of a run [skip ci]"]);
          // The lease makes a push fail that would lose another job's record.
          const pushed = await git(["push", "--quiet", `--force-with-lease=${ref}:${tip ?? ""}`, url, `${commit}:${ref}`]);
          if (pushed.code === 0) return;
          if (
            !/stale info|fetch first|non-fast-forward|cannot lock ref|already exists|failed to update ref/i.test(pushed.stderr)
          ) {
            throw new UnavailableError(`cannot keep a record in ${url}: git push: ${lastLine(pushed.stderr)}`);
          }
          await host.clock.sleep(host.random() * 200 * (attempt + 1), signal);
        }
        throw new ConflictError(`\`${ref}\` of ${url} kept moving while a record was written to it`, { retryable: true });
      } finally {
        await host.file.remove(folder);
      }
    },
  };
}

type Git = (args: readonly string[]) => Promise<ExecResult>;

/** Commit of the ref on the server with its tree, null when the ref is not there. */
async function fetched(git: Git, url: string, ref: string): Promise<string | null> {
  const result = await git(["fetch", "--quiet", "--depth=1", "--no-tags", url, ref]);
  if (result.code === 0) return new TextDecoder().decode((await git(["rev-parse", "FETCH_HEAD"])).stdout).trim();
  if (/couldn't find remote ref/i.test(result.stderr)) return null;
  throw new UnavailableError(`cannot read \`${ref}\` of ${url}: ${lastLine(result.stderr)}`);
}

function environment(config: ForgeConfig, folder: string): Record<string, string> {
  return {
    ...gitEnvironment(config),
    // Nothing of the user's settings, hooks or helpers takes part.
    GIT_CONFIG_GLOBAL: `${folder}/none`,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "cml",
    GIT_AUTHOR_EMAIL: "cml@users.noreply.github.com",
    GIT_COMMITTER_NAME: "cml",
    GIT_COMMITTER_EMAIL: "cml@users.noreply.github.com",
  };
}
