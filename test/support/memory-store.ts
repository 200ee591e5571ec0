import { ConflictError, IntegrityError, NotFoundError, UnavailableError } from "../../src/core/error.ts";
import type { Content, Entry, Store } from "../../src/storage/contract.ts";
import type { Fault } from "../contract/storage.ts";

/** A store in memory: the contract's first and plainest implementation. Faults and a log of calls stand for a server's. */
export function memoryStore(objects = new Map<string, Uint8Array>()): Store & {
  readonly objects: Map<string, Uint8Array>;
  readonly calls: string[];
  fail(fault: Fault, times: number): void;
} {
  const calls: string[] = [];
  let faults: Fault[] = [];
  const call = (method: string, key: string, signal: AbortSignal): Fault | undefined => {
    signal.throwIfAborted();
    calls.push(`${method} ${key}`);
    // A driver retries inside; what comes through is the failure that outlived its retries, or a body that breaks.
    if (faults[0] === "truncate") return method === "read" ? faults.shift() : undefined;
    const fault = faults.shift();
    if (fault === "unavailable") throw new UnavailableError("memory store: 503 Service Unavailable");
    return fault;
  };
  return {
    objects,
    calls,
    fail: (fault, times) => {
      faults = Array.from({ length: times }, () => fault);
      if (fault !== "unavailable" && fault !== "truncate") faults = [];
    },
    title: "memory",
    traits: { concurrency: { start: 16, most: 16 }, ranges: true, conditionalWrite: true },
    async stat(key, signal) {
      call("stat", key, signal);
      const bytes = objects.get(key);
      return bytes === undefined ? null : { key, sizeBytes: bytes.length };
    },
    async read(key, { range, signal }) {
      const fault = call("read", key, signal);
      const bytes = objects.get(key);
      if (bytes === undefined) throw new NotFoundError(`memory store has no object \`${key}\``);
      return contentOf(bytes.slice(range?.start ?? 0, range?.end), bytes.length, fault === "truncate");
    },
    async write(key, body, { ifAbsent, signal }) {
      call("write", key, signal);
      if (ifAbsent === true && objects.has(key)) throw new ConflictError(`memory store has an object \`${key}\` already`);
      const bytes = await body.bytes();
      signal.throwIfAborted();
      if (bytes.length !== body.sizeBytes) throw new IntegrityError(`\`${key}\` has ${bytes.length} of ${body.sizeBytes} bytes`);
      objects.set(key, bytes.slice());
    },
    async *list(prefix, signal): AsyncIterable<Entry> {
      call("list", prefix, signal);
      for (const [key, bytes] of objects) if (key.startsWith(prefix)) yield { key, sizeBytes: bytes.length };
    },
    async remove(key, signal) {
      call("remove", key, signal);
      objects.delete(key);
    },
  };
}

function contentOf(bytes: Uint8Array, totalBytes: number, isCut: boolean): Content {
  const cut = (): IntegrityError => new IntegrityError("body was cut off", { retryable: true });
  return {
    totalBytes,
    async bytes() {
      if (isCut) throw cut();
      return bytes;
    },
    stream: () =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(isCut ? bytes.slice(0, bytes.length >> 1) : bytes);
          if (isCut) controller.error(cut());
          else controller.close();
        },
      }),
    discard: () => undefined,
  };
}
