import { decode } from "../../core/decode.ts";
import { InputError } from "../../core/error.ts";
import type { ForgeConfig, Image, ImageStore } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import { inGroups } from "../group.ts";
import { contentName } from "../name.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** Uploads of the project that the merge request targets: https://docs.gitlab.com/api/project_markdown_uploads/ */
export function images(client: Client, { repository, serverUrl }: ForgeConfig): ImageStore {
  const purpose: Purpose = { what: `upload images to ${repository.owner}/${repository.name}`, needs: "api" };

  async function upload(name: string, image: Image, signal: AbortSignal): Promise<string> {
    const form = new FormData();
    form.append("file", new Blob([image.bytes.slice()], { type: image.mediaType }), name);
    const answer = await client.request("/uploads", { method: "POST", body: form, signal, allow: [413] }, purpose);
    if (answer.status === 413) {
      throw new InputError(
        `GitLab refused image \`${image.name}\` of ${image.bytes.length} bytes: larger than the server allows`,
        {
          details: { status: 413 },
        },
      );
    }
    return addressOf(decode(wire.upload, answer.json(), "upload of GitLab"));
  }

  /** `url` alone is relative to the project that shows it; an address that holds everywhere is wanted. */
  function addressOf({ url, full_path: path }: { url: string; full_path?: string | null | undefined }): string {
    if (/^https?:\/\//.test(url)) return url;
    if (path === undefined || path === null || path === "") return `${repository.url}${url}`;
    const { origin, pathname } = new URL(serverUrl);
    const below = pathname.replace(/\/$/, "");
    return below !== "" && path.startsWith(`${below}/`) ? origin + path : serverUrl + path;
  }

  return {
    isNewEachTime: true,
    async put(list, _target, signal) {
      const named = new Map(list.map((image) => [contentName(image), image]));
      const urls = new Map<string, string>();
      await inGroups([...named], 4, async ([name, image]) => void urls.set(name, await upload(name, image, signal)));
      return list.map((image) => urls.get(contentName(image)) ?? "");
    },
  };
}
