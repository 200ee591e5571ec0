import { decode } from "../../core/decode.ts";
import { ConflictError, InputError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { CommentTarget, Image, ImageStore, Repository, RevisionFiles } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import { contentName } from "../name.ts";
import { inGroups } from "../group.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** Folder of the commits that holds the images: the contents API lists a folder, but not in one call a whole tree. */
const folder = "images";
const attempts = 8;

/**
 * Images as commits on a hidden ref, `refs/cml/assets/pr-3`: neither cloned nor in the branch list, addressed by commit so that no cache
 * is stale. Commits are chained, so older comments keep their images. https://docs.github.com/en/rest/git
 */
export function images(client: Client, repository: Repository, files: RevisionFiles, host: Host): ImageStore {
  const purpose: Purpose = { what: `store images in ${repository.owner}/${repository.name}`, needs: "contents: write" };
  /** Set once the server has refused the hidden namespace: a branch takes its place. */
  let useBranch = false;

  async function post(path: string, json: unknown, signal: AbortSignal): Promise<unknown> {
    // Objects are addressed by content: a repetition makes the same object.
    return (await client.request(path, { method: "POST", json, idempotent: true, signal }, purpose)).json();
  }

  async function blob(image: Image, signal: AbortSignal): Promise<string> {
    const content = Buffer.from(image.bytes).toString("base64");
    return decode(wire.sha, await post("/git/blobs", { content, encoding: "base64" }, signal), "blob of GitHub").sha;
  }

  async function stored(tip: string | null, signal: AbortSignal): Promise<ReadonlySet<string>> {
    if (tip === null) return new Set();
    const answer = await client.request(`/contents/${folder}`, { signal, query: { ref: tip }, allow: [404] }, purpose);
    if (answer.status === 404) return new Set();
    return new Set(decode(wire.folder, answer.json(), "folder of GitHub").map((entry) => entry.name));
  }

  async function commit(tip: string | null, entries: ReadonlyMap<string, string>, signal: AbortSignal): Promise<string> {
    const tree = [...entries].map(([name, sha]) => ({ path: `${folder}/${name}`, mode: "100644", type: "blob", sha }));
    const parent =
      tip === null
        ? null
        : decode(wire.commit, (await client.request(`/git/commits/${tip}`, { signal }, purpose)).json(), "commit of GitHub");
    const madeTree = await post("/git/trees", parent === null ? { tree } : { base_tree: parent.tree.sha, tree }, signal);
    const made = await post(
      "/git/commits",
      {
        message: "Images of a report [skip ci]",
        tree: decode(wire.sha, madeTree, "tree of GitHub").sha,
        parents: tip === null ? [] : [tip],
        author: { name: "cml", email: "cml@users.noreply.github.com" },
      },
      signal,
    );
    return decode(wire.sha, made, "commit of GitHub").sha;
  }

  /** False when the ref has moved, or exists by now. */
  async function moveRef(ref: string, tip: string | null, sha: string, signal: AbortSignal): Promise<boolean> {
    const answer =
      tip === null
        ? await client.request("/git/refs", { method: "POST", json: { ref, sha }, signal, allow: [409, 422] }, purpose)
        : await client.request(
            `/git/${ref}`,
            { method: "PATCH", json: { sha, force: false }, signal, allow: [409, 422] },
            purpose,
          );
    if (answer.status < 300) return true;
    const exists = (await files.ref(ref, signal)) !== null;
    if (!exists) throw new RefusedError(`GitHub refused \`${ref}\`: ${answer.text().slice(0, 200)}`);
    return false;
  }

  async function putAll(named: ReadonlyMap<string, Image>, ref: string, signal: AbortSignal): Promise<string> {
    const blobs = new Map<string, string>();
    for (let attempt = 0; attempt < attempts; attempt++) {
      const tip = await files.ref(ref, signal);
      const have = await stored(tip, signal);
      const missing = [...named].filter(([name]) => !have.has(name));
      if (tip !== null && missing.length === 0) return tip;
      await inGroups(missing.filter(([name]) => !blobs.has(name)), 4, async ([name, image]) => {
        blobs.set(name, await blob(image, signal));
      });
      const sha = await commit(tip, pick(blobs, missing.map(([name]) => name)), signal);
      if (await moveRef(ref, tip, sha, signal)) return sha;
      await host.clock.sleep(host.random() * 200 * (attempt + 1), signal);
    }
    throw new ConflictError(`\`${ref}\` of ${repository.url} kept moving while images were stored`, { retryable: true });
  }

  return {
    async put(list, target, signal) {
      const names = list.map(contentName);
      const named = new Map(list.map((image, index) => [names[index] ?? "", image]));
      if (named.size === 0) return [];
      const sha = await store(named, target, signal);
      return names.map((name) => `${repository.url}/blob/${sha}/${folder}/${encodeURIComponent(name)}${query(name)}`);
    },
  };

  async function store(named: ReadonlyMap<string, Image>, target: CommentTarget, signal: AbortSignal): Promise<string> {
    const place = placeOf(target);
    if (!useBranch) {
      try {
        return await putAll(named, `refs/cml/assets/${place}`, signal);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        host.log.debug(`${error.message}; a branch is used instead`);
        useBranch = true;
      }
    }
    return putAll(named, `refs/heads/cml-assets/${place}`, signal);
  }
}

/** A page for Markdown, the bytes for everything else; SVG is served as plain text unless asked to be sanitised. */
function query(name: string): string {
  if (name.endsWith(".md")) return "";
  return name.endsWith(".svg") ? "?raw=true&sanitize=true" : "?raw=true";
}

/** The server accepts no ref of that name, whatever it points to. */
class RefusedError extends InputError {}

function placeOf(target: CommentTarget): string {
  if (target.kind === "commit") return `sha-${target.sha.slice(0, 7)}`;
  return `${target.kind === "pull" ? "pr" : "issue"}-${target.number}`;
}

function pick(from: ReadonlyMap<string, string>, names: readonly string[]): Map<string, string> {
  return new Map(names.flatMap((name) => (from.has(name) ? [[name, from.get(name) ?? ""]] : [])));
}
