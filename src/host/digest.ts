import { createHash } from "node:crypto";

/** `md5-dos2unix` is what DVC 1 and 2 called MD5: line ends of text are unified first, decided for each MiB on its own. */
export type Algorithm = "md5" | "md5-dos2unix";

export interface Hasher {
  /** The bytes are used before it returns. */
  update(bytes: Uint8Array): void;
  hex(): string;
}

const blockBytes = 1024 * 1024;

export function createHasher(algorithm: Algorithm): Hasher {
  const md5 = createHash("md5");
  if (algorithm === "md5") return { update: (bytes) => void md5.update(bytes), hex: () => md5.digest("hex") };
  // A block must be whole before it can be judged, however the bytes arrive.
  const block = new Uint8Array(blockBytes);
  let filled = 0;
  const flush = (): void => {
    md5.update(unixLines(block.subarray(0, filled)));
    filled = 0;
  };
  return {
    update(bytes) {
      for (let start = 0; start < bytes.length;) {
        const count = Math.min(bytes.length - start, blockBytes - filled);
        block.set(bytes.subarray(start, start + count), filled);
        filled += count;
        start += count;
        if (filled === blockBytes) flush();
      }
    },
    hex() {
      if (filled > 0) flush();
      return md5.digest("hex");
    },
  };
}

/** Hash of bytes in hex. */
export function digest(bytes: Uint8Array, algorithm: Algorithm): string {
  if (algorithm === "md5") return createHash("md5").update(bytes).digest("hex");
  const hasher = createHasher(algorithm);
  hasher.update(bytes);
  return hasher.hex();
}

/** The block with `\r\n` as `\n` when it is text; else the block itself. */
function unixLines(block: Uint8Array): Uint8Array {
  if (!isText(block) || !block.includes(13)) return block;
  const result = new Uint8Array(block.length);
  let length = 0;
  for (let index = 0; index < block.length; index++) {
    if (block[index] === 13 && block[index + 1] === 10) continue;
    result[length++] = block[index] ?? 0;
  }
  return result.subarray(0, length);
}

/** DVC's test on the first 512 bytes: no NUL, and at most three in ten outside of printable ASCII and `\n\r\t\f\b`. */
function isText(block: Uint8Array): boolean {
  const head = block.subarray(0, 512);
  if (head.includes(0)) return false;
  let odd = 0;
  for (const byte of head)
    if (!((byte >= 32 && byte <= 126) || byte === 10 || byte === 13 || byte === 9 || byte === 12 || byte === 8)) odd++;
  return head.length === 0 || odd / head.length <= 0.3;
}
