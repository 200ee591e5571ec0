import { join } from "node:path";
import { NotFoundError } from "../core/error.ts";
import type { Host } from "../host/host.ts";

const header = "version https://git-lfs.github.com/spec/v1\n";

/**
 * The content behind a pointer of Git LFS where it lies in the clone (`folder`, its `lfs/objects`); any other file as it is. `NotFoundError` when
 * only the pointer is here: its three lines are no metrics. https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
 */
export async function readLargeFile(
  host: Pick<Host, "file">,
  folder: string,
  path: string,
  bytes: Uint8Array,
  options: { limitBytes?: number },
): Promise<Uint8Array> {
  if (bytes.length > 1024) return bytes;
  const text = new TextDecoder().decode(bytes);
  if (!text.startsWith(header)) return bytes;
  const oid = /^oid sha256:([0-9a-f]{64})$/m.exec(text)?.[1];
  if (oid === undefined) return bytes;
  const content = await host.file.read(join(folder, oid.slice(0, 2), oid.slice(2, 4), oid), options);
  if (content !== null) return content;
  throw new NotFoundError(`\`${path}\` is kept by Git LFS and its content is not in this clone`, {
    hint: "check out with LFS (`lfs: true` on GitHub), or run `git lfs pull`",
    details: { file: path },
  });
}
