import { CmlError } from "../core/error.ts";

/** A file that could not be used; the rest of the revision still is. */
export interface Problem {
  readonly file: string;
  readonly line: number | null;
  readonly revision: string;
  readonly message: string;
}

/** Turns an expected failure into a problem of `file`; a bug and a cancellation pass on. */
export function problemOf(error: unknown, file: string, revision: string): Problem {
  if (!(error instanceof CmlError) || error.kind === "cancelled") throw error;
  const named = error.details["file"];
  const line = error.details["line"];
  return {
    file: typeof named === "string" ? named : file,
    line: typeof line === "number" ? line : null,
    revision,
    message: error.hint === undefined ? error.message : `${error.message} (${error.hint})`,
  };
}
