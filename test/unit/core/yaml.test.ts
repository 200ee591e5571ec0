import { expect, test } from "bun:test";
import { printJson } from "../../../src/core/json.ts";
import { CalendarDate } from "../../../src/core/value.ts";
import { readYaml, readYamlDocument } from "../../../src/core/yaml.ts";

const json = async (text: string): Promise<string> => printJson(await readYaml(text, "p.yaml"));

test("readYaml() reads scalars as ruamel's YAML 1.2 loader", async () => {
  for (const [text, result] of [
    ["yes", '"yes"'],
    ["off", '"off"'],
    ["010", "10"],
    ["0o10", "8"],
    ["0x1F", "31"],
    ["1_000", "1000"],
    ["1e3", "1000.0"],
    ["1e-4", "0.0001"],
    [".5", "0.5"],
    ["1.", "1.0"],
    ["12:30:45", '"12:30:45"'],
    ["2020-01-01", '"2020-01-01"'],
    ["~", "null"],
    ["null", "null"],
    ["", "null"],
    [".nan", "NaN"],
    ["-.inf", "-Infinity"],
    ["true", "true"],
    ["True", "true"],
    ["'1'", '"1"'],
    ['"1e3"', '"1e3"'],
    ["-5", "-5"],
    ["+5", "5"],
    ["1.0", "1.0"],
    ["12345678901234567890", "12345678901234567890"],
    ["1e", '"1e"'],
    ["-", "[null]"],
    ["!!str 5", '"5"'],
    ["!!float 5", "5.0"],
    ["a b", '"a b"'],
    ["0123abc", '"0123abc"'],
    ["2020-13-45", '"2020-13-45"'],
    ["2001-12-14t21:59:43.10-05:00", '"2001-12-15 02:59:43.100000"'],
    ["|\n 1\n", '"1\\n"'],
  ] as const) {
    expect([text, await json(text)]).toEqual([text, result]);
  }
  expect(await readYaml("2020-01-01", "p")).toBeInstanceOf(CalendarDate);
});

test("readYaml() applies anchors and merge keys and prints keys as Python", async () => {
  const text =
    "base: &b {lr: 1, k: [1, 2]}\nx:\n  <<: *b\n  lr: 2\ny: {<<: [{a: 1}, {a: 2, c: 3}]}\nz: *b\n1: int\n1.5: f\ntrue: t\n";
  expect(await json(text)).toBe(
    '{"base": {"lr": 1, "k": [1, 2]}, "x": {"lr": 2, "k": [1, 2]}, "y": {"a": 1, "c": 3}, "z": {"lr": 1, "k": [1, 2]}, "1": "int", "1.5": "f", "True": "t"}',
  );
});

test("readYaml() names the line of what is wrong", async () => {
  for (const [text, message] of [
    ["a: 1\nb: 2\na: 3\n", "p.yaml:3: not valid YAML: duplicate key `a`"],
    ["a: 1\nb: [1\nc: 3\n", "p.yaml:3"],
    ["a: !foo 1\n", "p.yaml:1: not valid YAML: unknown tag `!foo`"],
    ["a: 1\n<<<<<<< HEAD\nb: 1\n", "p.yaml:2:1: holds Git merge conflict markers"],
    ["a: *x\n", "p.yaml:1"],
    ["[a]: 1\n", "p.yaml:1: not valid YAML: a list or mapping cannot be a key"],
    ["a: 1\n---\nb: 2\n", "p.yaml"],
  ] as const) {
    await expect(readYaml(text, "p.yaml")).rejects.toThrow(message);
  }
});

test("readYaml() ends alias bombs and deep nesting", async () => {
  const bomb = [
    "a0: &a0 [1,1,1,1,1,1,1,1,1,1]",
    ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`),
  ].join("\n");
  await expect(readYaml(bomb, "p.yaml")).rejects.toThrow("aliases expand to more than");
  await expect(readYaml("[".repeat(50_000), "p.yaml")).rejects.toThrow("p.yaml:1");
  await expect(readYaml("[".repeat(300) + "]".repeat(300), "p.yaml")).rejects.toThrow("nested");
});

test("readYamlDocument() answers the line of a key", async () => {
  const document = await readYamlDocument("a:\n  b: 1\n  c:\n  - 1\n  - 2\n", "p");
  const a = document.value instanceof Map ? document.value.get("a") : null;
  expect(document.line(document.value, "a")).toBe(1);
  expect(document.line(a, "c")).toBe(3);
  expect(document.line(a instanceof Map ? a.get("c") : null, 1)).toBe(5);
  expect(document.line(a, "nope")).toBeNull();
});
