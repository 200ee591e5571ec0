import { InputError } from "./error.ts";

/** Text of UTF-8 bytes, a byte-order mark removed. `InputError` naming the line of the first byte that is none. */
export function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError(`${what}: not valid UTF-8 text`, { cause, details: { file: what } });
  }
}

/** Line and column, both from 1, of an offset. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - before.lastIndexOf("\n") };
}

/** An `InputError` of a place in a file; `details.file` and `details.line` let a report point at it. */
export function errorAt(
  what: string,
  place: { line: number; column?: number | undefined },
  message: string,
  cause?: unknown,
): InputError {
  const column = place.column === undefined ? "" : `:${place.column}`;
  return new InputError(`${what}:${place.line}${column}: ${message}`, { cause, details: { file: what, line: place.line } });
}
