/** Memory that bodies under way may take together. */
export interface Budget {
  /** Waits until `bytes` fit; more than the whole budget is granted when nothing else is out. Answers what gives it back. */
  take(bytes: number): Promise<() => void>;
}

export function createBudget(totalBytes: number): Budget {
  let used = 0;
  const waiting: { bytes: number; go: () => void }[] = [];
  const fits = (bytes: number): boolean => used === 0 || used + bytes <= totalBytes;
  const giver = (bytes: number): (() => void) => {
    let isOut = true;
    return () => {
      if (!isOut) return;
      isOut = false;
      used -= bytes;
      for (let next = waiting[0]; next !== undefined && fits(next.bytes); next = waiting[0]) {
        waiting.shift();
        used += next.bytes;
        next.go();
      }
    };
  };
  return {
    async take(bytes) {
      if (waiting.length === 0 && fits(bytes)) used += bytes;
      else await new Promise<void>((go) => waiting.push({ bytes, go }));
      return giver(bytes);
    },
  };
}
