import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { decode } from "../../../src/core/decode.ts";
import { IntegrityError } from "../../../src/core/error.ts";
import { decodeText, errorAt, placeOf } from "../../../src/core/place.ts";
import { lookup } from "../../../src/core/table.ts";
import { assertNever, compareCodePoints } from "../../../src/core/text.ts";

describe("compareCodePoints()", () => {
  test("orders as Python's sorted does", () => {
    const words = ["b", "a", "B", "é", "\u{1f600}", "\ue000", "", "aa", "\uffff"];
    expect(words.toSorted(compareCodePoints)).toEqual(["", "B", "a", "aa", "b", "é", "\ue000", "\uffff", "\u{1f600}"]);
  });

  test("is a total order that agrees with code points", () => {
    const points = (text: string): number[] => Array.from(text, (char) => char.codePointAt(0) ?? 0);
    const byPoints = (a: string, b: string): number => {
      const [x, y] = [points(a), points(b)];
      const index = x.findIndex((point, at) => point !== y[at]);
      return index < 0 ? x.length - y.length : y[index] === undefined ? 1 : (x[index] ?? 0) - (y[index] ?? 0);
    };
    const text = fc.string({ unit: "binary" });
    fc.assert(fc.property(text, text, (a, b) => Math.sign(compareCodePoints(a, b)) === Math.sign(byPoints(a, b))));
  });
});

test("assertNever() throws what came", () => {
  // @ts-expect-error: a value that the types exclude
  expect(() => assertNever("x")).toThrow("unexpected value: x");
});

describe("decode()", () => {
  const schema = v.object({ items: v.array(v.object({ id: v.number() })) });
  test("answers the typed value", () => {
    expect(decode(schema, { items: [{ id: 1, extra: true }] }, "the list")).toEqual({ items: [{ id: 1 }] });
  });
  test("names what, where and why", () => {
    expect(() => decode(schema, { items: [{ id: 1 }, { id: "2" }] }, "the list")).toThrow(
      "the list: unexpected answer at `items.1.id`: ",
    );
    expect(() => decode(schema, null, "the list")).toThrow(IntegrityError);
  });
});

describe("places in files", () => {
  test("placeOf() counts from 1", () => {
    expect([placeOf("ab\ncd", 0), placeOf("ab\ncd", 3), placeOf("ab\ncd", 5)]).toEqual([
      { line: 1, column: 1 },
      { line: 2, column: 1 },
      { line: 2, column: 3 },
    ]);
  });
  test("errorAt() gives file and line to whoever points at them", () => {
    const error = errorAt("dvc.yaml", { line: 4, column: 2 }, "bad indentation");
    expect(error.message).toBe("dvc.yaml:4:2: bad indentation");
    expect(error.details).toEqual({ file: "dvc.yaml", line: 4 });
  });
  test("decodeText() removes a byte-order mark and refuses what is no UTF-8", () => {
    expect(decodeText(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]), "f")).toBe("a");
    expect(() => decodeText(new Uint8Array([0xff, 0xfe]), "report.md")).toThrow("report.md: not valid UTF-8 text");
  });
});

describe("lookup()", () => {
  const table = { github: { title: "GitHub", aliases: ["gh"] }, gitea: { title: "Gitea" } };
  test("finds by id and alias, in any case", () => {
    expect([lookup(table, "GitHub", "forge").title, lookup(table, "gh", "forge").title]).toEqual(["GitHub", "GitHub"]);
  });
  test("names the known ones for an unknown", () => {
    expect(() => lookup(table, "svn", "forge")).toThrow("unknown forge: `svn`");
    expect(() => lookup(table, "toString", "forge")).toThrow("unknown forge");
  });
});
