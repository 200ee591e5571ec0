import { decode } from "../../core/decode.ts";
import { UnsupportedError } from "../../core/error.ts";
import type { CommentTarget, Image, ImageStore, Repository } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import { inGroups } from "../group.ts";
import { contentName } from "../name.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** Attachments of a pull request: https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-attachments. A name is taken once. */
export function images(client: Client, repository: Repository): ImageStore {
  const purpose: Purpose = {
    what: `attach images to a pull request of ${repository.name}`,
    needs: "Contribute to pull requests",
  };
  function collection(target: CommentTarget): string {
    if (target.kind === "pull") return `/pullRequests/${target.number}/attachments`;
    throw new UnsupportedError("Azure DevOps does not support images without a pull request");
  }
  async function existing(path: string, signal: AbortSignal): Promise<Map<string, string>> {
    const answer = await client.request(path, { signal }, purpose);
    const { value } = decode(wire.attachments, answer.json(), "attachments of Azure DevOps");
    return new Map(value.map(({ displayName, url }) => [displayName, url]));
  }
  return {
    async put(list, target, signal) {
      if (list.length === 0) return [];
      const path = collection(target);
      const urls = await existing(path, signal);
      const named = new Map<string, Image>(list.map((image) => [contentName(image), image]));
      const missing = [...named].filter(([name]) => !urls.has(name));
      await inGroups(missing, 4, async ([name, image]) => {
        const headers = { "content-type": "application/octet-stream" };
        const call = { method: "POST", body: image.bytes, headers, signal } as const;
        const answer = await client.request(`${path}/${encodeURIComponent(name)}`, call, purpose);
        urls.set(name, decode(wire.attachment, answer.json(), "attachment of Azure DevOps").url);
      });
      return list.map((image) => urls.get(contentName(image)) ?? "");
    },
  };
}
