import { join } from "node:path";
import { CmlError, InputError, IntegrityError } from "../core/error.ts";
import { compareCodePoints } from "../core/text.ts";
import { makeExecutable, removeEmptyFolder, removeFile } from "../host/disk.ts";
import type { How } from "../host/object-job.ts";
import { markOf } from "../host/scan.ts";
import { PlaceError, type Sink, type Written } from "../storage/sink.ts";
import { systemFailure } from "../storage/transfer.ts";
import type { Cache } from "./cache.ts";
import type { OutPlan } from "./checkout-plan.ts";
import type { HashSet } from "./hash-set.ts";
import type { Hash } from "./out.ts";
import type { WorkspaceState } from "./workspace-state.ts";

/** One line of the summary. */
export interface Change {
  readonly letter: "A" | "M" | "D";
  /** From the root. */
  readonly path: string;
  readonly isFolder: boolean;
}

export interface Counts {
  added: number;
  modified: number;
  deleted: number;
}

export interface CheckoutWorld {
  readonly root: string;
  readonly cache: Cache;
  /** Second place of objects, from which they are moved; null: there is none. */
  readonly stage: Cache | null;
  /** Whether an object is the content of several files. */
  readonly isShared: (hash: Uint8Array) => boolean;
  readonly sink: Sink;
  readonly state: WorkspaceState;
  /** Path of an output in the state. */
  readonly stateKey: (path: string) => string;
  /** Hashes whose objects were checked in this run. */
  readonly verified: HashSet;
  /** Kinds of links in the order they are tried; what does not work here is taken out. */
  readonly links: How[];
}

/** A file of an output that could not be made. */
export interface Unmade {
  readonly plan: OutPlan;
  readonly path: string;
  readonly hash: Hash;
  readonly error: CmlError;
}

/**
 * Files that would be lost for good: their content is neither in the cache nor put there by us. DVC asks for the one kind of hash that the output has, which
 * blocks every pull across a migration; either kind counts here.
 */
export function unsaved(plans: readonly OutPlan[], cache: Cache): string[] {
  const isKept = ({ md5, dos2unix }: { md5: string; dos2unix: string }): boolean =>
    (md5 !== "" && markOf(cache.path({ kind: "md5", value: md5 })) !== null) ||
    (dos2unix !== "" && markOf(cache.path({ kind: "md5-dos2unix", value: dos2unix })) !== null);
  return plans
    .flatMap(({ path, endangered }) =>
      [...endangered].filter(([, hashes]) => !isKept(hashes)).map(([inner]) => (inner === "" ? path : join(path, inner))),
    )
    .toSorted(compareCodePoints);
}

/** Makes an output of the work tree what it should be; answers what could not be made. */
export async function checkOut(world: CheckoutWorld, plan: OutPlan, counts: Counts): Promise<Unmade[]> {
  const { files } = plan;
  await clear(plan, counts);
  const marks = new Map<number, Written>();
  const unmade: Unmade[] = [];
  const isNew = new Set(plan.create);
  await inWaves([...plan.create, ...plan.replace], async (index) => {
    try {
      marks.set(index, await place(world, plan, index));
      if (isNew.has(index)) counts.added++;
      else counts.modified++;
    } catch (error) {
      if (!(error instanceof CmlError)) throw error;
      const hash: Hash = { kind: files.kind, value: files.hex(index) };
      unmade.push({ plan, path: files.path(index), hash, error });
    }
  });
  if (files.count === 0 && plan.listed.want.out.isFolder && !plan.existed) await makeEmpty(plan.path);
  if (plan.makeExecutable) {
    await makeExecutable(plan.path);
    counts.modified++;
  }
  await remember(world, plan, marks, unmade.length === 0);
  return unmade;
}

async function makeEmpty(path: string): Promise<void> {
  const { makeFolderOf } = await import("../host/disk.ts");
  await makeFolderOf(join(path, "x"));
}

/** Takes away what does not belong there. */
async function clear(plan: OutPlan, counts: Counts): Promise<void> {
  for (const path of plan.remove) {
    await removeFile(path === "" ? plan.path : join(plan.path, path));
    counts.deleted++;
  }
  for (const folder of plan.emptied)
    if (await removeEmptyFolder(folder === "" ? plan.path : join(plan.path, folder)).catch(() => false)) counts.deleted++;
}

/** One inode for all empty files would soon have too many names; DVC makes them fresh, too. */
function linkFor({ links }: CheckoutWorld, hash: Hash): How | undefined {
  return links[0] === "hardlink" && hash.value === emptyHash ? "copy" : links[0];
}

const emptyHash = "d41d8cd98f00b204e9800998ecf8427e";

