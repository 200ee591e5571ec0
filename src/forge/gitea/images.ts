import { decode } from "../../core/decode.ts";
import { InputError, UnsupportedError } from "../../core/error.ts";
import type { CommentTarget, Image, ImageStore, Repository } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import { inGroups } from "../group.ts";
import { contentName } from "../name.ts";
import type { Client } from "./client.ts";
import { repositoryPath } from "./comment.ts";
import * as wire from "./wire.ts";

/** Images as attachments of a comment, or of the issue where no comment is known. */
export function images(client: Client, repository: Repository, title: string): ImageStore {
  const purpose: Purpose = {
    what: `attach images in ${repository.owner}/${repository.name}`,
    needs: "write:issue",
  };
  function collection(target: CommentTarget, comment: string | undefined): string {
    const issues = `${repositoryPath(repository)}/issues`;
    if (comment !== undefined) return `${issues}/comments/${encodeURIComponent(comment)}/assets`;
    if (target.kind !== "commit") return `${issues}/${target.number}/assets`;
    throw new UnsupportedError(`${title} does not support images without a pull request or an issue`);
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
  async function upload(path: string, name: string, image: Image, signal: AbortSignal): Promise<string> {
    const form = new FormData();
    form.append("attachment", new Blob([image.bytes.slice()], { type: image.mediaType }), name);
    const call = { method: "POST", body: form, query: { name }, signal, allow: [413] } as const;
    const answer = await client.request(path, call, purpose);
    if (answer.status === 413) {
      throw new InputError(
        `${title} refused image \`${image.name}\` of ${image.bytes.length} bytes: ${answer.text().slice(0, 200)}`,
        {
          details: { status: 413 },
        },
      );
    }
    return decode(wire.attachment, answer.json(), `attachment of ${title}`).browser_download_url;
  }
  return {
    ofComment: true,
    async put(list, target, signal, comment) {
      if (list.length === 0) return [];
      const path = collection(target, comment);
      const urls = await existing(path, signal);
      const named = new Map(list.map((image) => [contentName(image), image]));
      const missing = [...named].filter(([name]) => !urls.has(name));
      await inGroups(missing, 4, async ([name, image]) => {
        urls.set(name, await upload(path, name, image, signal));
      });
      return list.map((image) => urls.get(contentName(image)) ?? "");
    },
  };
}
