import { digest } from "../host/digest.ts";
import type { Hash } from "./out.ts";

/** Whether bytes are what a hash names; manifests (`.dir`) of both kinds are hashed plainly. */
export function matches(bytes: Uint8Array, hash: Hash): boolean {
  const isManifest = hash.value.endsWith(".dir");
  return digest(bytes, isManifest ? "md5" : hash.kind) === hash.value.replace(/\.dir$/, "");
}

/** Place of an object below the folder of a cache or remote: DVC 3's, or the flat one of DVC 1 and 2 beside it. */
export function objectKey(hash: Hash): string {
  const flat = `${hash.value.slice(0, 2)}/${hash.value.slice(2)}`;
  return hash.kind === "md5" ? `files/md5/${flat}` : flat;
}

/** A hash of metafiles and manifests; null for anything that is none, so that it never becomes a part of a path. */
export function readHash(text: string, kind: Hash["kind"]): Hash | null {
  const value = text.toLowerCase();
  return /^[0-9a-f]{32}(?:\.dir)?$/.test(value) ? { kind, value } : null;
}
