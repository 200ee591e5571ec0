import { describe, expect, test } from "bun:test";
import {
  AuthError,
  CancelledError,
  CapacityError,
  ConfigError,
  ConflictError,
  exitCode,
  GateError,
  InputError,
  IntegrityError,
  NotFoundError,
  UnavailableError,
  UnsupportedError,
  UsageError,
} from "../../../src/core/error.ts";

describe("exitCode()", () => {
  const table = [
    [new InputError("x"), 1],
    [new NotFoundError("x"), 1],
    [new ConflictError("x"), 1],
    [new IntegrityError("x"), 1],
    [new UsageError("x"), 2],
    [new ConfigError("x"), 3],
    [new AuthError("x"), 4],
    [new UnavailableError("x"), 5],
    [new UnsupportedError("x"), 6],
    [new CapacityError("x", { scope: "zone" }), 7],
    [new GateError("x"), 8],
    [new CancelledError("SIGINT"), 130],
    [new CancelledError("SIGTERM"), 143],
    [new Error("x"), 70],
    ["text", 70],
    [undefined, 70],
  ] as const;
  for (const [error, code] of table) {
    test(`of ${error instanceof Error ? `${error.constructor.name} (${error.message})` : typeof error} is ${code}`, () => {
      expect(exitCode(error)).toBe(code);
    });
  }
});

test("an error carries its hint, cause and details, and knows whether another try helps", () => {
  const cause = new Error("below");
  const error = new InputError("bad file", { hint: "mend it", cause, details: { line: 3 } });
  expect(error).toMatchObject({ message: "bad file", hint: "mend it", cause, details: { line: 3 }, retryable: false });
  expect(new UnavailableError("x").retryable).toBe(true);
  expect("cause" in new InputError("x")).toBe(false);
});
