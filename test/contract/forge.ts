import { describe, expect, test } from "bun:test";
import { AuthError, NotFoundError, UnavailableError } from "../../src/core/error.ts";
import type { Comment, CommentTarget, Forge } from "../../src/forge/contract.ts";
import { type ForgeId, forges } from "../../src/forge/registry.ts";
import type { Host } from "../../src/host/host.ts";
import { upsertComment } from "../../src/report/sticky.ts";
import { pixel } from "../support/github-scene.ts";
import { testHost } from "../support/memory-host.ts";

/** What a suite needs of a server that a driver is tested against. Each call of `open` starts from an empty pull request. */
export interface ForgeWorld {
  readonly forge: Forge;
  readonly host: Host;
  readonly pull: number;
  readonly headSha: string;
  /** The same repository with a token that is unknown, and with one that may only read. */
  with(token: "unknown" | "weak" | "none"): Forge;
  /** A comment by somebody else. */
  foreign(body: string): Promise<void>;
  /** Makes the next request meet this. */
  fail(fault: { readonly status: number; readonly retryAfter?: number; readonly times?: number } | "cut"): void;
  /** Media type and status that a reader's browser gets. */
  look(url: string): Promise<{ readonly status: number; readonly type: string; readonly bytes: Uint8Array }>;
}

/** Where forges really differ; each says why. */
export interface ForgeQuirks {
  /** Gitea has no comments on commits. */
  readonly noCommitComments?: true;
  /** Azure DevOps attaches images to pull requests alone. */
  readonly noCommitImages?: true;
  /** A real server cannot be told to fail. */
  readonly noFaults?: true;
}

