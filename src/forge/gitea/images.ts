import { decode } from "../../core/decode.ts";
import { InputError, UnavailableError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { CommentTarget, ForgeConfig, Image, ImageStore } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import { contentName } from "../name.ts";
import { pushFiles } from "../push-record.ts";
import type { Client } from "./client.ts";
import { repositoryPath } from "./comment.ts";
import * as wire from "./wire.ts";

const attempts = 5;

/**
 * Images as attachments of a comment, or of the issue where no comment is known. A commit has neither: its images are pushed to a hidden ref, from
 * where the server gives raw files by commit.
 */
export function images(client: Client, config: ForgeConfig, title: string, host: Host): ImageStore {
  const { repository } = config;
  const purpose: Purpose = {
    what: `attach images in ${repository.owner}/${repository.name}`,
    needs: "write:issue",
  };
  function collection(target: CommentTarget, comment: string | undefined): string {
    const issues = `${repositoryPath(repository)}/issues`;
    if (comment !== undefined) return `${issues}/comments/${encodeURIComponent(comment)}/assets`;
    return `${issues}/${target.kind === "commit" ? "" : target.number}/assets`;
  }
  async function existing(path: string, signal: AbortSignal): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for await (const page of client.pages(path, { signal }, purpose)) {
      for (const one of decode(wire.attachments, page.json(), `attachments of ${title}`) ?? []) {
        found.set(one.name, one.browser_download_url);
      }
    }
    return found;
  }
  /** Null when another change of the comment came in between: then the server answers 500, whether or not it kept the file. */
  async function upload(path: string, name: string, image: Image, signal: AbortSignal): Promise<string | null> {
    const form = new FormData();
    form.append("attachment", new Blob([image.bytes.slice()], { type: image.mediaType }), name);
    const call = { method: "POST", body: form, query: { name }, signal, allow: [413, 500] } as const;
    const answer = await client.request(path, call, purpose);
    if (answer.status < 300) return decode(wire.attachment, answer.json(), `attachment of ${title}`).browser_download_url;
    const words = answer.text().slice(0, 200);
    if (answer.status === 413) {
      throw new InputError(`${title} refused image \`${image.name}\` of ${image.bytes.length} bytes: ${words}`, {
        details: { status: 413 },
      });
    }
    if (/already changed/i.test(words)) return null;
    throw new UnavailableError(`cannot ${purpose.what}: ${title} answered 500: ${words}`, { details: { status: 500 } });
  }
  async function pushed(list: readonly Image[], sha: string, signal: AbortSignal): Promise<string[]> {
    const paths = list.map((image) => `images/${contentName(image)}`);
    const commit = await pushFiles(config, host, {
      ref: `refs/cml/assets/sha-${sha.slice(0, 7)}`,
      files: new Map(list.map((image, index) => [paths[index] ?? "", image.bytes])),
      message: "Images of a report",
      what: "store images",
      signal,
    });
    return paths.map((path) => `${repository.url}/raw/commit/${commit}/${path}`);
  }
  return {
    ofComment: true,
    async put(list, target, signal, comment) {
      if (list.length === 0) return [];
      if (target.kind === "commit" && comment === undefined) return pushed(list, target.sha, signal);
      const path = collection(target, comment);
      const named = new Map(list.map((image) => [contentName(image), image]));
      let urls = await existing(path, signal);
      for (let attempt = 0; attempt < attempts; attempt++) {
        const missing = [...named].filter(([name]) => !urls.has(name));
        let isDisturbed = false;
        // One after another: each upload is a change of the comment, and of two at once the server refuses one.
        for (const [name, image] of missing) {
          const url = await upload(path, name, image, signal);
          if (url === null) isDisturbed = true;
          else urls.set(name, url);
        }
        if (!isDisturbed) break;
        urls = await existing(path, signal);
      }
      return list.map((image) => urls.get(contentName(image)) ?? "");
    },
  };
}
