import { availableParallelism } from "node:os";
import type { Done, FromWorker, Job, ToWorker } from "./object-job.ts";

/** Workers that hash, copy and write files. They start when the first job comes. */
export interface ObjectPool {
  readonly size: number;
  /** `pin` keeps the jobs of one followed file on one worker. The buffer of a `put` is handed over: the caller must not use it again. */
  run(job: Job, pin?: number): Promise<Done>;
  /** Ends the workers, which would keep the process alive; jobs still waiting are rejected. */
  close(): void;
}

/** Set by the build only. */
declare const CML_VERSION: string | undefined;

interface Member {
  readonly worker: Worker;
  readonly waiting: Map<number, { resolve: (done: Done) => void; reject: (error: Error) => void }>;
}

export function openObjectPool(size = Math.max(1, Math.min(8, availableParallelism()))): ObjectPool {
  const members: Member[] = [];
  let ticket = 0;
  let isClosed = false;

  function memberFor(pin: number | undefined): Member {
    if (pin !== undefined) while (members.length <= pin % size) members.push(startMember());
    const pinned = pin === undefined ? undefined : members[pin % size];
    if (pinned !== undefined) return pinned;
    const idle = members.reduce<Member | undefined>(
      (best, one) => (best === undefined || one.waiting.size < best.waiting.size ? one : best),
      undefined,
    );
    if (idle !== undefined && (idle.waiting.size === 0 || members.length >= size)) return idle;
    const fresh = startMember();
    members.push(fresh);
    return fresh;
  }

  return {
    size,
    run(job, pin) {
      if (isClosed) return Promise.reject(new Error("the workers have ended"));
      const member = memberFor(pin);
      const mine = ticket++;
      return new Promise((resolve, reject) => {
        member.waiting.set(mine, { resolve, reject });
        const message: ToWorker = { ticket: mine, job };
        member.worker.postMessage(message, job.kind === "put" && owned(job.bytes) ? [job.bytes.buffer] : []);
      });
    },
    close() {
      isClosed = true;
      for (const { worker, waiting } of members) {
        worker.terminate();
        for (const { reject } of waiting.values()) reject(new Error("the workers have ended"));
        waiting.clear();
      }
      members.length = 0;
    },
  };
}

function owned(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer;
}

function startMember(): Member {
  const script = typeof CML_VERSION === "undefined" ? "./object-worker.ts" : "./src/host/object-worker.js";
  const worker = new Worker(new URL(script, import.meta.url), { type: "module" });
  const waiting: Member["waiting"] = new Map();
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    waiting.get(data.ticket)?.resolve(data.done);
    waiting.delete(data.ticket);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    for (const { reject } of waiting.values()) reject(new Error(`a worker failed: ${event.message}`));
    waiting.clear();
  };
  return { worker, waiting };
}
