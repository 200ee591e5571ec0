import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { AuthError, ConflictError, IntegrityError, NotFoundError, UnavailableError } from "../../src/core/error.ts";
import type { Body, Content, Entry, Range, Store } from "../../src/storage/contract.ts";

/** What a fake can be told to do with the next requests. */
export type Fault = "busy" | "unavailable" | "truncate" | "expire";

export interface Subject {
  readonly store: Store;
  /** The next `times` requests fail so: 429 (`busy`), 503 (`unavailable`), a body cut in half, the credential expires. Absent where the server is real. */
  fail?(fault: Fault, times: number): void;
  /** Keys that the server itself has, temporary ones included; to prove that nothing is left behind. */
  keys?(): Promise<readonly string[]>;
  close?(): Promise<void>;
}

/** What a store does otherwise, each with its reason at the place that sets it. */
export interface Quirks {
  /** Keys of the list of ugly names that this server cannot hold. */
  readonly refuses?: readonly string[];
  /** Keys of that list which the server keeps but leaves out of its listings. */
  readonly hides?: readonly string[];
  /** The protocol has no listing, or no removal. */
  readonly without?: readonly ("list" | "remove")[];
  /** A server that cannot tell in one request whether a key exists. */
  readonly unconditional?: boolean;
  /** Drivers retry inside, so that one fault is not seen; the memory store has nothing to retry. */
  readonly seesEveryFault?: boolean;
  /** The key is both an object and a folder of others: file systems refuse. */
  readonly hasFolders?: boolean;
  readonly timeoutMs?: number;
}

/** Names that a store must give back as they are. */
export const uglyNames = [
  "plain",
  "with space/and more.txt",
  "question?mark=1&x",
  "hash#tag",
  "percent%2Fslash%20",
  "plus+sign",
  ".hidden/.file",
  "umlaut-ä-é-漢字-😀",
  "quote'\"back`tick",
  "brackets[1]{2}(3)<4>",
  "semi;colon:comma,at@dollar$tilde~star*bang!pipe|caret^",
  "backslash\\name",
  "double//slash",
  `long/${"n".repeat(200)}/${"o".repeat(200)}/${"p".repeat(200)}/${"q".repeat(200)}/${"r".repeat(214)}`,
] as const;

/**
 * Registers the tests that every driver has to pass. `open` makes an empty store; `quirks` are its known differences.
 */
