import { assertNever } from "./text.ts";

/**
 * Why something failed, by what the caller can do about it. Exit codes: 1 input, not-found, conflict, integrity;
 * 2 usage; 3 config; 4 auth; 5 unavailable; 6 unsupported; 7 capacity; 8 gate; 130 and 143 cancelled; 70 a bug.
 */
export type ErrorKind =
  | "usage"
  | "config"
  | "auth"
  | "unavailable"
  | "unsupported"
  | "capacity"
  | "gate"
  | "input"
  | "not-found"
  | "conflict"
  | "integrity"
  | "cancelled";

export interface ErrorOptions {
  /** One sentence that says what to do next. */
  hint?: string | undefined;
  cause?: unknown;
  /** Safe key-values for `--log debug` and JSON; never a secret. */
  details?: Readonly<Record<string, string | number | boolean | null>> | undefined;
  retryable?: boolean | undefined;
}

/** Base of every expected failure. `message` is one line: lower case, no final stop, no secret. */
export class CmlError extends Error {
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  readonly retryable: boolean;

  constructor(kind: ErrorKind, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.kind = kind;
    this.hint = options.hint;
    this.details = options.details ?? {};
    this.retryable = options.retryable ?? false;
  }
}

/** Wrong flag, operand or combination of them. `usage` is the usage line of the command, where known. */
export class UsageError extends CmlError {
  readonly usage: string | undefined;
  constructor(message: string, options: ErrorOptions & { usage?: string | undefined } = {}) {
    super("usage", message, options);
    this.usage = options.usage;
  }
}

/** A missing or contradictory setting or variable; the message lists every missing item. */
export class ConfigError extends CmlError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("config", message, options);
  }
}

/** 401, 403, expired or too weak a credential. The message says which one was used and where it came from. */
export class AuthError extends CmlError {
  /** 401: the credential is unknown. 403: it is known and may not. */
  readonly status: 401 | 403;
  constructor(message: string, options: ErrorOptions & { status?: 401 | 403 } = {}) {
    super("auth", message, options);
    this.status = options.status ?? 403;
  }
}

/** Time-outs, 429, 5xx, DNS and resets after all retries; another try later may help. */
export class UnavailableError extends CmlError {
  readonly retryAfterMs: number | undefined;
  constructor(message: string, options: ErrorOptions & { retryAfterMs?: number | undefined } = {}) {
    super("unavailable", message, { retryable: true, ...options });
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A driver lacks a capability; the message names both. */
export class UnsupportedError extends CmlError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("unsupported", message, options);
  }
}

/** Quota, stock or spot capacity; the next candidate outside `scope` may do. */
export class CapacityError extends CmlError {
  readonly scope: "zone" | "region" | "type" | "cloud";
  constructor(message: string, options: ErrorOptions & { scope: "zone" | "region" | "type" | "cloud" }) {
    super("capacity", message, options);
    this.scope = options.scope;
  }
}

/** A gate of the report failed; the report itself was posted. */
export class GateError extends CmlError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("gate", message, options);
  }
}

/** A file or document of the user is not what it should be or exceeds a limit; the message names file and place. */
export class InputError extends CmlError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("input", message, options);
  }
}

/** A named thing is missing where it is needed. */
export class NotFoundError extends CmlError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("not-found", message, options);
  }
}

/** It exists already, its state moved, or a lock is held. */
export class ConflictError extends CmlError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("conflict", message, options);
  }
}

/** A checksum that differs, a truncated body, an answer that cannot be decoded. */
export class IntegrityError extends CmlError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("integrity", message, options);
  }
}

/** SIGINT or SIGTERM; nothing is printed. */
export class CancelledError extends CmlError {
  readonly signal: "SIGINT" | "SIGTERM";
  constructor(signal: "SIGINT" | "SIGTERM", options: ErrorOptions = {}) {
    super("cancelled", `cancelled by ${signal}`, options);
    this.signal = signal;
  }
}

/** Exit code of a failure; anything that is no `CmlError` is a bug: 70. */
export function exitCode(error: unknown): number {
  if (!(error instanceof CmlError)) return 70;
  switch (error.kind) {
    case "input":
    case "not-found":
    case "conflict":
    case "integrity":
      return 1;
    case "usage":
      return 2;
    case "config":
      return 3;
    case "auth":
      return 4;
    case "unavailable":
      return 5;
    case "unsupported":
      return 6;
    case "capacity":
      return 7;
    case "gate":
      return 8;
    case "cancelled":
      return error instanceof CancelledError && error.signal === "SIGINT" ? 130 : 143;
    default:
      return assertNever(error.kind);
  }
}
