import { expect, test } from "bun:test";
import { formatFloat, roundDecimals } from "../../../src/core/number.ts";

test("formatFloat() prints as Python's repr", () => {
  for (const [n, text] of [
    [0, "0.0"],
    [-0, "-0.0"],
    [1, "1.0"],
    [0.1, "0.1"],
    [1e-4, "0.0001"],
    [1e-5, "1e-05"],
    [1.5e-7, "1.5e-07"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [123456789012345680, "1.2345678901234568e+17"],
    [1e22, "1e+22"],
    [1e300, "1e+300"],
    [5e-324, "5e-324"],
    [123.456, "123.456"],
    [Number.NaN, "nan"],
    [Number.POSITIVE_INFINITY, "inf"],
    [Number.NEGATIVE_INFINITY, "-inf"],
    [-2.5, "-2.5"],
    [0.00123, "0.00123"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [9007199254740992, "9007199254740992.0"],
  ] as const) {
    expect(formatFloat(n)).toBe(text);
  }
});

test("roundDecimals() rounds the exact binary value, ties to even, as Python's round", () => {
  for (const [n, digits, result] of [
    [1 / 64, 5, 0.01562],
    [3 / 64, 5, 0.04688],
    [0.5, 0, 0],
    [1.5, 0, 2],
    [2.5, 0, 2],
    [2.675, 2, 2.67],
    [1e-10, 5, 0],
    [-1 / 64, 5, -0.01562],
    [1e300, 5, 1e300],
    [1234.5, -2, 1200],
    [0.1, 400, 0.1],
    [4e-300, 5, 0],
    [0.123456789, 5, 0.12346],
  ] as const) {
    expect(roundDecimals(n, digits)).toBe(result);
  }
  expect(Object.is(roundDecimals(-1e-10, 5), -0)).toBe(true);
  expect(roundDecimals(Number.NaN, 2)).toBeNaN();
});
