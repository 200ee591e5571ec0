/** Charts with the pictures another program draws of them, and bad ones with what is to happen: `CML_SHARED` names their folder. */
import { describe, expect } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { PNG } from "pngjs";
import { differences } from "../support/picture.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runBinary } from "../support/run.ts";
import { unless } from "../support/skip.ts";

const shared = process.env["CML_SHARED"] ?? "";
const charts = join(shared, "fixtures", "charts");
const there = shared !== "" && existsSync(charts);
const withCharts = unless(there ? undefined : "CML_SHARED does not name a folder with fixtures/charts");

interface Visible {
  readonly id: string;
  readonly file: string;
  readonly nondeterministic?: boolean;
}

interface Bad {
  readonly file: string;
  readonly exit: number | string;
  readonly stderrContains: readonly string[];
  readonly outputAbsent: boolean;
}

function read<T>(path: string): T {
  return JSON.parse(there ? readFileSync(join(charts, path), "utf8") : "[]");
}

describe("reference pictures", () => {
  withCharts(
    "at least 49 of 51 charts are drawn as the reference",
    async () => {
      const out = await temporaryFolder();
      const failed: string[] = [];
      const index = read<Visible[]>("visible/index.json");
      for (const { id, file, nondeterministic } of index) {
        const path = join(out, `${id}.png`);
        const drawn = await runBinary(["render", file, "-o", path, "--scale", "1"], { cwd: join(charts, "visible") });
        if (drawn.code !== 0) {
          failed.push(`${id}: ${drawn.stderr}`);
          continue;
        }
        const picture = (name: string): PNG => PNG.sync.read(readFileSync(name));
        const found = differences(picture(join(charts, "visible", "oracle", `${id}.png`)), picture(path));
        const why = nondeterministic === true ? found.filter((each) => each.startsWith("size")) : found;
        if (why.length > 0) failed.push(`${id}: ${why.join(", ")}`);
      }
      expect(index.length).toBe(51);
      expect(failed.length, failed.join("\n")).toBeLessThanOrEqual(2);
    },
    300_000,
  );
});

describe("bad charts", () => {
  for (const { file, exit, stderrContains, outputAbsent } of read<Bad[]>("bad/index.json")) {
    withCharts(
      basename(file),
      async () => {
        const out = join(await temporaryFolder(), "out.png");
        const drawn = await runBinary(["render", file, "-o", out], { cwd: join(charts, "bad") });
        if (typeof exit === "number") expect(drawn.code).toBe(exit);
        else expect([0, 1]).toContain(drawn.code);
        for (const text of stderrContains) expect(drawn.stderr).toContain(text);
        if (outputAbsent) expect(existsSync(out)).toBe(false);
        if (drawn.code === 0) expect(existsSync(out)).toBe(true);
        expect(drawn.stderr).not.toContain("this is a bug");
      },
      60_000,
    );
  }
});
