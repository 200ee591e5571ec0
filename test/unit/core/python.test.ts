import { describe, expect, test } from "bun:test";
import { readDocument } from "../../../src/core/document.ts";
import { printJson } from "../../../src/core/json.ts";
import { pythonRepr } from "../../../src/core/python-text.ts";

const read = (text: string, file = "params.py") => readDocument(new TextEncoder().encode(text), file);

describe("readDocument() of a .py file", () => {
  test("takes literals of the module, of classes and of __init__", async () => {
    const text = [
      '"""Docs."""',
      "import os",
      "LR = 0.01; EPOCHS: int = 1_000",
      "NAME = 'a' 'b'",
      "LAYERS = [64, 32,  # comment",
      "          16]",
      "PAIR = (1, 'x')",
      "DOUBLE = LR * 2",
      "FROM_ENV = os.environ['X']",
      "BIG, SMALL = 1, 2",
      "class Train:",
      "    seed = -7",
      "    def __init__(self):",
      "        self.momentum = 0.9",
      "        local = 3",
      "    def other(self):",
      "        self.no = 1",
      "if True:",
      "    HIDDEN = None",
      "FLAG = True",
      "D = {'a': {'b': 1e-3}}",
    ].join("\n");
    const value = printJson(await read(text));
    expect(value).toContain('"LR": 0.01');
    expect(value).toContain('"EPOCHS": 1000');
    expect(value).toContain('"NAME": "ab"');
    expect(value).toContain('"LAYERS": [64, 32, 16]');
    expect(value).toContain('"Train": {"seed": -7, "momentum": 0.9}');
    expect(value).toContain('"D": {"a": {"b": 0.001}}');
    expect(value).toContain('"FLAG": true');
    for (const absent of ["DOUBLE", "FROM_ENV", "local", '"no"']) expect(value).not.toContain(absent);
  });

  test("names file and line of what is no Python", async () => {
    expect(read("A = 1\nB = [1, 2\n")).rejects.toThrow(/params\.py:\d/);
    expect(read("A = 'open\n")).rejects.toThrow("params.py:1");
  });
});

test("readDocument() takes the suffix for the format, and YAML for any other", async () => {
  expect(printJson(await read('{"a": NaN}', "m.json"))).toBe('{"a": NaN}');
  expect(printJson(await read("a = 1\n[b]\nc = 1.0", "m.toml"))).toBe('{"a": 1, "b": {"c": 1.0}}');
  expect(printJson(await read("a: 1e3", "m.metric"))).toBe('{"a": 1000.0}');
  expect(read('{"a": 1,\n}', "m.json")).rejects.toThrow("m.json:2");
  expect(read("a: 1\na: 2", "m.yaml")).rejects.toThrow("m.yaml:2");
});

test.each([
  ["it's", `"it's"`],
  [`it's "x"`, `'it\\'s "x"'`],
  ["a\nb\\", "'a\\nb\\\\'"],
  ["\u00a0é\u200b😀", "'\\xa0é\\u200b😀'"],
])("pythonRepr(%j)", (text, wanted) => {
  expect(pythonRepr(text)).toBe(wanted);
});
