import { expect, test } from "bun:test";
import fc from "fast-check";
import { blocksOf } from "../../../src/report/block.ts";
import { fit, measure } from "../../../src/report/fit.ts";

const pieces = [
  "para one\nsecond line\n\n",
  "# Heading\n\n",
  "## H\ntext right below\n\n",
  "| a | b |\n| - | - |\n| 1 | 🚀 |\n\n",
  "```js\nlet x\n\n# no heading\n```\n\n",
  "~~~~\n```\n\n~~~\n~~~~\n\n",
  "- item\n\n  more\n- second\n\n      code\n\n",
  "1. one\n   ```\n\n   ```\n2. two\n\n",
  "> quote\n> ```\n> x\n\n",
  "<details><summary>s</summary>\n\n# inside\n\n<details>\n\nx\n\n</details>\n\n</details>\n\n",
  "<!-- a\n\n# no\n\n-->\n\n",
  "<pre>\n\n# no\n</pre>\n\n",
  "[ref]: http://x.y 'T'\n\n",
  "    code\n\n    more\n\n",
  "ümläut\r\n\r\n",
  "\n\n",
];

test("blocksOf() joined is the text, and nothing that is open is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (chosen) => {
      const text = chosen.join("");
      const blocks = blocksOf(text);
      expect(blocks.map((block) => block.text).join("")).toBe(text);
      for (const { text: block } of blocks) {
        expect((block.match(/<details/g) ?? []).length).toBe((block.match(/<\/details>/g) ?? []).length);
        expect((block.match(/<!--/g) ?? []).length).toBe((block.match(/-->/g) ?? []).length);
        expect(block).not.toMatch(/^\| 1/);
      }
    }),
    { numRuns: 500 },
  );
});

test("blocksOf() keeps a heading with what follows it", () => {
  expect(blocksOf("# A\n\none\n\ntwo\n\n## B\n\n```\n\n```\n").map((block) => block.text)).toEqual([
    "# A\n\none\n\n",
    "two\n\n",
    "## B\n\n```\n\n```\n",
  ]);
});

test("fit() stays within bytes and code points, and every block is kept or moved", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 60, max: 600 }),
      (chosen, size) => {
        const text = chosen.join("");
        const budget = { bytes: size, codePoints: Math.ceil(size * 0.8) };
        const fitted = fit(text, budget, (moved) => `*${moved} parts did not fit*\n`);
        const used = measure(fitted.text);
        expect(used.bytes).toBeLessThanOrEqual(Math.max(budget.bytes, 30));
        expect(used.codePoints).toBeLessThanOrEqual(Math.max(budget.codePoints, 30));
        if (fitted.moved === "") expect(fitted.text).toBe(text);
        for (const block of blocksOf(text))
          expect(fitted.text.includes(block.text.trimEnd()) || fitted.moved.includes(block.text)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test("blocksOf() is quick on a megabyte of tables", () => {
  const text = `## T\n\n| a | b |\n| - | - |\n${"| 🚀 | ü |\n".repeat(2000)}\n`.repeat(40);
  const started = performance.now();
  expect(blocksOf(text)).toHaveLength(40);
  expect(performance.now() - started).toBeLessThan(2000);
});
