/** Reads lines and counted bytes off a stream, holding no more than the current chunk and what was asked for. */
export class ByteReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** The next line without its newline, null at the end. */
  async line(): Promise<string | null> {
    const parts: Uint8Array[] = [];
    for (;;) {
      if (this.#at >= this.#chunk.length && !(await this.#more())) return parts.length === 0 ? null : decode(parts);
      const end = this.#chunk.indexOf(0x0a, this.#at);
      parts.push(this.#chunk.subarray(this.#at, end < 0 ? this.#chunk.length : end));
      this.#at = end < 0 ? this.#chunk.length : end + 1;
      if (end >= 0) return decode(parts);
    }
  }

  /** Exactly `size` bytes; null when the stream ends before. */
  async bytes(size: number): Promise<Uint8Array | null> {
    const result = new Uint8Array(size);
    const filled = await this.#take(size, (part, offset) => result.set(part, offset));
    return filled ? result : null;
  }

  async skip(size: number): Promise<boolean> {
    return this.#take(size, () => undefined);
  }

  async #take(size: number, put: (part: Uint8Array, offset: number) => void): Promise<boolean> {
    let offset = 0;
    while (offset < size) {
      if (this.#at >= this.#chunk.length && !(await this.#more())) return false;
      const part = this.#chunk.subarray(this.#at, this.#at + size - offset);
      put(part, offset);
      offset += part.length;
      this.#at += part.length;
    }
    return true;
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#reader.read();
    if (done) return false;
    this.#chunk = value;
    this.#at = 0;
    return true;
  }
}

function decode(parts: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
}
