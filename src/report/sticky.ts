import { InputError, UnavailableError } from "../core/error.ts";
import type { Comment, CommentTarget, Forge, Identity } from "../forge/contract.ts";
import type { Ci } from "../host/ci.ts";
import type { Host } from "../host/host.ts";
import { imageChain, isOwnStore } from "../publish/chain.ts";
import { type Draft, draftOf, type Room } from "./draft.ts";
import { type Budget, measure } from "./fit.ts";
import type { Mode } from "./mode.ts";
import { hasWatermark, isOlder, type Marker, markerText, readMarker, withMarker, withoutMarker } from "./marker.ts";

export type { Draft, Mode, Room };

/** How one comment is found again, and what is done with it. */
export interface Sticky extends Marker {
  readonly mode: Mode;
  /** Label of the predecessor's watermark that counts as ours too; the empty text is a label. */
  readonly watermark?: string | undefined;
  /** Which of several is ours: the oldest, or the newest where every `new` one carries the same key. */
  readonly pick?: "oldest" | "newest";
  /** An older run may overwrite a newer one. */
  readonly force?: boolean | undefined;
  /** The marker is left out, so that the comment is never found again. */
  readonly unmarked?: boolean;
}

export interface Place {
  readonly forge: Forge;
  readonly target: CommentTarget;
  readonly host: Host;
  readonly signal: AbortSignal;
  /** Value of `--store`, `auto` unless given. */
  readonly store?: string | undefined;
}

export interface Posted {
  /** Web address; empty when nothing is left. */
  readonly url: string;
  readonly id: string;
  /** "older": a newer run has been here and its comment stays. */
  readonly change: "created" | "updated" | "unchanged" | "older" | "removed";
}

/** Key, run and attempt as the CI tells them: jobs of one workflow do not overwrite each other. */
export function stickyFromCi(ci: Ci, title: string): Marker {
  return {
    key: [ci.workflow ?? "local", ci.job ?? "", title].filter((part) => part !== "").join("/"),
    run: ci.runId !== undefined && /^\d+$/.test(ci.runId) ? Number(ci.runId) : undefined,
    attempt: ci.runAttempt,
    sha: ci.headSha,
  };
}

/**
 * Brings one comment to a text. Only own comments count, over all pages; nothing is written when the text is there already or when a newer
 * run wrote it. Jobs that race for the first comment end with one.
 */
export async function upsertComment(place: Place, body: string | Draft, sticky: Sticky): Promise<Posted> {
  const draft = typeof body === "string" ? draftOf(body, () => Promise.resolve(null)) : body;
  if (sticky.mode === "new") return posted(await write(place, draft, sticky, null), "created");
  const own = await ownComments(place, sticky);
  const existing = sticky.pick === "newest" ? own.at(-1) : own[0];
  if (sticky.mode === "delete") return remove(place, own);
  if (existing === undefined) return create(place, draft, sticky);
  const theirs = readMarker(existing.body);
  if (theirs !== null && sticky.force !== true && isOlder(sticky, theirs)) return posted(existing, "older");
  if (sticky.mode === "recreate") {
    const made = await write(place, draft, sticky, null);
    await remove(place, own);
    return posted(made, "created");
  }
  const text = sticky.mode === "append" ? appended(existing, draft) : draft;
  const written = await write(place, text, sticky, existing);
  if (written === "older") return posted(existing, "older");
  if (written === existing) return posted(existing, "unchanged");
  if (written.id !== existing.id) return posted(written, "created");
  // Without a run there is no order to hold.
  return posted(
    sticky.run === undefined ? written : await hold(place, written, sticky, (own) => own.find(({ id }) => id === written.id)),
    "updated",
  );
}

async function create(place: Place, draft: Draft, sticky: Sticky): Promise<Posted> {
  let made: Comment;
  try {
    made = await write(place, draft, sticky, null);
  } catch (error) {
    // The answer may have been lost after the comment was made.
    if (!(error instanceof UnavailableError)) throw error;
    const [found] = await ownComments(place, sticky).catch(() => []);
    if (found === undefined) throw error;
    const again = await write(place, draft, sticky, found);
    if (again === "older") return posted(found, "older");
    made = again;
  }
  // Where several jobs found nothing and created, the first comment stays.
  return posted(await hold(place, made, sticky, (own) => own[0]), "created");
}

const rounds = 10;

/**
 * No forge offers a conditional write. Hence: write, wait a moment, read back, and write again while an older run's text stands there. Ends with
 * one comment, `chosen` of those that are there, and with the newest run's text in it.
 */
async function hold(
  place: Place,
  made: Comment,
  sticky: Sticky,
  chosen: (own: readonly Comment[]) => Comment | undefined,
): Promise<Comment> {
  const { forge, target, host, signal } = place;
  let mine = made;
  for (let round = 0; round < rounds; round++) {
    await host.clock.sleep(200 + host.random() * 400, signal);
    const stands = chosen(await ownComments(place, sticky, made.author));
    // Deleted meanwhile by somebody who did not want it.
    if (stands === undefined) return mine;
    const theirs = readMarker(stands.body);
    const isOurs = withoutMarker(stands.body) === withoutMarker(made.body);
    if (stands.id === mine.id && (isOurs || theirs === null || !isOlder(theirs, sticky))) return stands;
    const isNewer = theirs === null || !isOlder(sticky, theirs);
    const survivor = isNewer && !isOurs ? await forge.comments.update(target, stands.id, made.body, signal) : stands;
    if (survivor === null) return mine;
    if (survivor.id !== mine.id) await forge.comments.remove(target, mine.id, signal);
    mine = survivor;
  }
  return mine;
}

