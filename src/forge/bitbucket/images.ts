import type { Image, ImageStore, Repository } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import { inGroups } from "../group.ts";
import { contentName } from "../name.ts";
import type { Client } from "./client.ts";

/**
 * Downloads of the repository: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-downloads/. A file of the same name is replaced,
 * and the name holds the content's hash.
 */
export function images(client: Client, repository: Repository): ImageStore {
  const purpose: Purpose = { what: `store images in ${repository.owner}/${repository.name}`, needs: "repository:write" };
  const fileName = (image: Image): string => `cml-${contentName(image)}`;
  return {
    async put(list, _target, signal) {
      const named = new Map(list.map((image) => [fileName(image), image]));
      await inGroups([...named], 4, async ([name, image]) => {
        const form = new FormData();
        form.append("files", new Blob([image.bytes.slice()], { type: image.mediaType }), name);
        await client.request("/downloads", { method: "POST", body: form, idempotent: true, signal }, purpose);
      });
      return list.map((image) => `${repository.url}/downloads/${fileName(image)}`);
    },
  };
}
