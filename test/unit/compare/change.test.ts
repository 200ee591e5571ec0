import { describe, expect, test } from "bun:test";
import { classify, isSame, numberOf, relativeChange } from "../../../src/compare/change.ts";
import type { MetricChange } from "../../../src/compare/comparison.ts";

const change = (old: MetricChange["old"], now: MetricChange["new"]): MetricChange => ({
  file: "m.json",
  name: "m",
  old,
  new: now,
});
const verdict = (
  old: MetricChange["old"],
  now: MetricChange["new"],
  direction: "higher" | "lower" | "unknown" = "higher",
  min?: number,
): string => classify(change(old, now), direction, min).verdict;

describe("classify()", () => {
  test("judges by the direction", () => {
    expect(verdict(0.8, 0.9)).toBe("better");
    expect(verdict(0.9, 0.8)).toBe("worse");
    expect(verdict(0.9, 0.8, "lower")).toBe("better");
    expect(verdict(0.9, 0.8, "unknown")).toBe("changed");
  });

  test("a change below the smallest share is none, at it is one", () => {
    expect(verdict(1000, 1000.9)).toBe("unchanged");
    expect(verdict(1000, 1001)).toBe("better");
    expect(verdict(0.9, 0.91, "higher", 0.05)).toBe("unchanged");
    expect(verdict(0, 1e-9)).toBe("better");
  });

  test("NaN that stays is unchanged, NaN that comes is the worst news, NaN that goes is good", () => {
    expect(verdict(Number.NaN, Number.NaN)).toBe("unchanged");
    expect(classify(change(1, Number.NaN), "unknown")).toMatchObject({ verdict: "worse", severity: Number.POSITIVE_INFINITY });
    expect(verdict("nan", 0.5, "unknown")).toBe("better");
    expect(classify(change(undefined, Number.NaN), "higher").severity).toBeGreaterThan(1e300);
  });

  test("values that are no numbers, and sides that are missing", () => {
    expect(verdict("A", "A")).toBe("unchanged");
    expect(verdict("A", "B")).toBe("changed");
    expect(verdict(1, "broken")).toBe("changed");
    expect(verdict(true, false)).toBe("changed");
    expect(verdict(undefined, 1)).toBe("added");
    expect(verdict(1, undefined)).toBe("removed");
  });

  test("infinities and huge numbers do not overflow", () => {
    expect(verdict(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)).toBe("unchanged");
    expect(verdict(1, Number.POSITIVE_INFINITY, "lower")).toBe("worse");
    expect(relativeChange(1e308, -1e308)).toBe(-2);
    expect(verdict(-1e308, 1e308)).toBe("better");
    expect(verdict(12345678901234567890n, 12345678901234567890n)).toBe("unchanged");
  });
});

test("numberOf() reads DVCLive's words for NaN and infinities, and no other text", () => {
  expect(numberOf("inf")).toBe(Number.POSITIVE_INFINITY);
  expect(numberOf("-Infinity")).toBe(Number.NEGATIVE_INFINITY);
  expect(numberOf("NaN")).toBeNaN();
  expect(numberOf("1.5")).toBeNull();
  expect(numberOf(true)).toBeNull();
  expect(numberOf(7n)).toBe(7);
});

test("isSame() holds across integers and floats", () => {
  expect(isSame(1n, 1)).toBe(true);
  expect(isSame(Number.NaN, Number.NaN)).toBe(true);
  expect(isSame("1", 1n)).toBe(false);
});
