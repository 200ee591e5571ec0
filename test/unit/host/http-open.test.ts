import { afterAll, describe, expect, test } from "bun:test";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  AuthError,
  ConflictError,
  InputError,
  IntegrityError,
  NotFoundError,
  UnavailableError,
} from "../../../src/core/error.ts";
import type { OpenRequest } from "../../../src/host/http.ts";
import { failure } from "../../contract/storage.ts";
import { testClock, testHost } from "../../support/memory-host.ts";

const mebibyte = 1024 * 1024;
let handle: (message: IncomingMessage, response: ServerResponse) => void = (_, response) => void response.end();
const server = createServer((message, response) => handle(message, response));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = server.address();
const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/path?sig=secretsignature`;
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const never = new AbortController().signal;
const plain = (more: Partial<OpenRequest> = {}): OpenRequest => ({
  method: "GET",
  prepare: () => ({ url, headers: {} }),
  service: "Store",
  signal: never,
  ...more,
});

/** Answers the statuses in turn, then 200 `fine`. */
function answers(...statuses: readonly (number | { status: number; headers: Record<string, string> })[]): { count: number } {
  const seen = { count: 0 };
  handle = (message, response) => {
    message.resume();
    const next = statuses[seen.count];
    seen.count += 1;
    const { status, headers } = typeof next === "object" ? next : { status: next ?? 200, headers: {} };
    message.on("end", () =>
      response.writeHead(status, headers).end(status === 200 ? "fine" : "<Message>server's words</Message>"),
    );
  };
  return seen;
}

describe("http.open()", () => {
  test("repeats what may pass, each time prepared anew, and waits as long as the server asks", async () => {
    const clock = testClock();
    const { host } = await testHost({ clock });
    const seen = answers(503, { status: 429, headers: { "retry-after": "7" } }, 500);
    let prepared = 0;
    const response = await host.http.open(plain({ prepare: () => ({ url, headers: { attempt: String((prepared += 1)) } }) }));
    expect(new TextDecoder().decode(await response.bytes())).toBe("fine");
    expect([seen.count, prepared, host.http.attempts()]).toEqual([4, 4, 4]);
    expect(clock.slept[1]).toBe(7_000);
  });

  test.each([
    [401, AuthError],
    [403, AuthError],
    [404, NotFoundError],
    [409, ConflictError],
    [400, InputError],
    [503, UnavailableError],
    [429, UnavailableError],
  ])("%d becomes its error, with the request as its cause and without the query", async (status, kind) => {
    const { host } = await testHost({ clock: testClock() });
    answers(...Array.from({ length: 20 }, () => status));
    const found = await failure(host.http.open(plain()));
    expect(found).toBeInstanceOf(kind);
    expect(String(found)).toContain("server's words");
    expect(found instanceof Error && String(found.cause)).toContain(`${status}`);
    expect(found instanceof Error && String(found.cause)).not.toContain("secretsignature");
  });

  test("a POST is repeated only when it is said to be harmless", async () => {
    const { host } = await testHost({ clock: testClock() });
    const once = answers(503);
    expect(await failure(host.http.open(plain({ method: "POST", body: "x" })))).toBeInstanceOf(UnavailableError);
    expect(once.count).toBe(1);
    const twice = answers(503);
    (await host.http.open(plain({ method: "POST", body: "x", idempotent: true }))).discard();
    expect(twice.count).toBe(2);
  });

  test("judge() has the word: again at once, retry, an error, or the status", async () => {
    const clock = testClock();
    const { host } = await testHost({ clock });
    answers(403, 403);
    const said: number[] = [];
    (await host.http.open(plain({ judge: ({ again }) => (said.push(again), "again") }))).discard();
    expect([said, clock.slept]).toEqual([[0, 1], []]);
    answers(400);
    (await host.http.open(plain({ judge: () => "retry" }))).discard();
    expect(clock.slept).toHaveLength(1);
    answers(400);
    const own = await failure(host.http.open(plain({ judge: ({ text }) => new ConflictError(`judged ${text.length > 0}`) })));
    expect(String(own)).toContain("judged true");
    expect(own instanceof Error && String(own.cause)).toContain("400");
    // Whatever changes, it does not go on for ever.
    const seen = answers(...Array.from({ length: 50 }, () => 403));
    expect(await failure(host.http.open(plain({ judge: () => "again" })))).toBeInstanceOf(AuthError);
    expect(seen.count).toBeLessThan(10);
  });

  test("a body that is cut short is an IntegrityError that may be tried again", async () => {
    const { host } = await testHost();
    handle = (_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("half", () => response.socket?.destroy());
    };
    const byBytes = await failure((await host.http.open(plain())).bytes());
    const byStream = await failure(new Response((await host.http.open(plain())).stream()).bytes());
    for (const found of [byBytes, byStream]) {
      expect(found).toBeInstanceOf(IntegrityError);
      expect(found instanceof IntegrityError && found.retryable).toBe(true);
    }
  });

  test("a silent server is given up, before the answer and within it", async () => {
    const { host } = await testHost({ clock: testClock() });
    handle = () => undefined;
    expect(await failure(host.http.open(plain({ idleMs: 30 })))).toBeInstanceOf(UnavailableError);
    handle = (_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("half");
    };
    const response = await host.http.open(plain({ idleMs: 200 }));
    expect(await failure(new Response(response.stream()).bytes())).toBeInstanceOf(UnavailableError);
  });

  test("a source that breaks is thrown as it is, and not tried again", async () => {
    const { host } = await testHost({ clock: testClock() });
    let made = 0;
    handle = (message) => void message.resume();
    const found = await failure(
      host.http.open(
        plain({
          method: "PUT",
          prepare: () => ({ url, headers: { "content-length": "1000" } }),
          body: () => {
            made += 1;
            return new ReadableStream({ pull: (controller) => controller.error(new Error("the disk broke")) });
          },
        }),
      ),
    );
    expect(String(found)).toContain("the disk broke");
    expect(made).toBe(1);
  });

  test("an aborted signal ends the wait for an answer, for a repetition and for a body", async () => {
    const { host } = await testHost();
    const stopped = (act: (signal: AbortSignal) => Promise<unknown>, ms: number): Promise<unknown> => {
      const controller = new AbortController();
      const found = failure(act(controller.signal));
      setTimeout(() => controller.abort(new Error("stopped by the test")), ms);
      return found;
    };
    handle = () => undefined;
    expect(String(await stopped((signal) => host.http.open(plain({ signal })), 20))).toContain("stopped by the test");
    handle = (_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("half");
    };
    const read = async (signal: AbortSignal): Promise<unknown> => (await host.http.open(plain({ signal }))).bytes();
    expect(String(await stopped(read, 50))).toContain("stopped by the test");
  });

  test("a connection that is refused is tried a few times only", async () => {
    const clock = testClock();
    const { host } = await testHost({ clock });
    const found = await failure(host.http.open(plain({ prepare: () => ({ url: "http://127.0.0.1:1/", headers: {} }) })));
    expect(found).toBeInstanceOf(UnavailableError);
    expect(clock.slept).toHaveLength(2);
  });

  test("streams of any size go both ways in bounded memory", async () => {
    const { host } = await testHost();
    const size = 256 * mebibyte;
    let received = 0;
    handle = (message, response) => {
      if (message.method === "PUT") {
        message.on("data", (chunk: Buffer) => {
          received += chunk.length;
          // A slow reader: what is not taken must not pile up on our side.
          message.pause();
          setImmediate(() => message.resume());
        });
        message.on("end", () => response.end());
        return;
      }
      response.writeHead(200, { "content-length": String(size) });
      const chunk = Buffer.alloc(mebibyte);
      let left = size;
      const push = (): void => {
        while (left > 0) {
          left -= chunk.length;
          if (!response.write(chunk)) return void response.once("drain", push);
        }
        response.end();
      };
      push();
    };
    let made = 0;
    let most = 0;
    const body = (): ReadableStream<Uint8Array> =>
      new ReadableStream({
        pull(controller) {
          if (made === size) return controller.close();
          controller.enqueue(new Uint8Array(mebibyte));
          made += mebibyte;
          most = Math.max(most, made - received);
        },
      });
    const headers = { "content-length": String(size) };
    (await host.http.open(plain({ method: "PUT", prepare: () => ({ url, headers: { ...headers } }), body }))).discard();
    expect(received).toBe(size);
    expect(most).toBeLessThan(64 * mebibyte);
    let read = 0;
    for await (const chunk of (await host.http.open(plain())).stream()) read += chunk.length;
    expect(read).toBe(size);
  }, 60_000);
});
