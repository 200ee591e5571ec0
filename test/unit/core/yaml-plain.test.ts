/** The reader of plain YAML beside the full one: a document marker in front sends a text to the latter. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { printJson } from "../../../src/core/json.ts";
import type { Value } from "../../../src/core/value.ts";
import { readYamlDocument } from "../../../src/core/yaml.ts";
import { readPlainYaml } from "../../../src/core/yaml-plain.ts";

async function outcome(text: string, shift: number): Promise<string> {
  try {
    const document = await readYamlDocument(text, "x.yaml");
    return `${kinds(document.value)} ${lines(document.value, (container, key) => (document.line(container, key) ?? shift) - shift)}`;
  } catch (error) {
    return `refused: ${error instanceof Error ? error.message.replaceAll(/:\d+(?::\d+)?: /g, ": ") : ""}`;
  }
}

const same = async (text: string): Promise<void> => expect(await outcome(text, 0)).toBe(await outcome(`---\n${text}`, 1));

const kinds = (value: Value): string => printJson(value);

function lines(value: Value, line: (container: Value, key: string | number) => number): string {
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${line(value, key)}${lines(item, line)}`).join()}}`;
  return Array.isArray(value) ? `[${value.map((item: Value, index) => `${line(value, index)}${lines(item, line)}`).join()}]` : "";
}

const files = [
  "schema: '2.0'\nstages:\n  a@1:\n    cmd: python x.py --a=1\n    deps:\n    - path: x y.py\n      md5: 1234567890123\n      size: 10\n    outs:\n    - path: z\nother:\n- 1\n-\n- ~\n",
  "a: 1 # one\n# two\nb: [1, 2.5, 'x, y', [true]]\nc: {d: 1e3, e: no}\nd:\n    e: .5\n    f: 2020-01-01\n",
  "- ${a}/b: \n    cache: false\n- c\n- d: 1\n  e:\n  - f\n  - g: h\n",
  "a:\n  cmd: python x.py \n    --b 1\n      ${c} [d\n  e:\n  - f\n   g h\n  - 1\n",
  "a:\n\n  b: c:d\n  e: http://x/y#z\n",
  "1: x\ntrue: y\nnull: z\n1.0: w\n",
  "",
  "# only a comment\n",
];

describe("readPlainYaml()", () => {
  test.each(files)("reads %j itself, as the full parser does", async (text) => {
    expect(readPlainYaml(text)).not.toBeNull();
    await same(text);
  });

  test.each([
    "a: b\n  c",
    "a: b\n\n  c",
    "a: b\n  c: d",
    "a: b\n  c:",
    "a: b\n  - c",
    "a: b #c\n  d",
    "a: b\n  #c\n  d",
    "a: b\n  c #d",
    "a: 'b'\n  c",
    "a: [b]\n  c",
    "- a\n b\n - c",
    "a: 1\na: 2",
    "a: 'it''s'",
    'a: "\\n"',
    "a: |\n  text\n",
    "a: >-\n  x\n  y\nb: 1",
    "a: &x 1\nb: *x",
    "<<: {a: 1}",
    "a: !!str 1",
    "? a\n: b",
    "a:\n\t- b",
    "- - a",
    "a: b: c",
    "a: [1,\n 2]",
    "a: [1, 2",
    "a: {b}",
    "a: {b:1}",
    "a: [b: 1]",
    "text",
    "a: 1\n b: 2",
    "a:\n  - b\n - c",
    "a: 1\n- b",
    "- a\nb: 1",
    "a: @x",
    "a: `x",
    "a: 'x' y",
    "a: - b",
    "a:b",
    "a : b",
    "a:  # comment\n  b: 1",
    "a: x#y\nb: x #y",
    "key with spaces: v",
    "a: [x , y ]\nb: [ ]\nc: { }",
    "a: [1, 2,]",
  ])("%j means the same in both", same);

  test("random documents mean the same in both", async () => {
    const scalar = fc.constantFrom(
      "1",
      "1.0",
      "-3",
      "0x1f",
      "x",
      "x y",
      "true",
      "null",
      "~",
      "'q: r'",
      '"s"',
      "1e-4",
      "${a.b}",
      "a:b",
      "[1, x]",
      "{a: 1}",
      "",
      "[",
      "- x",
      "x: y",
      "#c",
      "x #c",
      "*r",
      "|",
      "2020-02-30",
      "é",
    );
    const key = fc.constantFrom("a", "b", "c d", "1", "x@y", "${p}/q.json", "'k'", "-x", "k:");
    const line = fc
      .tuple(fc.nat(4), fc.boolean(), fc.boolean(), key, scalar)
      .map(([indent, dash, pair, name, text]) => " ".repeat(indent) + (dash ? "- " : "") + (pair ? `${name}: ` : "") + text);
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 7 }), async (all) => same(`${all.join("\n")}\n`)),
      { numRuns: 1_000, seed: 7 },
    );
  });

  test("a list of ten thousand entries is read at once", () => {
    const text = Array.from({ length: 10_000 }, (_, index) => `- path: f${index}\n  md5: x\n`).join("");
    expect(readPlainYaml(text)?.value).toHaveLength(10_000);
  });
});
