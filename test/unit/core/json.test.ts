import { expect, test } from "bun:test";
import { CmlError } from "../../../src/core/error.ts";
import { printJson, readJson } from "../../../src/core/json.ts";

test("readJson() keeps 1 apart from 1.0, big integers and Python's constants", () => {
  const value = readJson(
    '{"a": 1, "b": 1.0, "c": 12345678901234567890, "d": [NaN, Infinity, -Infinity, 1e5, -0.0, true, null]}',
    "m.json",
  );
  expect(printJson(value)).toBe(
    '{"a": 1, "b": 1.0, "c": 12345678901234567890, "d": [NaN, Infinity, -Infinity, 100000.0, -0.0, true, null]}',
  );
});

test("readJson() treats __proto__ as a key and keeps the last of equal keys", () => {
  expect(printJson(readJson('{"__proto__": 1, "a": 1, "a": 2}', "m"))).toBe('{"__proto__": 1, "a": 2}');
});

test("readJson() names file, line and column", () => {
  for (const [text, place] of [
    ['{"a": 1,\n "b": }', "m.json:2:7: not valid JSON: unexpected character `}`"],
    ["", "m.json:1:1: not valid JSON: unexpected end"],
    ['{"a": 1} x', "m.json:1:10: not valid JSON: text after the end of the document"],
    ['["\t"]', "m.json:1:3: not valid JSON: control character in a string"],
    ['["a', "m.json:1:4: not valid JSON: string without end"],
    ['["\\x"]', "m.json:1:4: not valid JSON: unknown escape in a string"],
    ["{a: 1}", "m.json:1:2: not valid JSON: expected a key in double quotes"],
    ["[1 2]", "m.json:1:4: not valid JSON: expected `,` or `]`"],
    ["[".repeat(2000), "m.json:1:502: not valid JSON: nested deeper than 500 levels"],
  ] as const) {
    expect(() => readJson(text, "m.json")).toThrow(place);
  }
  try {
    readJson("[\n\n?", "m.json");
  } catch (error) {
    expect(error instanceof CmlError && error.details).toEqual({ file: "m.json", line: 3 });
  }
});

test("readJson() reads escapes and surrogates", () => {
  expect(readJson(String.raw`"\u00e9\n\"\\\/\ud83d\ude00"`, "m")).toBe('é\n"\\/😀');
});

test("printJson() prints as json.dumps, with indent and without ASCII escapes on demand", () => {
  expect(printJson({ a: ["é", undefined], b: undefined, c: new Map() })).toBe('{"a": ["\\u00e9", null], "c": {}}');
  expect(printJson({ a: [1n, 2.5] }, { indent: 2 })).toBe('{\n  "a": [\n    1,\n    2.5\n  ]\n}');
  expect(printJson("é\u007f/", { ascii: false })).toBe('"é\u007f/"');
});
