import { describe, expect, test } from "bun:test";
import { formatCell } from "../../../src/compare/cell.ts";
import { diffDocuments } from "../../../src/compare/dvc-diff.ts";
import { flatten } from "../../../src/compare/flatten.ts";
import { readDocument } from "../../../src/core/document.ts";
import type { Value } from "../../../src/core/value.ts";

const yaml = (text: string): Promise<Value> => readDocument(new TextEncoder().encode(text), "m.yaml");
const json = (text: string): Promise<Value> => readDocument(new TextEncoder().encode(text), "m.json");

/** `key old new diff` of each row. */
async function rows(old: string, now: string, all = false): Promise<string[]> {
  const shown = (value: Value | undefined): string => (value === undefined ? "none" : formatCell(value, null));
  return diffDocuments(await yaml(old), await yaml(now), all).map(
    (row) => `${row.name} ${shown(row.old)} ${shown(row.new)} ${shown(row.diff)}`,
  );
}

describe("diffDocuments()", () => {
  test("keeps integers and floats apart", async () => {
    expect(await rows("a: 1\nb: 1.0\nc: 10", "a: 3\nb: 2\nc: 10.5")).toEqual(["a 1 3 2", "b 1.0 2 1.0", "c 10 10.5 0.5"]);
    expect(await rows("a: 12345678901234567890", "a: 12345678901234567891")).toEqual([
      "a 12345678901234567890 12345678901234567891 1",
    ]);
  });
  test("equal across kinds is unchanged, shown with `all`", async () => {
    expect(await rows("a: 1", "a: 1.0")).toEqual([]);
    expect(await rows("a: true", "a: 1")).toEqual([]);
    expect(await rows("a: 7\nb: x", "a: 7\nb: x", true)).toEqual(["a 7 7 0", "b x x none"]);
  });
  test("a bool counts as a number, a text never", async () => {
    expect(await rows("a: true", "a: false")).toEqual(["a True False -1"]);
    expect(await rows('a: "1.5"', "a: 2")).toEqual(["a 1.5 2 none"]);
  });
  test("missing and null are the same", async () => {
    expect(await rows("a: 1\nb: null", "c: 2")).toEqual(["a 1 - none", "c - 2 none"]);
  });
  test("NaN never equals NaN, infinities equal themselves", async () => {
    expect(await rows("a: .nan\nb: .inf", "a: .nan\nb: .inf")).toEqual(["a nan nan nan"]);
    expect(await rows("a: .inf", "a: -.inf")).toEqual(["a inf -inf -inf"]);
  });
  test("lists are compared by their Python text, single items as themselves never", async () => {
    expect(await rows("a: [64, 32]\nb: ['x', 1.0, true, null]", "a: [64, 32, 16]\nb: []")).toEqual([
      "a [64, 32] [64, 32, 16] none",
      "b ['x', 1.0, True, None] [] none",
    ]);
  });
  test("a document that is no mapping answers every key with a text", async () => {
    expect(await rows("a: 1\nb: 2", "0.93")).toEqual(["a 1 unable to parse none", "b 2 unable to parse none"]);
  });
  test("keys are sorted by code point", async () => {
    const names = diffDocuments(new Map(), await json('{"\\ud83d\\ude00": 1, "\\uffee": 2, "a": 3}'), false).map(
      (row) => row.name,
    );
    expect(names).toEqual(["a", "\uffee", "\ud83d\ude00"]);
  });
  test("ten thousand keys are a matter of milliseconds", () => {
    const of = (add: number): Value =>
      new Map(Array.from({ length: 10_000 }, (_, index): [string, Value] => [`k${index}`, index + add + 0.5]));
    const started = performance.now();
    expect(diffDocuments(of(0), of(1), false)).toHaveLength(10_000);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

test("flatten() joins keys by dots and lets the later of two equal keys win", async () => {
  expect([...flatten(await json('{"d": {"x.y": 1}, "d.x": {"y": 2}, "e": {}, "__proto__": 3}'))]).toEqual([
    ["d.x.y", 2n],
    ["__proto__", 3n],
  ]);
});

test("formatCell() rounds like Python, half to even on the exact value", () => {
  expect(formatCell(1 / 64, 5)).toBe("0.01562");
  expect(formatCell(1e-10, 5)).toBe("0.0");
  expect(formatCell(560, 5)).toBe("560.0");
  expect(formatCell(7n, 5)).toBe("7");
  expect(formatCell(1e308, 5)).toBe("1e+308");
  expect(formatCell(0.1 + 0.2, null)).toBe("0.30000000000000004");
  expect(formatCell([0.123456, 1n], 2)).toBe("[0.12, 1]");
});
