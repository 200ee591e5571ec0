import { dirname } from "node:path";
import { AuthError, type CmlError, InputError, UnsupportedError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import { type Draft, draftOf } from "./draft.ts";
import { fileImages } from "./file-image.ts";
import { stickyFromCi, type Mode, type Place, type Posted, upsertComment } from "./sticky.ts";

/** A finished Markdown file that is to be a comment. */
export interface CommentWish {
  /** `-` is stdin. */
  readonly file: string;
  readonly key: string;
  /** Label of the predecessor's watermark that counts as ours too. */
  readonly label: string;
  readonly mode: Mode;
  /** The comment is never found again. */
  readonly isUnmarked: boolean;
  readonly store: string;
}

export async function postFile(wish: CommentWish, place: Place): Promise<Posted> {
  const { host } = place;
  const body = await readBody(host, wish.file);
  const folder = wish.file === "-" ? host.cwd : dirname(wish.file);
  const draft = withoutRefused(draftOf(body, fileImages(host, folder, ...(await repositoryRoots(host)))), host);
  const { run, attempt, sha } = stickyFromCi(host.ci, "");
  return upsertComment(place, draft, {
    key: wish.key,
    run,
    attempt,
    sha,
    mode: wish.mode,
    watermark: wish.label,
    // Every `create` carries the key, and the predecessor's `update` meant the last one.
    pick: "newest",
    unmarked: wish.isUnmarked,
  });
}

/** A comment whose images the forge does not take says what it has to say without them. */
function withoutRefused(draft: Draft, host: Host): Draft {
  return async (room) => {
    try {
      return await draft(room);
    } catch (error) {
      if (room.put === null || !isRefusal(error)) throw error;
      host.log.warn(`images are left as they are: ${error.message}${error.hint === undefined ? "" : `; ${error.hint}`}`);
      return draft({ ...room, put: null });
    }
  };
}

function isRefusal(error: unknown): error is CmlError {
  if (error instanceof AuthError) return error.status === 403;
  return error instanceof UnsupportedError || error instanceof InputError;
}

/** Text of a file as it is; `InputError` when it is missing, not UTF-8 or blank. */
export async function readBody(host: Host, file: string): Promise<string> {
  const bytes = file === "-" ? await host.stdin.bytes() : await host.file.read(file, { limitBytes: 64 * 1024 * 1024 });
  if (bytes === null) throw new InputError(`no such file: \`${file}\``);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes).replace(/^\uFEFF/, "");
  } catch (cause) {
    throw new InputError(`not UTF-8: \`${file}\``, { cause, hint: "convert it: iconv -f latin1 -t utf-8" });
  }
  if (text.trim() === "") throw new InputError(`nothing in it to post: \`${file === "-" ? "stdin" : file}\``);
  return text;
}

/** Folders besides the file's own in which its images may lie: the repository. */
export async function repositoryRoots(host: Host): Promise<string[]> {
  const args = ["-c", "safe.directory=*", "rev-parse", "--show-toplevel"];
  const result = await host.exec.run("git", args, { cwd: host.cwd, signal: host.signal });
  const top = new TextDecoder().decode(result.stdout).trim();
  return result.code === 0 && top !== "" ? [top] : [];
}