export function forgeContract(id: ForgeId, open: () => Promise<ForgeWorld>, quirks: ForgeQuirks = {}): void {
  const signal = new AbortController().signal;
  const all = async (forge: Forge, target: CommentTarget): Promise<Comment[]> =>
    Array.fromAsync(forge.comments.list(target, signal));

  describe(forges[id].title, () => {
    test("declares the parts it has", async () => {
      const { forge } = await open();
      expect(forge.id).toBe(id);
      expect(forge.checks !== undefined).toBe(forges[id].capabilities.checks);
      expect(forge.images !== undefined).toBe(forges[id].capabilities.images);
      expect(forge.changes !== undefined).toBe(forges[id].capabilities.changes);
    });

    test("comments: create, list in order, update, remove", async () => {
      const { forge, pull } = await open();
      const target = { kind: "pull", number: pull } as const;
      const first = await forge.comments.create(target, "one", signal);
      const second = await forge.comments.create(target, "two | `x` <b>&amp;</b>\r\n\r\nümläut 🚀", signal);
      expect(first.url).toMatch(/^https?:\/\/.*[#?]/);
      expect((await all(forge, target)).map((comment) => comment.id)).toEqual([first.id, second.id]);
      const updated = await forge.comments.update(target, first.id, "three", signal);
      expect(updated?.body).toBe("three");
      expect(await forge.comments.remove(target, first.id, signal)).toBe("gone");
      expect(await forge.comments.remove(target, first.id, signal)).toBe("gone");
      expect(await forge.comments.update(target, first.id, "four", signal)).toBeNull();
      expect((await all(forge, target)).map(({ body }) => body.replaceAll("\r\n", "\n"))).toEqual([
        "two | `x` <b>&amp;</b>\n\nümläut 🚀",
      ]);
    });

    test("comments: a pull request that is not there is a NotFoundError", async () => {
      const { forge } = await open();
      const failure = await forge.comments
        .create({ kind: "pull", number: 999_999 }, "x", signal)
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(NotFoundError);
    });

    test("upsertComment() finds its own among many, and only its own", async () => {
      const { forge, host, pull, foreign } = await open();
      const place = { forge, target: { kind: "pull", number: pull } as const, host, signal };
      const sticky = { key: "k", mode: "update" } as const;
      await foreign(`mine?\n\n[cml-sticky]: <#v1> "key=k"\n`);
      const made = await upsertComment(place, "first", sticky);
      expect(made.change).toBe("created");
      for (let index = 0; index < 35; index++) await foreign(`comment ${index}`);
      const again = await upsertComment(place, "second", sticky);
      expect(again).toMatchObject({ id: made.id, change: "updated" });
      expect((await upsertComment(place, "second", sticky)).change).toBe("unchanged");
      const bodies = (await all(forge, place.target)).map(({ body }) => body);
      expect(bodies).toHaveLength(37);
      expect(bodies.filter((body) => body.startsWith("second"))).toHaveLength(1);
      expect(bodies.filter((body) => body.startsWith("mine?"))).toHaveLength(1);
    });

    test("images: stored once, and served as what they are", async () => {
      const { forge, pull, look } = await open();
      const target = { kind: "pull", number: pull } as const;
      const { images } = forge;
      if (images === undefined) return;
      const comment = images.ofComment === true ? (await forge.comments.create(target, "x", signal)).id : undefined;
      const list = [1, 2, 1].map((red) => ({ name: `plot ${red} (ä).png`, mediaType: "image/png", bytes: pixel(red) }));
      const urls = await images.put(list, target, signal, comment);
      expect(urls).toHaveLength(3);
      expect(urls[0]).toBe(urls[2] ?? "");
      expect(new Set(urls).size).toBe(2);
      for (const url of urls) expect(url).toMatch(/^https?:\/\/[^\s()<>]+$/);
      const seen = await look(urls[1] ?? "");
      expect(seen).toMatchObject({ status: 200, type: "image/png" });
      expect(seen.bytes).toEqual(pixel(2));
      // A second batch keeps the first one's addresses alive.
      const [later] = await images.put([{ name: "new.png", mediaType: "image/png", bytes: pixel(9) }], target, signal, comment);
      expect((await look(later ?? "")).status).toBe(200);
      expect((await look(urls[0] ?? "")).status).toBe(200);
    });

    test("images of a commit, where no pull request is", async () => {
      if (quirks.noCommitImages === true) return;
      const { forge, headSha, look } = await open();
      const list = [3, 4].map((red) => ({ name: `${red}.png`, mediaType: "image/png", bytes: pixel(red) }));
      const target = { kind: "commit", sha: headSha } as const;
      const urls = (await forge.images?.put(list, target, signal)) ?? [];
      expect(urls).toHaveLength(2);
      const seen = await look(urls[1] ?? "");
      expect([seen.status, seen.type]).toEqual([200, "image/png"]);
      expect(seen.bytes).toEqual(pixel(4));
    });

    test("pulls: by number and by commit", async () => {
      const { forge, pull, headSha } = await open();
      expect(await forge.pulls.find(pull, signal)).toMatchObject({ number: pull, state: "open" });
      // Bitbucket cuts hashes.
      expect(headSha).toStartWith((await forge.pulls.find(pull, signal))?.head.sha ?? "none");
      expect(await forge.pulls.find(999_999, signal)).toBeNull();
      expect((await forge.pulls.ofCommit(headSha, undefined, signal)).map(({ number }) => number)).toEqual([pull]);
      expect(await forge.pulls.ofCommit("1".repeat(40), undefined, signal)).toEqual([]);
    });

    test("files: content at a commit, null where there is none", async () => {
      const { forge, headSha } = await open();
      const bytes = await forge.files.read(headSha, "metrics.json", signal);
      expect(new TextDecoder().decode(bytes ?? new Uint8Array())).toContain("acc");
      expect(await forge.files.read(headSha, "no/such.json", signal)).toBeNull();
      expect(await forge.files.ref("refs/cml/none", signal)).toBeNull();
    });

    test("records: written to a hidden ref, read again, two at once lose nothing", async () => {
      const { forge } = await open();
      const { records, files } = forge;
      if (records === undefined) return;
      const ref = "refs/cml/records";
      const text = (path: string) => new TextEncoder().encode(`{"path": "${path}"}\n`);
      await records.put(ref, "ab/one.json", text("one"), signal);
      await Promise.all(["cd/two.json", "ef/three.json"].map((path) => records.put(ref, path, text(path), signal)));
      await records.put(ref, "ab/one.json", text("again"), signal);
      const tip = (await files.ref(ref, signal)) ?? "";
      expect(new TextDecoder().decode((await files.read(tip, "ab/one.json", signal)) ?? new Uint8Array())).toBe(
        '{"path": "again"}\n',
      );
      expect(await files.read(tip, "cd/two.json", signal)).not.toBeNull();
      expect(await files.read(tip, "ef/three.json", signal)).not.toBeNull();
    });

    test("identify() tells whose token it is, or null", async () => {
      const { forge, pull } = await open();
      const comment = await forge.comments.create({ kind: "pull", number: pull }, "x", signal);
      const identity = await forge.identify(signal, comment);
      expect(identity?.login.toLowerCase()).toBe(comment.author.login.toLowerCase());
    });

    test("a token that is unknown, too weak or missing is an AuthError that says so", async () => {
      const world = await open();
      const target = { kind: "pull", number: world.pull } as const;
      const unknown = await world
        .with("unknown")
        .comments.create(target, "x", signal)
        .catch((error: unknown) => error);
      expect(unknown).toMatchObject({ kind: "auth", status: 401 });
      const weak = await world
        .with("weak")
        .comments.create(target, "x", signal)
        .catch((error: unknown) => error);
      expect(weak).toMatchObject({ kind: "auth", status: 403 });
      expect(weak instanceof AuthError ? weak.hint : "").toMatch(/the token needs `[\w: ()-]+`/);
    });

    if (quirks.noCommitComments !== true) {
      test("comments on a commit", async () => {
        const { forge, headSha } = await open();
        const target = { kind: "commit", sha: headSha } as const;
        const made = await forge.comments.create(target, "on a commit", signal);
        expect((await all(forge, target)).map(({ id: found }) => found)).toEqual([made.id]);
        expect((await forge.comments.update(target, made.id, "changed", signal))?.body).toBe("changed");
      });
    }

    if (quirks.noFaults === true) return;

    test("429 with Retry-After and 503 pass, a lost connection too; 503 for ever is an UnavailableError", async () => {
      const { forge, pull, fail } = await open();
      fail({ status: 429, retryAfter: 1 });
      fail({ status: 503 });
      fail("cut");
      expect((await forge.pulls.find(pull, signal))?.number).toBe(pull);
      fail({ status: 503, times: 50 });
      expect(await forge.pulls.find(pull, signal).catch((error: unknown) => error)).toBeInstanceOf(UnavailableError);
    });

    test("a lost answer to the first comment does not make a second one", async () => {
      const { forge, host, pull, fail } = await open();
      const place = { forge, target: { kind: "pull", number: pull } as const, host, signal };
      await upsertComment(place, "zero", { key: "other", mode: "update" });
      fail("cut");
      await upsertComment(place, "one", { key: "k", mode: "update" }).catch(() => undefined);
      await upsertComment(place, "one", { key: "k", mode: "update" });
      expect((await all(forge, place.target)).filter(({ body }) => body.startsWith("one"))).toHaveLength(1);
    });
  });
}

/** A world whose clock does not wait. */
export async function quickHost(): Promise<Host> {
  const { testClock } = await import("../support/memory-host.ts");
  return (await testHost({ clock: testClock() })).host;
}
