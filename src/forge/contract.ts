import type { Secret } from "../core/secret.ts";

/** A repository on a forge. `owner` may hold slashes (GitLab groups). */
export interface Repository {
  readonly owner: string;
  readonly name: string;
  /** Web address without trailing slash: `https://github.com/o/r`. */
  readonly url: string;
}

/** How a forge is reached; made by `infer.ts` or from flags. */
export interface ForgeConfig {
  /** Web base, sub-path included, without trailing slash: `https://git.example.com/gitea`. */
  readonly serverUrl: string;
  /** API base without trailing slash; the CI's own variable wins over a computed one. */
  readonly apiUrl: string;
  readonly repository: Repository;
  /** Absent: only anonymous reads. */
  readonly token: Secret | undefined;
}

export interface Forge {
  readonly id: string;
  readonly title: string;
  readonly repository: Repository;
  readonly comments: Comments;
  readonly pulls: Pulls;
  readonly files: RevisionFiles;
  readonly checks?: Checks;
  readonly images?: ImageStore;
  readonly records?: RecordStore;
  readonly limits: Limits;
  readonly markdown: MarkdownAbility;
  /** Whose token this is, null when the forge does not tell. `near` is a comment that may be touched for an instant to find out, where the token may not ask. */
  identify(signal: AbortSignal, near?: Comment): Promise<Identity | null>;
}

export interface Limits {
  /** Largest comment body; both hold at once. */
  readonly commentBytes: number;
  readonly commentCodePoints: number;
  /** Budget for one retry after the forge refused the first size. */
  readonly fallbackCodePoints: number;
}

/** What the forge's renderer understands. */
export interface MarkdownAbility {
  readonly alerts: boolean;
  readonly details: boolean;
}

export interface Identity {
  readonly login: string;
  readonly id: string;
}

/** Where a comment lives. */
export type CommentTarget =
  | { readonly kind: "pull"; readonly number: number }
  | { readonly kind: "issue"; readonly number: number }
  | { readonly kind: "commit"; readonly sha: string };

export interface Comment {
  readonly id: string;
  readonly body: string;
  /** Web address a person can open. */
  readonly url: string;
  readonly author: { readonly login: string; readonly id: string; readonly isBot: boolean };
  readonly createdAt: string;
}

export interface Comments {
  /** All comments of the target, oldest first, over all pages; or it throws. `NotFoundError` when the target is missing. */
  list(target: CommentTarget, signal: AbortSignal): AsyncIterable<Comment>;
  /** Not repeatable: a second call makes a second comment. `InputError` with details.status 422 when too long. */
  create(target: CommentTarget, body: string, signal: AbortSignal): Promise<Comment>;
  /** Null when the comment is gone; repeatable. */
  update(target: CommentTarget, id: string, body: string, signal: AbortSignal): Promise<Comment | null>;
  /** "gone" also when it never existed. */
  remove(target: CommentTarget, id: string, signal: AbortSignal): Promise<"gone">;
}

export interface Pull {
  readonly number: number;
  readonly url: string;
  readonly state: "open" | "closed" | "merged";
  readonly head: { readonly sha: string; readonly ref: string; readonly repository: string };
  readonly base: { readonly sha: string; readonly ref: string; readonly repository: string };
}

export interface Pulls {
  /** Null when there is none (or it cannot be seen: forges do not tell these apart). */
  find(number: number, signal: AbortSignal): Promise<Pull | null>;
  /** Open pull requests whose head is the commit, best match first; empty when none. `branch` helps where forks hide the commit. */
  ofCommit(sha: string, branch: string | undefined, signal: AbortSignal): Promise<Pull[]>;
}

export interface RevisionFiles {
  /** Content at a revision, null when the path is not there. */
  read(revision: string, path: string, signal: AbortSignal): Promise<Uint8Array | null>;
  /** Best common ancestor, null when the forge cannot tell. */
  mergeBase(base: string, head: string, signal: AbortSignal): Promise<string | null>;
  /** Commit of a ref outside branches and tags (`refs/cml/…`), null when absent. */
  ref(name: string, signal: AbortSignal): Promise<string | null>;
}

export interface Check {
  readonly name: string;
  readonly sha: string;
  readonly title: string;
  readonly summary: string;
  readonly status: "queued" | "in_progress" | "completed";
  readonly conclusion?: "success" | "failure" | "neutral" | "cancelled" | "skipped" | "timed_out" | "action_required";
  readonly detailsUrl?: string;
  /** Finds the check again. */
  readonly key: string;
}

export interface Checks {
  /** Updates the check of the same key and commit, else creates it. Answers its web address. */
  put(check: Check, signal: AbortSignal): Promise<string>;
}

export interface Image {
  /** File name shown to people. */
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface ImageStore {
  /** Images are kept with a comment: `put` wants its id, so the comment has to be there first. */
  readonly ofComment?: true;
  /** Equal bytes get another address each time: those in the comment's former text are used again, so that an unchanged report stays one. */
  readonly isNewEachTime?: true;
  /**
   * Stores images and answers an absolute, lasting address for each, in order. Equal bytes are stored once; repeatable.
   * `target` ties them to their comment's life where the forge can, `comment` is its id where it is known. One batch per report, at most
   * four requests at once.
   */
  put(images: readonly Image[], target: CommentTarget, signal: AbortSignal, comment?: string): Promise<string[]>;
}

export interface RecordStore {
  /**
   * Writes one small file as a commit on top of a ref outside branches and tags (`refs/cml/…`), which is made when it is not there. Repeatable;
   * other jobs that write at the same time lose nothing. Read it again by `files.ref` and `files.read`.
   */
  put(ref: string, path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
}

/** Opens a driver: cheap and offline; throws `ConfigError` with every missing setting. */
export type OpenForge = (config: ForgeConfig, host: import("../host/host.ts").Host) => Forge;
