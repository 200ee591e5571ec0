import { decode } from "../../core/decode.ts";
import { ConflictError, InputError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { Repository, RevisionFiles } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import { inGroups } from "../group.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** Twenty jobs at once take a dozen rounds; the wait grows, so that they spread. */
const attempts = 30;
const longestWaitMs = 3_000;

/** Files by their path in the commit. */
export type Tree = ReadonlyMap<string, Uint8Array>;

export interface HiddenRef {
  /**
   * Lays files over what a ref holds and answers the commit that has them all. Commits are chained, never replaced, so that addresses by
   * commit last; where another job moved the ref in between, it is done again on top. `kept` answers paths that a commit has already and
   * that need not be written. `RefusedError` when the server accepts no ref of that name.
   */
  write(
    ref: string,
    files: Tree,
    message: string,
    kept: (tip: string) => Promise<ReadonlySet<string>>,
    signal: AbortSignal,
  ): Promise<string>;
}

/** The server accepts no ref of that name, whatever it points to. */
export class RefusedError extends InputError {}

/** Commits made through the Git Data API, without a clone: https://docs.github.com/en/rest/git */
export function hiddenRef(client: Client, repository: Repository, files: RevisionFiles, host: Host, what: string): HiddenRef {
  const purpose: Purpose = { what: `${what} in ${repository.owner}/${repository.name}`, needs: "contents: write" };

  async function post(path: string, json: unknown, signal: AbortSignal): Promise<unknown> {
    // Objects are addressed by content: a repetition makes the same object.
    return (await client.request(path, { method: "POST", json, idempotent: true, signal }, purpose)).json();
  }

  async function blob(bytes: Uint8Array, signal: AbortSignal): Promise<string> {
    const content = Buffer.from(bytes).toString("base64");
    return decode(wire.sha, await post("/git/blobs", { content, encoding: "base64" }, signal), "blob of GitHub").sha;
  }

  async function treeOf(commit: string, signal: AbortSignal): Promise<string> {
    const answer = await client.request(`/git/commits/${commit}`, { signal }, purpose);
    return decode(wire.commit, answer.json(), "commit of GitHub").tree.sha;
  }

  async function commit(
    tip: string | null,
    blobs: ReadonlyMap<string, string>,
    message: string,
    signal: AbortSignal,
  ): Promise<string> {
    const tree = [...blobs].map(([path, sha]) => ({ path, mode: "100644", type: "blob", sha }));
    const base = tip === null ? {} : { base_tree: await treeOf(tip, signal) };
    const madeTree = decode(wire.sha, await post("/git/trees", { ...base, tree }, signal), "tree of GitHub");
    const made = await post(
      "/git/commits",
      {
        message: `${message} [skip ci]`,
        tree: madeTree.sha,
        parents: tip === null ? [] : [tip],
        author: { name: "cml", email: "cml@users.noreply.github.com" },
      },
      signal,
    );
    return decode(wire.sha, made, "commit of GitHub").sha;
  }

  /** False when the ref has moved, or exists by now. */
  async function moveRef(ref: string, tip: string | null, sha: string, signal: AbortSignal): Promise<boolean> {
    const change =
      tip === null
        ? { path: "/git/refs", method: "POST" as const, json: { ref, sha } }
        : { path: `/git/${ref}`, method: "PATCH" as const, json: { sha, force: false } };
    const { path, ...rest } = change;
    const answer = await client.request(path, { ...rest, signal, allow: [409, 422] }, purpose);
    if (answer.status < 300) return true;
    // Behind a lost answer the ref may stand where it was wanted.
    const now = await files.ref(ref, signal);
    if (now === null) throw new RefusedError(`GitHub refused \`${ref}\`: ${answer.text().slice(0, 200)}`);
    return now === sha;
  }

  return {
    async write(ref, tree, message, kept, signal) {
      const blobs = new Map<string, string>();
      let have: ReadonlySet<string> | undefined;
      for (let attempt = 0; attempt < attempts; attempt++) {
        const tip = await files.ref(ref, signal);
        // Asked once: what other jobs add in between is theirs, and the shorter the round the sooner it wins.
        have ??= tip === null ? new Set() : await kept(tip);
        const missing = [...tree].filter(([path]) => !have?.has(path));
        if (tip !== null && missing.length === 0) return tip;
        const fresh = missing.filter(([path]) => !blobs.has(path));
        await inGroups(fresh, 4, async ([path, bytes]) => {
          blobs.set(path, await blob(bytes, signal));
        });
        const wanted = new Map(missing.map(([path]) => [path, blobs.get(path) ?? ""]));
        const sha = await commit(tip, wanted, message, signal);
        if (await moveRef(ref, tip, sha, signal)) return sha;
        await host.clock.sleep(host.random() * Math.min(longestWaitMs, 150 * 2 ** attempt), signal);
      }
      throw new ConflictError(`\`${ref}\` of ${repository.url} kept moving while something was written to it`, {
        retryable: true,
      });
    },
  };
}
