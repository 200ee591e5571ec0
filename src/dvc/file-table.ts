import { IntegrityError } from "../core/error.ts";
import { checkPath } from "./manifest.ts";
import type { Hash } from "./out.ts";

/** Files and their hashes in little memory: a folder may hold millions of them. */
export class FileTable {
  readonly kind: Hash["kind"];
  readonly paths: string[];
  #hashes = new Uint8Array(16 * 64);

  constructor(kind: Hash["kind"], paths: string[] = []) {
    this.kind = kind;
    this.paths = paths;
  }

  /** A table of paths whose hashes lie one behind the other. */
  static of(kind: Hash["kind"], paths: string[], hashes: Uint8Array<ArrayBuffer>): FileTable {
    const table = new FileTable(kind, paths);
    table.#hashes = hashes;
    return table;
  }

  /** All hashes, one behind the other. */
  get hashes(): Uint8Array {
    return this.#hashes.subarray(0, this.count * 16);
  }

  get count(): number {
    return this.paths.length;
  }

  /** `hex` are 32 digits. */
  add(path: string, hex: string): void {
    const at = this.#room();
    for (let index = 0; index < 16; index++)
      this.#hashes[at + index] = digit(hex.charCodeAt(index * 2)) * 16 + digit(hex.charCodeAt(index * 2 + 1));
    this.paths.push(path);
  }

  addBytes(path: string, hash: Uint8Array): void {
    // Making room may replace the array, so it comes first.
    const at = this.#room();
    this.#hashes.set(hash, at);
    this.paths.push(path);
  }

  /** Where the next hash goes. */
  #room(): number {
    const at = this.paths.length * 16;
    if (at + 16 > this.#hashes.length) {
      const wider = new Uint8Array(this.#hashes.length * 2);
      wider.set(this.#hashes);
      this.#hashes = wider;
    }
    return at;
  }

  path(index: number): string {
    return this.paths[index] ?? "";
  }

  /** The 16 bytes of a hash; a view, not a copy. */
  bytes(index: number): Uint8Array {
    return this.#hashes.subarray(index * 16, index * 16 + 16);
  }

  hex(index: number): string {
    return hexOf(this.#hashes, index * 16);
  }

  /** Whether a hash is that of one of the files, by its hex form. */
  some(isWanted: (hex: string) => boolean): boolean {
    for (let index = 0; index < this.count; index++) if (isWanted(this.hex(index))) return true;
    return false;
  }

  /** Those of its files for which `isWanted` holds. */
  filter(isWanted: (path: string) => boolean): FileTable {
    const result = new FileTable(this.kind);
    for (let index = 0; index < this.count; index++)
      if (isWanted(this.path(index))) result.add(this.path(index), this.hex(index));
    return result;
  }
}

const pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hexOf(bytes: Uint8Array, start = 0): string {
  let text = "";
  for (let index = start; index < start + 16; index++) text += pairs[bytes[index] ?? 0] ?? "";
  return text;
}

/** 0 to 15, or NaN-like 255 for what is no digit; the callers have checked the text. */
function digit(code: number): number {
  return code <= 57 ? code - 48 : (code | 32) - 87;
}

/**
 * Reads a manifest without holding it as JSON values. `IntegrityError` naming `what` when it is none, or an entry would lie outside of the folder,
 * twice in it, or below another entry that is a file.
 */
export function readFileTable(bytes: Uint8Array, what: string, kind: Hash["kind"]): FileTable {
  const table = new FileTable(kind);
  const reader = new ManifestReader(bytes, what);
  reader.entries((path, md5) => {
    checkPath(path, what);
    const hex = md5.toLowerCase();
    if (!/^[0-9a-f]{32}$/.test(hex)) throw reader.failure(`entry \`${path}\` has no MD5`);
    table.add(path, hex);
  });
  const seen = new Set(table.paths);
  if (seen.size < table.count) throw reader.failure("the same path twice");
  for (const path of table.paths)
    for (let slash = path.indexOf("/"); slash > 0; slash = path.indexOf("/", slash + 1))
      if (seen.has(path.slice(0, slash))) throw reader.failure(`\`${path.slice(0, slash)}\` as a file and as a folder`);
  return table;
}

/** Just enough JSON for `[{"md5": "…", "relpath": "…"}, …]` with other keys skipped. */
class ManifestReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  failure(message: string): IntegrityError {
    return new IntegrityError(`${this.#what}: not a manifest of files: ${message}`, { details: { file: this.#what } });
  }

  entries(add: (path: string, md5: string) => void): void {
    this.#expect(0x5b, "[");
    if (this.#next() === 0x5d) this.#at++;
    else
      for (;;) {
        this.#entry(add);
        if (this.#next() !== 0x2c) break;
        this.#at++;
      }
    if (this.#bytes[this.#at - 1] !== 0x5d) this.#expect(0x5d, "]");
    this.#next();
    if (this.#at < this.#bytes.length) throw this.failure(`text after its end, at byte ${this.#at}`);
  }

  #entry(add: (path: string, md5: string) => void): void {
    this.#expect(0x7b, "{");
    let path: string | undefined;
    let md5: string | undefined;
    if (this.#next() === 0x7d) this.#at++;
    else
      for (;;) {
        const key = this.#string();
        this.#expect(0x3a, ":");
        if (this.#next() === 0x22) {
          const value = this.#string();
          if (key === "relpath") path = value;
          else if (key === "md5") md5 = value;
        } else this.#skip();
        if (this.#next() !== 0x2c) {
          this.#expect(0x7d, "}");
          break;
        }
        this.#at++;
      }
    if (path === undefined || md5 === undefined) throw this.failure("entry without `relpath` and `md5`");
    add(path, md5);
  }

  #string(): string {
    this.#expect(0x22, '"');
    const start = this.#at;
    let isEscaped = false;
    for (; this.#bytes[this.#at] !== 0x22; this.#at++) {
      if (this.#at >= this.#bytes.length) throw this.failure("text without end");
      if (this.#bytes[this.#at] === 0x5c) {
        isEscaped = true;
        this.#at++;
      }
    }
    const text = this.#decode(start, this.#at);
    this.#at++;
    if (!isEscaped) return text;
    try {
      return String(JSON.parse(`"${text}"`));
    } catch {
      throw this.failure(`bad escape near byte ${start}`);
    }
  }

  #decode(start: number, end: number): string {
    try {
      return this.#decoder.decode(this.#bytes.subarray(start, end));
    } catch {
      throw this.failure(`no UTF-8 near byte ${start}`);
    }
  }

  /** Any value but a text, to the comma or bracket behind it. */
  #skip(): void {
    let depth = 0;
    for (; this.#at < this.#bytes.length; this.#at++) {
      const byte = this.#bytes[this.#at];
      if (byte === 0x22) {
        this.#string();
        this.#at--;
      } else if (byte === 0x5b || byte === 0x7b) depth++;
      else if (byte === 0x5d || byte === 0x7d) {
        if (depth === 0) return;
        depth--;
      } else if (byte === 0x2c && depth === 0) return;
    }
  }

  /** The next byte that is no white space, not taken. */
  #next(): number {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte ?? -1;
      this.#at++;
    }
  }

  #expect(byte: number, text: string): void {
    if (this.#next() !== byte) throw this.failure(`\`${text}\` expected at byte ${this.#at}`);
    this.#at++;
  }
}