export function storageContract(name: string, open: () => Promise<Subject>, quirks: Quirks = {}): void {
  const timeoutMs = quirks.timeoutMs ?? 30_000;
  const signal = new AbortController().signal;

  describe(`storage contract: ${name}`, () => {
    let subject: Subject;
    let store: Store;
    beforeAll(async () => {
      subject = await open();
      store = subject.store;
    }, timeoutMs);
    afterAll(async () => {
      await store?.close?.();
      await subject?.close?.();
    }, timeoutMs);

    const check = (title: string, body: () => Promise<void>): void => test(title, body, timeoutMs);
    const write = async (key: string, data: Uint8Array | string, ifAbsent = false): Promise<void> => {
      if (store.write === undefined) throw new Error(`${name} cannot write`);
      await store.write(key, bodyOf(data), { ifAbsent, signal });
    };
    const read = async (key: string, range?: Range): Promise<Uint8Array> =>
      (await store.read(key, range === undefined ? { signal } : { range, signal })).bytes();
    const listed = async (prefix: string): Promise<Entry[]> => {
      const found: Entry[] = [];
      for await (const entry of store.list?.(prefix, signal) ?? []) found.push(entry);
      return found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    };
    const canList = quirks.without?.includes("list") !== true;
    const canRemove = quirks.without?.includes("remove") !== true;

    check("methods that the protocol lacks are absent", async () => {
      expect(store.list !== undefined).toBe(canList);
      expect(store.remove !== undefined).toBe(canRemove);
    });

    check("stat() and read() of a missing key: null, NotFoundError", async () => {
      expect(await store.stat("missing/key", signal)).toBeNull();
      expect(await failure(store.read("missing/key", { signal }))).toBeInstanceOf(NotFoundError);
      if (store.remove !== undefined) await store.remove("missing/key", signal);
    });

    for (const key of uglyNames) {
      if (quirks.refuses?.includes(key) === true) continue;
      check(`name comes back as it was: ${key.slice(0, 60)}`, async () => {
        await write(`ugly/${key}`, key);
        expect(text(await read(`ugly/${key}`))).toBe(key);
        expect(await store.stat(`ugly/${key}`, signal)).toEqual({ key: `ugly/${key}`, sizeBytes: bytesOf(key).length });
        if (canList && quirks.hides?.includes(key) !== true)
          expect((await listed(`ugly/${key}`)).map((entry) => entry.key)).toContain(`ugly/${key}`);
      });
    }

    check("an empty object", async () => {
      await write("empty", "");
      expect(await store.stat("empty", signal)).toEqual({ key: "empty", sizeBytes: 0 });
      const content = await store.read("empty", { signal });
      expect(content.totalBytes ?? 0).toBe(0);
      expect(await content.bytes()).toEqual(new Uint8Array(0));
    });

    check("a body of 5 MiB and a byte, by bytes and by stream", async () => {
      const data = noise(5 * 1024 * 1024 + 1);
      await write("large", data);
      expect((await store.stat("large", signal))?.sizeBytes).toBe(data.length);
      expect(same(await read("large"), data)).toBe(true);
      const content = await store.read("large", { signal });
      if (content.totalBytes !== null) expect(content.totalBytes).toBe(data.length);
      expect(same(await collected(content), data)).toBe(true);
    });

    check("ranges at the edges", async () => {
      const data = noise(1000);
      await write("range", data);
      for (const [start, end] of [
        [0, 1],
        [0, 1000],
        [999, 1000],
        [500, 700],
        [990, 2000],
        [1000, 1010],
        [2000, 2010],
      ] as const) {
        const content = await store.read("range", { range: { start, end }, signal });
        if (content.totalBytes !== null) expect(content.totalBytes).toBe(1000);
        expect(same(await content.bytes(), data.slice(start, end))).toBe(true);
      }
    });

    check("write() replaces, and with ifAbsent refuses", async () => {
      await write("twice", "one");
      await write("twice", "two, longer");
      expect(text(await read("twice"))).toBe("two, longer");
      if (store.traits.conditionalWrite && quirks.unconditional !== true) {
        expect(await failure(write("twice", "three", true))).toBeInstanceOf(ConflictError);
        expect(text(await read("twice"))).toBe("two, longer");
      }
      await write("once", "first", true);
      expect(text(await read("once"))).toBe("first");
    });

    check("a write that fails half-way leaves nothing", async () => {
      const before = await subject.keys?.();
      const failing = await failure(store.write?.("half", breakingBody(6 * 1024 * 1024), { signal }) ?? Promise.resolve());
      expect(failing).toBeInstanceOf(Error);
      expect(await store.stat("half", signal)).toBeNull();
      if (before !== undefined) expect(await subject.keys?.()).toEqual(before);
    });

    if (canList)
      check("list() by prefix: complete, also beside a sibling's prefix, also empty", async () => {
        for (const key of ["p/a", "p/b", "p/c/d", "p/c/e", "pq/x", "p-1"]) await write(`listing/${key}`, key);
        expect((await listed("listing/p/")).map(({ key }) => key)).toEqual(
          ["p/a", "p/b", "p/c/d", "p/c/e"].map((key) => `listing/${key}`),
        );
        expect((await listed("listing/p")).map(({ key }) => key).toSorted()).toEqual(
          ["p-1", "p/a", "p/b", "p/c/d", "p/c/e", "pq/x"].map((key) => `listing/${key}`).toSorted(),
        );
        expect((await listed("listing/p/c/d")).map(({ sizeBytes }) => sizeBytes)).toEqual([5]);
        expect(await listed("listing/none/")).toEqual([]);
        expect(await listed("nothing-here")).toEqual([]);
      });

    if (canRemove)
      check("remove() twice", async () => {
        await write("gone", "x");
        await store.remove?.("gone", signal);
        expect(await store.stat("gone", signal)).toBeNull();
        await store.remove?.("gone", signal);
      });

    check("many at once", async () => {
      const keys = Array.from({ length: 40 }, (_, index) => `many/${index}`);
      await Promise.all(keys.map((key) => write(key, key.repeat(50))));
      const back = await Promise.all(keys.map((key) => read(key)));
      expect(back.map(text)).toEqual(keys.map((key) => key.repeat(50)));
    });

    check("a reader that stops early does no harm", async () => {
      await write("stop", noise(3 * 1024 * 1024));
      for (let round = 0; round < 5; round++) {
        const content = await store.read("stop", { signal });
        if (round % 2 === 0) content.discard();
        else await content.stream().cancel();
      }
      expect((await read("stop")).length).toBe(3 * 1024 * 1024);
    });

    check("an aborted signal ends every method", async () => {
      const stopped = AbortSignal.abort(new Error("stopped by the test"));
      expect(String(await failure(store.stat("large", stopped)))).toContain("stopped by the test");
      expect(String(await failure(store.read("large", { signal: stopped })))).toContain("stopped by the test");
      expect(String(await failure(store.write?.("never", bodyOf("x"), { signal: stopped }) ?? Promise.resolve()))).toContain(
        "stopped by the test",
      );
      expect(await store.stat("never", signal)).toBeNull();
    });

    faultCases();

    function faultCases(): void {
      const withFault = (title: string, body: (fail: NonNullable<Subject["fail"]>) => Promise<void>): void =>
        check(title, async () => {
          if (subject.fail === undefined) return;
          await write("fault", "content");
          await body(subject.fail.bind(subject));
          subject.fail("unavailable", 0);
        });

      if (quirks.seesEveryFault !== true)
        withFault("429 and 503, then success: nobody notices", async (fail) => {
          fail("busy", 1);
          expect(text(await read("fault"))).toBe("content");
          fail("unavailable", 2);
          expect((await store.stat("fault", signal))?.sizeBytes).toBe(7);
          fail("unavailable", 1);
          await write("fault-2", "content");
          expect(text(await read("fault-2"))).toBe("content");
        });

      withFault("503 for ever is UnavailableError", async (fail) => {
        fail("unavailable", 1_000);
        expect(await failure(read("fault"))).toBeInstanceOf(UnavailableError);
      });

      withFault("a truncated body is an IntegrityError, or asked again until it is whole", async (fail) => {
        await write("cut", noise(1024 * 1024));
        fail("truncate", 1);
        const result = await failure(read("cut"));
        if (result !== undefined) expect(result).toBeInstanceOf(IntegrityError);
        fail("truncate", 1_000);
        expect(await failure(read("cut"))).toBeInstanceOf(IntegrityError);
      });

      if (quirks.seesEveryFault !== true)
        withFault("a credential that expires is renewed, or refused by name", async (fail) => {
          fail("expire", 1);
          const result = await failure(read("fault"));
          if (result !== undefined) expect(result).toBeInstanceOf(AuthError);
        });
    }
  });
}

