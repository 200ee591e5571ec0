import { UnavailableError } from "../core/error.ts";
import type { Clock } from "../host/host.ts";

/** A credential that may have to be fetched and renewed. */
export interface CredentialSource<T> {
  /** The value when it is at hand and fresh: the usual case costs no promise. */
  current(): T | Promise<T>;
  /** The server calls the value expired: forgets it. False when there is no way to another. */
  expire(): boolean;
}

/** A value that stays as it is. */
export function fixed<T>(value: T): CredentialSource<T> {
  return { current: () => value, expire: () => false };
}

/** Time before the end at which a new one is fetched, so that no request is sent with one that ends on its way. */
const marginMs = 5 * 60_000;

/**
 * Fetched on first use, once for all who wait, and again before it ends. A failed fetch is told to all who wait and tried anew by the next.
 * `expiresMs` is the end of a value, null when it has none.
 */
export function renewing<T>(
  fetch: () => Promise<T>,
  expiresMs: (value: T) => number | null,
  clock: Pick<Clock, "now">,
): CredentialSource<T> {
  let known: { readonly value: T; readonly renewAt: number } | null = null;
  let pending: Promise<T> | null = null;
  const renew = (): Promise<T> =>
    (pending ??= fetch()
      .then((value) => {
        const end = expiresMs(value);
        known = { value, renewAt: end === null ? Number.POSITIVE_INFINITY : end - Math.min(marginMs, (end - clock.now()) / 2) };
        return value;
      })
      .finally(() => {
        pending = null;
      }));
  return {
    current: () => (known !== null && clock.now() < known.renewAt ? known.value : renew()),
    expire() {
      known = null;
      return true;
    },
  };
}

/** The failure of the network that a library has wrapped into its own errors; null when the service has answered. */
export function networkFailure(error: unknown, what: string): UnavailableError | null {
  for (let each = error, depth = 0; each instanceof Error && depth < 6; each = each.cause, depth += 1)
    if (each instanceof UnavailableError)
      return new UnavailableError(`${what}: ${each.message}`, { cause: each.cause, hint: each.hint });
  return null;
}
