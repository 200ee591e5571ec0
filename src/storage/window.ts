/**
 * How many requests are under way at once. Opens while answers come as fast as the fastest seen (nothing queues, so more fits in), closes by half when a
 * store says that it is too much.
 */
export interface Window {
  /** Runs `action` when there is room. */
  run<T>(action: () => Promise<T>): Promise<T>;
  /** Waits until there is room for another request, without taking it. */
  room(): Promise<void>;
  /** A request was refused for load, or broke. */
  shrink(): void;
  readonly limit: number;
  readonly active: number;
}

export function createWindow(start: number, most: number, now: () => number): Window {
  let limit = Math.max(1, Math.min(start, most));
  let active = 0;
  let fastest = Infinity;
  let round = { count: 0, total: 0 };
  const waiting: (() => void)[] = [];
  const onRoom: (() => void)[] = [];

  const release = (tookMs: number, isGood: boolean): void => {
    active--;
    if (isGood) learn(tookMs);
    while (active + granted < limit && waiting.length > 0) {
      granted++;
      waiting.shift()?.();
    }
    if (active + granted < limit) for (const wake of onRoom.splice(0)) wake();
  };
  // Places promised to waiters that have not started yet.
  let granted = 0;

  function learn(tookMs: number): void {
    fastest = Math.min(fastest, Math.max(tookMs, 0.5));
    round = { count: round.count + 1, total: round.total + tookMs };
    if (round.count < limit) return;
    const mean = round.total / round.count;
    round = { count: 0, total: 0 };
    // Below twice the fastest answer the requests do not wait for each other; above four times they only stand in line.
    if (mean < 2 * fastest) limit = Math.min(most, Math.ceil(limit * 1.5));
    else if (mean > 4 * fastest && limit > start) limit = Math.max(start, Math.floor(limit * 0.9));
  }

  return {
    async run(action) {
      if (active + granted >= limit) {
        await new Promise<void>((resolve) => waiting.push(resolve));
        granted--;
      }
      active++;
      const began = now();
      let isGood = false;
      try {
        const result = await action();
        isGood = true;
        return result;
      } finally {
        release(now() - began, isGood);
      }
    },
    async room() {
      while (active + granted >= limit) await new Promise<void>((resolve) => onRoom.push(resolve));
    },
    shrink() {
      limit = Math.max(Math.min(4, start), limit >> 1);
      round = { count: 0, total: 0 };
    },
    get limit() {
      return limit;
    },
    get active() {
      return active;
    },
  };
}