/** Own comments that carry the key (or the predecessor's watermark), oldest first. */
async function ownComments(place: Place, sticky: Sticky, known?: Identity): Promise<Comment[]> {
  const { forge, target, host, signal } = place;
  const marked: Comment[] = [];
  for await (const comment of forge.comments.list(target, signal)) {
    const isOurs = readMarker(comment.body)?.key === sticky.key;
    if (isOurs || (sticky.watermark !== undefined && hasWatermark(comment.body, sticky.watermark))) marked.push(comment);
  }
  const [near] = marked;
  if (near === undefined) return [];
  const identity = known ?? (await forge.identify(signal, near));
  // Then a comment is made first: its author tells which of the older ones are ours.
  if (identity === null) host.log.debug(`${forge.title} does not tell whose token this is`);
  return identity === null ? [] : marked.filter((comment) => isBy(identity, comment));
}

function isBy(identity: Identity, comment: Comment): boolean {
  if (identity.id !== "" && comment.author.id !== "") return identity.id === comment.author.id;
  return identity.login.toLowerCase() === comment.author.login.toLowerCase();
}

/** Creates, or updates `existing`; answers `existing` itself when it says the same already. A refused size is tried once more, smaller. */
async function write(place: Place, draft: Draft, sticky: Sticky, existing: null): Promise<Comment>;
async function write(place: Place, draft: Draft, sticky: Sticky, existing: Comment): Promise<Comment | "older">;
async function write(place: Place, draft: Draft, sticky: Sticky, existing: Comment | null): Promise<Comment | "older"> {
  const { limits } = place.forge;
  const budget: Budget = { bytes: limits.commentBytes, codePoints: limits.commentCodePoints };
  const work = { comment: existing, readMs: place.host.clock.now() };
  try {
    return await attempt(place, draft, sticky, work, budget);
  } catch (error) {
    const isTooLong = error instanceof InputError && error.details["status"] === 422;
    if (!isTooLong || limits.fallbackCodePoints >= budget.codePoints) throw error;
    place.host.log.debug(`${place.forge.title} refused the text; a smaller one is tried`);
    return attempt(place, draft, sticky, work, { bytes: budget.bytes, codePoints: limits.fallbackCodePoints });
  }
}

/** The comment as far as it is there; images of some forges make it early. */
interface Work {
  comment: Comment | null;
  /** When the comment was read. */
  readonly readMs: number;
}

/** A comment read longer ago than this may have been written by a newer run since: images take their time. */
const freshMs = 250;

async function attempt(place: Place, draft: Draft, sticky: Sticky, work: Work, budget: Budget): Promise<Comment | "older"> {
  const { forge, target, signal } = place;
  const space = sticky.unmarked === true ? { bytes: 0, codePoints: 0 } : measure(`\n\n${markerText(sticky)}\n`);
  const room = { bytes: budget.bytes - space.bytes, codePoints: budget.codePoints - space.codePoints };
  const finish = (text: string) => (sticky.unmarked === true ? text : withMarker(text, sticky));
  const early = async (): Promise<string> => {
    work.comment ??= await forge.comments.create(target, finish(await draft({ put: null, budget: room })), signal);
    return work.comment.id;
  };
  const body = finish(await draft({ put: imagesOf(place, early, work), budget: room }));
  const before = work.comment;
  if (before === null) return forge.comments.create(target, body, signal);
  if (withoutMarker(before.body) === withoutMarker(body)) return before;
  if (await isOvertaken(place, sticky, before, work)) return "older";
  const updated = await forge.comments.update(target, before.id, body, signal);
  // Deleted since it was listed.
  return updated ?? forge.comments.create(target, body, signal);
}

async function isOvertaken(place: Place, sticky: Sticky, before: Comment, { readMs }: Work): Promise<boolean> {
  if (sticky.run === undefined || sticky.force === true || place.host.clock.now() - readMs < freshMs) return false;
  const now = (await ownComments(place, sticky, before.author)).find(({ id }) => id === before.id);
  const theirs = now === undefined ? null : readMarker(now.body);
  return theirs !== null && isOlder(sticky, theirs);
}

function imagesOf(place: Place, comment: () => Promise<string>, work: Work): Room["put"] {
  const { forge, target, host, signal, store = "auto" } = place;
  const plain = imageChain(store, { forge, target, host, signal, former: work.comment?.body });
  if (plain === null || forge.images?.ofComment !== true || isOwnStore(store)) return plain;
  return async (images) => {
    const put = imageChain(store, { forge, target, host, signal, comment: await comment() });
    return put === null ? [] : put(images);
  };
}

function appended(existing: Comment, draft: Draft): Draft {
  return async (room) => {
    const before = `${withoutMarker(existing.body)}\n\n---\n\n`;
    const used = measure(before);
    const budget = { bytes: room.budget.bytes - used.bytes, codePoints: room.budget.codePoints - used.codePoints };
    return before + (await draft({ put: room.put, budget }));
  };
}

async function remove(place: Place, comments: readonly Comment[]): Promise<Posted> {
  for (const { id } of comments) await place.forge.comments.remove(place.target, id, place.signal);
  return { url: "", id: comments[0]?.id ?? "", change: comments.length === 0 ? "unchanged" : "removed" };
}

function posted(comment: Comment, change: Posted["change"]): Posted {
  return { url: comment.url, id: comment.id, change };
}
