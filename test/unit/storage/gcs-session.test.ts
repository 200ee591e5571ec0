import { describe, expect, test } from "bun:test";
import { NotFoundError, UnavailableError } from "../../../src/core/error.ts";
import { open } from "../../../src/storage/gcs/index.ts";
import { bodyOf, failure, noise } from "../../contract/storage.ts";
import { testHost } from "../../support/memory-host.ts";

const signal = new AbortController().signal;
const mebibyte = 1024 * 1024;
const data = noise(40 * mebibyte);

/**
 * The half of https://cloud.google.com/storage/docs/performing-resumable-uploads that emulators get wrong: what arrived in part, the question how much
 * is there, and the end. `arrive` says how many bytes of a chunk the server keeps, or a status.
 */
async function upload(arrive: (start: number, end: number, tries: number) => number | { status: number }) {
  const kept: Uint8Array[] = [];
  const ranges: string[] = [];
  let length = 0;
  let tries = 0;
  const progress = (): Response =>
    new Response(null, { status: 308, headers: length === 0 ? {} : { range: `bytes=0-${length - 1}` } });
  const { host } = await testHost({
    clock: { now: () => Date.now(), sleep: async () => undefined },
    async fetch(url, init) {
      const headers = new Headers(init.headers);
      if (init.method === "DELETE") return new Response(null, { status: 204 });
      if (url.includes("uploadType=resumable")) {
        expect(headers.get("x-upload-content-length")).toBe(String(data.length));
        return new Response("", { headers: { location: "https://storage.googleapis.com/session/1" } });
      }
      const range = headers.get("content-range") ?? "";
      ranges.push(range);
      const [, from, to] = /^bytes (\d+)-(\d+)\/\d+$/.exec(range) ?? [];
      if (from === undefined) return length === data.length ? new Response("{}") : progress();
      const bytes = new Uint8Array(await new Response(init.body ?? null).arrayBuffer());
      tries += 1;
      const taken = arrive(Number(from), Number(to) + 1, tries);
      if (typeof taken === "object") return new Response("", taken);
      // What is there already is passed over.
      const fresh = bytes.slice(length - Number(from), taken);
      kept.push(fresh);
      length += fresh.length;
      return length === data.length ? new Response("{}") : progress();
    },
  });
  const store = open({ url: "gs://data/p", options: new Map([["credentialpath", "bearer-of-test"]]), source: "test" }, host);
  const result = await failure(store.write?.("k", bodyOf(data), { signal }) ?? Promise.resolve());
  return { result, ranges, isWhole: Buffer.compare(Buffer.concat(kept), data) === 0 };
}

describe("GCS upload in a session", () => {
  test("goes on behind what the server has kept of a chunk", async () => {
    const { result, ranges, isWhole } = await upload((start, end) => (start === 0 ? 5 * mebibyte : end - start));
    expect(result).toBeUndefined();
    expect(isWhole).toBe(true);
    expect(ranges[1]).toBe(`bytes ${5 * mebibyte}-${21 * mebibyte - 1}/${data.length}`);
  });

  test("asks how much is there when a chunk fails for good, and goes on", async () => {
    const { result, ranges, isWhole } = await upload((start, end, tries) =>
      tries > 1 && tries < 10 ? { status: 503 } : end - start,
    );
    expect(result).toBeUndefined();
    expect(isWhole).toBe(true);
    expect(ranges).toContain(`bytes */${data.length}`);
  });

  test("gives up when nothing advances, and when the session is gone", async () => {
    expect((await upload(() => 0)).result).toBeInstanceOf(UnavailableError);
    expect((await upload(() => ({ status: 503 }))).result).toBeInstanceOf(UnavailableError);
    expect((await upload(() => ({ status: 404 }))).result).toBeInstanceOf(NotFoundError);
  });
});
