import { AuthError, ConflictError, UnavailableError } from "../core/error.ts";
import type { ExecResult, Host } from "../host/host.ts";
import type { ForgeConfig, RecordStore } from "./contract.ts";
import { gitEnvironment, lastLine } from "./git-environment.ts";

/** The wait grows, so that jobs that push at the same time spread. */
const attempts = 16;
const longestWaitMs = 3_000;

export interface PushedFiles {
  readonly ref: string;
  /** Files by their path in the commit. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly message: string;
  /** `keep a record`, for messages. */
  readonly what: string;
  readonly signal: AbortSignal;
}

/** Records by `git push`, for forges whose API writes no refs. */
export function pushedRecords(config: ForgeConfig, host: Host): RecordStore {
  return {
    async put(ref, path, bytes, signal) {
      await pushFiles(config, host, {
        ref,
        files: new Map([[path, bytes]]),
        message: "Record of a run",
        what: "keep a record",
        signal,
      });
    },
  };
}

/**
 * Lays files over what a ref holds and answers the commit that has them all; a ref that has them already stays. A repository of its own in a
 * temporary folder keeps the user's clone untouched; the token goes to Git in its environment, never in an argument or an address.
 */
export async function pushFiles(config: ForgeConfig, host: Host, wish: PushedFiles): Promise<string> {
  const folder = await host.file.temporaryFolder();
  try {
    return await push(config, host, wish, folder);
  } finally {
    await host.file.remove(folder);
  }
}

async function push(config: ForgeConfig, host: Host, wish: PushedFiles, folder: string): Promise<string> {
  const { ref, signal } = wish;
  const url = `${config.repository.url}.git`;
  const env = environment(config, folder);
  const git = (args: readonly string[], stdin?: Uint8Array): Promise<ExecResult> =>
    host.exec.run("git", args, { cwd: folder, env, signal, ...(stdin === undefined ? {} : { stdin }) });
  const must = async (args: readonly string[], stdin?: Uint8Array): Promise<string> => {
    const result = await git(args, stdin);
    if (result.code !== 0) throw failure(config, wish, `git ${args[0]}`, result.stderr);
    return new TextDecoder().decode(result.stdout).trim();
  };
  await must(["init", "--quiet", "--bare"]);
  const blobs = new Map<string, string>();
  for (const [path, bytes] of wish.files) blobs.set(path, await must(["hash-object", "-w", "--stdin"], bytes));
  for (let attempt = 0; attempt < attempts; attempt++) {
    const tip = await fetched();
    await must(tip === null ? ["read-tree", "--empty"] : ["read-tree", tip]);
    for (const [path, blob] of blobs) await must(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`]);
    const tree = await must(["write-tree"]);
    if (tip !== null && tree === (await must(["rev-parse", `${tip}^{tree}`]))) return tip;
    const commit = await must(["commit-tree", tree, ...(tip === null ? [] : ["-p", tip]), "-m", `${wish.message} [skip ci]`]);
    // The lease makes a push fail that would lose another job's files.
    const pushed = await git(["push", "--quiet", `--force-with-lease=${ref}:${tip ?? ""}`, url, `${commit}:${ref}`]);
    if (pushed.code === 0) return commit;
    if (!/stale info|fetch first|non-fast-forward|cannot lock ref|already exists|failed to update ref/i.test(pushed.stderr)) {
      throw failure(config, wish, "git push", pushed.stderr);
    }
    await host.clock.sleep(host.random() * Math.min(longestWaitMs, 150 * 2 ** attempt), signal);
  }
  throw new ConflictError(`\`${ref}\` of ${url} kept moving while something was written to it`, { retryable: true });

  /** Commit of the ref on the server with its tree, null when the ref is not there. */
  async function fetched(): Promise<string | null> {
    const result = await git(["fetch", "--quiet", "--depth=1", "--no-tags", url, ref]);
    if (result.code === 0) return must(["rev-parse", "FETCH_HEAD"]);
    if (/couldn't find remote ref/i.test(result.stderr)) return null;
    throw failure(config, wish, "git fetch", result.stderr);
  }
}

function failure({ repository, token }: ForgeConfig, { what }: PushedFiles, step: string, words: string): Error {
  const message = `cannot ${what} in ${repository.url}: ${step}: ${lastLine(words)}`;
  if (!/authentication failed|could not read username|access denied|not authorized|permission|\b40[13]\b/i.test(words))
    return new UnavailableError(message);
  const source = token === undefined ? "no token was given" : `the token came from \`${token.source}\``;
  return new AuthError(message, { status: 403, hint: `${source}; it needs the right to push` });
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