/** What a promise was rejected with; undefined when it was not. */
export async function failure(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => undefined,
    (error: unknown) => error ?? new Error("rejected with nothing"),
  );
}

export function bodyOf(data: Uint8Array | string): Body {
  const all = bytesOf(data);
  const part = (range?: Range): Uint8Array => all.slice(range?.start ?? 0, range?.end);
  return {
    sizeBytes: all.length,
    bytes: async (range) => part(range),
    stream: (range) => new Response(new Uint8Array(part(range))).body ?? new ReadableStream(),
  };
}

/** Fails after half of its bytes, however it is read. */
function breakingBody(sizeBytes: number): Body {
  const half = sizeBytes >> 1;
  const broken = (): Error => new Error("the source broke");
  return {
    sizeBytes,
    async bytes(range = { start: 0, end: sizeBytes }) {
      if (range.end > half) throw broken();
      return noise(range.end - range.start);
    },
    stream(range = { start: 0, end: sizeBytes }) {
      let sent = range.start;
      return new ReadableStream({
        pull(controller) {
          if (sent >= half) controller.error(broken());
          else controller.enqueue(noise(64 * 1024));
          sent += 64 * 1024;
        },
      });
    },
  };
}

async function collected(content: Content): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of content.stream()) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

/** Bytes that do not compress and are the same in every run. */
export function noise(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  let state = 0x9e3779b9 ^ sizeBytes;
  for (let index = 0; index < sizeBytes; index++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + index;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function bytesOf(data: Uint8Array | string): Uint8Array {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
