/** A set of 16-byte hashes in 24 bytes each: a million of them as text would take a hundred megabytes. */
export class HashSet {
  #count = 0;
  #values = new Uint8Array(16 * 64);
  #slots = new Uint32Array(256);

  get size(): number {
    return this.#count;
  }

  /** False when it was there. */
  add(hash: Uint8Array): boolean {
    const slot = this.#find(hash);
    if ((this.#slots[slot] ?? 0) !== 0) return false;
    if ((this.#count + 1) * 16 > this.#values.length) {
      const wider = new Uint8Array(this.#values.length * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values.set(hash, this.#count * 16);
    this.#slots[slot] = ++this.#count;
    if (this.#count * 2 > this.#slots.length) this.#grow();
    return true;
  }

  has(hash: Uint8Array): boolean {
    return (this.#slots[this.#find(hash)] ?? 0) !== 0;
  }

  /** In the order of their adding. */
  *values(): Iterable<Uint8Array> {
    for (let index = 0; index < this.#count; index++) yield this.#values.subarray(index * 16, index * 16 + 16);
  }

  /** The slot that holds the hash, or the free one where it belongs. MD5 is its own hash function. */
  #find(hash: Uint8Array): number {
    const mask = this.#slots.length - 1;
    let slot = ((hash[0] ?? 0) | ((hash[1] ?? 0) << 8) | ((hash[2] ?? 0) << 16) | ((hash[3] ?? 0) << 24)) & mask;
    for (;;) {
      const held = this.#slots[slot] ?? 0;
      if (held === 0 || this.#equals(held - 1, hash)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #equals(index: number, hash: Uint8Array): boolean {
    for (let byte = 0; byte < 16; byte++) if (this.#values[index * 16 + byte] !== hash[byte]) return false;
    return true;
  }

  #grow(): void {
    const old = this.#count;
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let index = 0; index < old; index++)
      this.#slots[this.#find(this.#values.subarray(index * 16, index * 16 + 16))] = index + 1;
  }
}