async function place(world: CheckoutWorld, plan: OutPlan, index: number): Promise<Written> {
  const { files, path } = plan;
  const hash: Hash = { kind: files.kind, value: files.hex(index) };
  const inner = files.path(index);
  const to = inner === "" ? path : join(path, inner);
  const staged = world.stage?.path(hash);
  const isStaged = staged !== undefined && markOf(staged) !== null;
  const from = isStaged ? staged : world.cache.path(hash);
  const { isExecutable } = plan.listed.want.out;
  for (;;) {
    const how = isStaged ? (world.isShared(files.bytes(index)) ? "copy" : "move") : linkFor(world, hash);
    if (how === undefined)
      throw new InputError(`no kind of link of \`cache.type\` works at \`${to}\``, { hint: "add `copy` to `cache.type`" });
    try {
      const written = await world.sink.copy({
        from,
        to,
        how,
        hash: world.verified.has(files.bytes(index)) ? null : hash.value,
        algorithm: hash.kind,
        ...(isExecutable ? { mode: 0o766 } : {}),
      });
      if (isExecutable && how !== "copy" && how !== "reflink") await makeExecutable(to);
      return written;
    } catch (error) {
      if (!(error instanceof PlaceError)) throw error;
      const { code, message, found } = error.failure;
      if (code === "UNSUPPORTED") {
        if (world.links[0] === how) world.links.shift();
        continue;
      }
      if (code === "MISMATCH")
        throw new IntegrityError(`cached object ${hash.value} is damaged: it has the hash ${found ?? ""}`, {
          details: { damaged: true },
        });
      if (code === "ENOENT" && markOf(from) === null)
        throw new InputError(`object ${hash.value} is not there`, { details: { isMissing: true } });
      throw systemFailure(code, message, to);
    }
  }
}

/** Many at once, but not all: a million promises are a gigabyte. */
async function inWaves(indices: readonly number[], action: (index: number) => Promise<void>): Promise<void> {
  const running = new Set<Promise<void>>();
  for (const index of indices) {
    if (running.size >= 1024) await Promise.race(running);
    const one: Promise<void> = action(index).finally(() => running.delete(one));
    running.add(one);
  }
  await Promise.all(running);
}

/** Writes down what lies in the work tree, so that the next run need not hash it. */
async function remember(
  world: CheckoutWorld,
  plan: OutPlan,
  made: ReadonlyMap<number, Written>,
  isComplete: boolean,
): Promise<void> {
  const { files, kept, state, listed } = plan;
  const { out, inner } = listed.want;
  // A part of a folder says nothing about the rest.
  if (!isComplete || inner !== null) return;
  const cacheTimes = world.stage === null ? world.cache.times(files) : null;
  const isSeen =
    state?.hash === out.hash?.value &&
    (cacheTimes === null || cacheTimes.every((time, index) => time === state?.cacheTimes?.[index])) &&
    made.size + plan.remove.length === 0;
  if (isSeen && !plan.makeExecutable && sameMarks(plan)) return;
  const marks = new Float64Array(files.count * 3);
  for (let index = 0; index < files.count; index++) {
    const written = made.get(index);
    const mark = kept.get(index);
    if (written !== undefined) marks.set([written.inode, written.modifiedMs, written.sizeBytes], index * 3);
    else if (mark !== undefined) marks.set([mark.inode, mark.modifiedMs, mark.sizeBytes], index * 3);
  }
  await world.state.write({
    path: world.stateKey(out.path),
    hash: out.hash?.value ?? null,
    cacheTimes,
    isFolder: out.isFolder,
    isOurs: !plan.existed || state?.isOurs === true,
    files,
    marks,
  });
}

function sameMarks({ kept, state, files }: OutPlan): boolean {
  if (state === null || kept.size !== files.count || state.files.count !== files.count) return false;
  for (const [index, mark] of kept)
    if (
      state.files.path(index) !== files.path(index) ||
      state.marks[index * 3] !== mark.inode ||
      state.marks[index * 3 + 1] !== mark.modifiedMs ||
      state.marks[index * 3 + 2] !== mark.sizeBytes
    )
      return false;
  return true;
}

/** What a plan shows as in the summary; null when nothing changes. */
export function changeOf(plan: OutPlan): Change | null {
  const { out } = plan.listed.want;
  const isTouched =
    plan.create.length + plan.replace.length + plan.remove.length + plan.emptied.length > 0 ||
    plan.makeExecutable ||
    !plan.existed;
  if (!isTouched) return null;
  return { letter: plan.existed ? "M" : "A", path: out.path, isFolder: out.isFolder };
}
