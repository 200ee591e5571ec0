import type { Algorithm } from "./digest.ts";

/** How a file comes from another one of this machine. `move` takes the other away. */
export type How = "copy" | "reflink" | "hardlink" | "symlink" | "move";

/** Content to be put under a name, or found to be another than was promised. */
export interface Wanted {
  readonly to: string;
  /** Permissions of the new file before the mask; 0666 when left out. */
  readonly mode?: number;
  /** Hex; null: nothing was promised. */
  readonly hash: string | null;
  readonly algorithm: Algorithm;
}

export interface PutItem extends Wanted {
  readonly sizeBytes: number;
}

export interface CopyItem extends Wanted {
  readonly from: string;
  readonly how: How;
}

/** Work of one message to a worker; its items are done one after the other. */
export type Job =
  /** Files whose bytes lie one behind the other in `bytes`. */
  | { readonly kind: "put"; readonly bytes: Uint8Array; readonly items: readonly PutItem[] }
  | { readonly kind: "copy"; readonly items: readonly CopyItem[] }
  /** Both hashes of files, without following links. */
  | { readonly kind: "hash"; readonly paths: readonly string[]; readonly algorithms: readonly Algorithm[] }
  /** Hashes a growing file up to `until`; with `last` the result has its hash and the file is closed. */
  | {
      readonly kind: "follow";
      readonly id: number;
      readonly path: string;
      readonly algorithm: Algorithm;
      readonly until: number;
      readonly last: boolean;
    }
  | { readonly kind: "forget"; readonly id: number };

export interface Done {
  /** Four numbers an item: size, inode, time of change in ms, and 1 when it was done, 0 when not. */
  readonly marks: Float64Array;
  /** By index of the item. */
  readonly failures: readonly Failure[];
  /** One list an algorithm, for `hash` and the last `follow`. */
  readonly hashes: readonly (readonly string[])[];
}

export interface Failure {
  readonly index: number;
  /** The system's name of it, `MISMATCH` for another content than promised, `UNSUPPORTED` for a kind of link that does not work here. */
  readonly code: string;
  readonly message: string;
  /** Hash of what was found, with `MISMATCH`. */
  readonly found?: string;
}

export type ToWorker = { readonly ticket: number; readonly job: Job };
export type FromWorker = { readonly ticket: number; readonly done: Done };
