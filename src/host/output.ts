import type { Redactor } from "../core/secret.ts";
import type { Env } from "./env.ts";
import type { Output } from "./host.ts";

/** A chunk that `console` may take: it costs no module at start, but blocks, and always ends the line. */
const smallLine = 16_384;

/**
 * One of the two streams. `process.stdout` is not used: creating it costs 6 ms, and a program that exits after a large write to a pipe
 * loses what the pipe had no room for.
 */
export function createOutput(fd: 1 | 2, env: Env, redactor: Redactor): Output {
  const queue: Uint8Array[] = [];
  let draining: Promise<void> | undefined;
  let terminal: boolean | undefined;
  let closed = false;
  const isTerminal = (): boolean => (terminal ??= isTerminalDevice(fd));

  const drain = async (): Promise<void> => {
    for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) {
      if (!closed) closed = !(await writeAll(fd, chunk));
    }
    draining = undefined;
  };
  const push = (bytes: Uint8Array): void => {
    if (bytes.length === 0) return;
    queue.push(bytes);
    draining ??= drain();
  };
  return {
    get isTerminal() {
      return isTerminal();
    },
    get width() {
      return columns(fd, env, isTerminal);
    },
    get color() {
      return env.get("NO_COLOR") === undefined && env.get("TERM") !== "dumb" && isTerminal();
    },
    write(text) {
      const safe = redactor.redact(text);
      const isSmall = draining === undefined && safe.length > 0 && safe.length <= smallLine;
      if (isSmall && fd === 1 && safe.endsWith("\n")) console.log(safe.slice(0, -1));
      else push(isSmall && fd === 2 ? unwritten(fd, safe) : new TextEncoder().encode(safe));
    },
    writeBytes: push,
    async flush() {
      while (draining !== undefined) await draining;
    },
  };
}

/**
 * Writes at once, so that messages stand between the results they belong to, and answers what the pipe had no room for. `console.error` would paint
 * every line red on a terminal.
 */
function unwritten(fd: 2, text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  try {
    return bytes.subarray(process.getBuiltinModule("node:fs").writeSync(fd, bytes));
  } catch {
    return bytes;
  }
}

/** False once the reader is gone: `cml … | head -1` is no failure. */
async function writeAll(fd: number, bytes: Uint8Array): Promise<boolean> {
  const { write } = await import("node:fs");
  let offset = 0;
  while (offset < bytes.length) {
    const result = await new Promise<number | string>((resolve) =>
      write(fd, bytes, offset, bytes.length - offset, null, (error, count) =>
        resolve(error === null ? count : (error.code ?? "EIO")),
      ),
    );
    if (typeof result === "number") offset += result;
    // A pipe that was put into non-blocking mode by another program is full: wait for its reader.
    else if (result === "EAGAIN") await new Promise((resolve) => setTimeout(resolve, 5));
    else return false;
  }
  return true;
}

/** Bun's own binding answers at once; `node:tty` loads the network stack, and `node:fs` costs half an empty program's start. */
function isTerminalDevice(fd: number): boolean {
  const binding: unknown = Reflect.get(process, "binding");
  if (typeof binding === "function" && !Reflect.has(globalThis, "Deno")) {
    try {
      const answer: unknown = Reflect.get(Object(Reflect.apply(binding, process, ["tty_wrap"])), "isTTY")?.(fd);
      if (typeof answer === "boolean") return answer;
    } catch {
      // A runtime without it is asked in the ordinary way.
    }
  }
  return process.getBuiltinModule("node:tty").isatty(fd);
}

function columns(fd: 1 | 2, env: Env, isTerminal: () => boolean): number {
  const wanted = Number(env.get("COLUMNS"));
  if (Number.isInteger(wanted) && wanted >= 20) return wanted;
  if (!isTerminal()) return 80;
  return (fd === 1 ? process.stdout : process.stderr).columns || 80;
}
