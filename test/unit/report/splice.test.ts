import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { imageSpots, spliceImages } from "../../../src/report/splice.ts";

async function spliced(markdown: string, known: Readonly<Record<string, string>>): Promise<string> {
  const image = (address: string) => ({ name: address, mediaType: "image/png", bytes: new Uint8Array() });
  return spliceImages(
    markdown,
    async (address) => (Object.hasOwn(known, address) ? image(address) : null),
    async (images) => images.map(({ name }) => known[name] ?? ""),
  );
}

describe("spliceImages()", () => {
  test.each([
    ["![a](p.png)", "![a](URL)"],
    ["![a](<p q.png> 'x')", "![a](<URL> 'x')"],
    ["[![a](p.png)](p.png)", "[![a](URL)](p.png)"],
    // In the alternative text an image is words.
    ["![![n](p.png)](p.png)", "![![n](p.png)](URL)"],
    ["| a |\n| - |\n| ![a](p.png) |", "| a |\n| - |\n| ![a](URL) |"],
    ["> ![a](p.png)", "> ![a](URL)"],
    ["- ![a](p.png)\n\n  ![b](p.png)", "- ![a](URL)\n\n  ![b](URL)"],
    ["<img src=p.png>", '<img src="URL">'],
    ['<p><IMG alt="x > y" SRC="p.png" /></p>', '<p><IMG alt="x > y" SRC="URL" /></p>'],
    ["<details>\n\n![a](p.png)\n\n</details>", "<details>\n\n![a](URL)\n\n</details>"],
    ["<picture><source srcset=p.png><img src='p.png'></picture>", "<picture><source srcset=p.png><img src='URL'></picture>"],
    ["![a][r]\n\n[r]: p.png", "![a][r]\n\n[r]: URL"],
    ['![r]\n\n[r]: <p.png> "t"', '![r]\n\n[r]: <URL> "t"'],
  ])("%p", async (before, after) => {
    expect(await spliced(before, { "p.png": "URL", "p q.png": "URL" })).toBe(after);
  });

  test.each([
    "[a](p.png)",
    "[l][r]\n\n[r]: p.png",
    "`![a](p.png)`",
    "```\n![a](p.png)\n```",
    "    ![a](p.png)",
    "<!-- <img src=p.png> -->",
    "\\![a](p.png)",
    "![a] (p.png)",
    "- [ ] task ![a](other.png)",
  ])("%p stays", async (text) => {
    expect(await spliced(text, { "p.png": "URL" })).toBe(text);
  });

  test("without local images every text comes out byte for byte", () => {
    const part = fc.constantFrom(
      "![a](x.png)",
      "\n\n",
      "- [ ] t\n",
      "> [!NOTE]\n> n\n",
      "$a_b$",
      "\\*",
      "<img src=x>",
      "| a |\n|-|\n",
      "```\n",
      "é🚀",
      "\r\n",
      "[r]: x\n",
    );
    return fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(part, fc.string()), { maxLength: 20 }), async (parts) => {
        const text = parts.join("");
        expect(await spliced(text, {})).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  test("a long text is parsed in part, with the same result", async () => {
    const filler = `## T\n\n| a | b |\n| - | - |\n${"| 1 | 2 |\n".repeat(500)}\n`;
    const text = `![a](p.png)\n\n${filler.repeat(12)}![r][ref] <img src='p.png'>\n\n${filler}\n[ref]: p.png\n\n\`\`\`\n![no](p.png)\n\`\`\`\n`;
    expect(text.length).toBeGreaterThan(50_000);
    const spots = await imageSpots(text);
    expect(spots.map(({ start, end }) => text.slice(start, end))).toEqual(["p.png", "p.png", "p.png"]);
    expect((await spliced(text, { "p.png": "URL" })).match(/URL/g)).toHaveLength(3);
  });
});
