import { decode } from "../../core/decode.ts";
import type { Host } from "../../host/host.ts";
import type { CommentTarget, ImageStore, Repository, RevisionFiles } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import { contentName } from "../name.ts";
import type { Client } from "./client.ts";
import { hiddenRef, RefusedError } from "./hidden-ref.ts";
import * as wire from "./wire.ts";

/** Folder of the commits that holds the images: the contents API lists a folder, but not in one call a whole tree. */
const folder = "images";

/**
 * Images as commits on a hidden ref, `refs/cml/assets/pr-3`: neither cloned nor in the branch list, addressed by commit so that no cache
 * is stale.
 */
export function images(client: Client, repository: Repository, files: RevisionFiles, host: Host): ImageStore {
  const purpose: Purpose = { what: `store images in ${repository.owner}/${repository.name}`, needs: "contents: write" };
  const hidden = hiddenRef(client, repository, files, host, "store images");
  /** Set once the server has refused the hidden namespace: a branch takes its place. */
  let useBranch = false;

  async function stored(tip: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const answer = await client.request(`/contents/${folder}`, { signal, query: { ref: tip }, allow: [404] }, purpose);
    if (answer.status === 404) return new Set();
    return new Set(decode(wire.folder, answer.json(), "folder of GitHub").map((entry) => `${folder}/${entry.name}`));
  }

  async function store(tree: ReadonlyMap<string, Uint8Array>, target: CommentTarget, signal: AbortSignal): Promise<string> {
    const write = (ref: string) => hidden.write(ref, tree, "Images of a report", (tip) => stored(tip, signal), signal);
    const place = placeOf(target);
    if (!useBranch) {
      try {
        return await write(`refs/cml/assets/${place}`);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        host.log.debug(`${error.message}; a branch is used instead`);
        useBranch = true;
      }
    }
    return write(`refs/heads/cml-assets/${place}`);
  }

  return {
    async put(list, target, signal) {
      if (list.length === 0) return [];
      const paths = list.map((image) => `${folder}/${contentName(image)}`);
      const tree = new Map(list.map((image, index) => [paths[index] ?? "", image.bytes]));
      const sha = await store(tree, target, signal);
      // The names need no quoting: `contentName` leaves letters, digits, dots and dashes.
      return paths.map((path) => `${repository.url}/blob/${sha}/${path}${query(path)}`);
    },
  };
}

/** A page for Markdown, the bytes for everything else. */
function query(path: string): string {
  return path.endsWith(".md") ? "" : "?raw=true";
}

function placeOf(target: CommentTarget): string {
  if (target.kind === "commit") return `sha-${target.sha.slice(0, 7)}`;
  return `${target.kind === "pull" ? "pr" : "issue"}-${target.number}`;
}
