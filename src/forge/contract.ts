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
  readonly changes?: Changes;
  readonly runners?: Runners;
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

export interface PullWish {
  readonly title: string;
  readonly body: string;
  /** Branches of this repository. */
  readonly head: string;
  readonly base: string;
}

export const mergeMethods = ["merge", "rebase", "squash"] as const;
export type MergeMethod = (typeof mergeMethods)[number];

/** Pull requests made by us. */
export interface Changes {
  /** The open pull request from branch `head` into `base`, null when there is none. */
  between(head: string, base: string, signal: AbortSignal): Promise<Pull | null>;
  /** Repeatable: an open one between the same branches is answered as it is. */
  create(wish: PullWish, signal: AbortSignal): Promise<Pull>;
  /**
   * Merges once the forge's checks allow it; "merged" where that is now. May wait a minute for the forge to find out. `UnsupportedError` for a
   * method it lacks, `ConflictError` when it can't be merged.
   */
  merge(pull: Pull, method: MergeMethod, message: string | undefined, signal: AbortSignal): Promise<"merged" | "scheduled">;
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

/** Whose jobs a runner takes. */
export type RunnerScope =
  | { readonly kind: "repository" }
  | { readonly kind: "organization"; readonly name: string }
  | { readonly kind: "enterprise"; readonly name: string };

/** A self-hosted runner as the forge lists it. */
export interface ForgeRunner {
  readonly id: string;
  readonly name: string;
  /** The user's labels and the forge's own. */
  readonly labels: readonly string[];
  readonly isOnline: boolean;
  /** Null where the forge does not tell. */
  readonly isBusy: boolean | null;
}

export interface RunnerOrder {
  readonly scope: RunnerScope;
  readonly name: string;
  readonly labels: readonly string[];
  /** One job, then the forge forgets the runner. */
  readonly isEphemeral: boolean;
  /** Runner group of an organisation or enterprise, by name. */
  readonly group?: string | undefined;
  readonly description?: string | undefined;
}

/** What an agent needs to become a runner, once. */
export interface Registration {
  /** `jit`: a whole configuration, for one job; `token`: the agent registers itself with it; `runner`: the token of a runner that exists. */
  readonly kind: "jit" | "token" | "runner";
  readonly secret: Secret;
  /** Address that the agent is given: of the repository, organisation, enterprise or server. */
  readonly url: string;
  /** The runner's id where it exists already. */
  readonly runnerId: string | null;
  /** What else the agent must know of it, by the agent's own names. No secrets. */
  readonly facts: Readonly<Record<string, string>>;
}

/** Where the forge itself says its agent is to be had. */
export interface AgentArchive {
  readonly url: string;
  readonly fileName: string;
  /** SHA-256 in hex; null where the forge does not publish one. */
  readonly sha256: string | null;
}

export interface AgentTarget {
  readonly os: "linux" | "macos" | "windows";
  readonly architecture: "x64" | "arm64";
}

export interface Runners {
  /** All of the scope, over all pages; or it throws. */
  list(scope: RunnerScope, signal: AbortSignal): AsyncIterable<ForgeRunner>;
  /** Not repeatable: each call may make a runner. `ConflictError` when the name is taken. */
  register(order: RunnerOrder, signal: AbortSignal): Promise<Registration>;
  /** "gone" also when it never existed; "busy" when the forge keeps it because of a job. */
  remove(scope: RunnerScope, id: string, signal: AbortSignal): Promise<"gone" | "busy">;
  /** Whether anyone can send jobs by a pull request: a public repository. Null when the forge does not tell. */
  isPublic(signal: AbortSignal): Promise<boolean | null>;
  /**
   * Asks for the failed jobs of a finished run again, or for all of them. "running" while it is not finished, "spent" when it cannot be run
   * again. `UnsupportedError` for all of them where the forge knows the failed ones only.
   */
  rerun?(run: string, signal: AbortSignal, all?: boolean): Promise<"asked" | "running" | "spent">;
  /** Ends a run of which a job was lost; nothing when it has ended. */
  cancel?(run: string, signal: AbortSignal): Promise<void>;
  archive?(target: AgentTarget, signal: AbortSignal): Promise<AgentArchive | null>;
}

/** Opens a driver: cheap and offline; throws `ConfigError` with every missing setting. */
export type OpenForge = (config: ForgeConfig, host: import("../host/host.ts").Host) => Forge;
