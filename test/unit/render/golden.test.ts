/** The project's own charts: SVG exact, PNG by distance. `CML_UPDATE_GOLDEN=1` writes them anew. */
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import { openRenderer } from "../../../src/render/renderer.ts";
import { testHost } from "../../support/memory-host.ts";
import { differences } from "../../support/picture.ts";

const folder = join(import.meta.dir, "..", "..", "golden", "chart");
const update = process.env["CML_UPDATE_GOLDEN"] === "1";
const { host } = await testHost();
const renderer = openRenderer(host, { timeoutMs: 60_000, memoryBytes: 4e9 });
afterAll(() => renderer.close());

describe("golden charts", () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
    test(
      file,
      async () => {
        const chart = { name: file, text: readFileSync(join(folder, file), "utf8"), base: folder };
        const path = join(folder, file.replace(/\.v[lg]\.json$/, ""));
        const svg = await renderer.svg(chart);
        const png = await renderer.png(chart, { scale: 1 });
        if (update || !existsSync(`${path}.svg`)) {
          writeFileSync(`${path}.svg`, svg);
          writeFileSync(`${path}.png`, png.bytes);
        }
        expect(svg).toBe(readFileSync(`${path}.svg`, "utf8"));
        expect(differences(PNG.sync.read(readFileSync(`${path}.png`)), PNG.sync.read(Buffer.from(png.bytes)))).toEqual([]);
      },
      60_000,
    );
  }
});
