import { AuthError, CmlError, NotFoundError, UnavailableError } from "../core/error.ts";

/** What a failed call was about, in words for people. */
export interface Purpose {
  /** `comment on #3 of o/r`. */
  readonly what: string;
  /** Permission or scope the token needs, as the user has to write it. */
  readonly needs: string;
}

/**
 * Rewords a failure of a forge call by what the user can do: a 403 names the permission, a 404 both of its causes. A 403 that
 * is a rate limit (`Retry-After`, or none remaining) is for the HTTP layer and passes through as it came.
 */
export function explain(error: unknown, purpose: Purpose): unknown {
  if (error instanceof AuthError) {
    const hint =
      error.status === 401
        ? error.hint
        : `${error.hint === undefined ? "" : `${error.hint}; `}the token needs \`${purpose.needs}\``;
    return new AuthError(`cannot ${purpose.what}: ${error.message}`, {
      status: error.status,
      hint,
      cause: error.cause,
      details: error.details,
    });
  }
  if (error instanceof NotFoundError) {
    return new NotFoundError(`cannot ${purpose.what}: ${error.message}`, {
      hint: error.hint ?? "it is not there, or the token has no access to it",
      cause: error.cause,
      details: error.details,
    });
  }
  if (error instanceof UnavailableError) {
    return new UnavailableError(`cannot ${purpose.what}: ${error.message}`, {
      hint: error.hint,
      cause: error.cause,
      details: error.details,
      retryAfterMs: error.retryAfterMs,
    });
  }
  return error;
}

/** Status of the answer behind a failure, where there was one. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof CmlError ? error.details["status"] : undefined;
  return typeof status === "number" ? status : undefined;
}
