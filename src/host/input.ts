import type { Input } from "./host.ts";

export function createInput(): Input {
  return {
    get isTerminal() {
      return process.getBuiltinModule("node:tty").isatty(0);
    },
    async bytes() {
      const chunks: Uint8Array[] = [];
      for await (const chunk of process.stdin) chunks.push(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
      return joined(chunks);
    },
  };
}

export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
