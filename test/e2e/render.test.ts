/** `cml render` and the programs of vega-cli as a user starts them. */
import { describe, expect, test } from "bun:test";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PNG } from "pngjs";
import { temporaryFolder } from "../support/folder.ts";
import { runBinary, runBinaryBytes } from "../support/run.ts";

const bars = {
  $schema: "https://vega.github.io/schema/vega-lite/v6.json",
  data: {
    values: [
      { a: "x", b: 2 },
      { a: "y", b: 5 },
    ],
  },
  mark: "bar",
  encoding: { x: { field: "a", type: "nominal" }, y: { field: "b", type: "quantitative" } },
};
const fromFile = (url: string): object => ({ ...bars, data: { url } });
const vegaRect = {
  $schema: "https://vega.github.io/schema/vega/v6.json",
  width: 40,
  height: 20,
  padding: 0,
  marks: [{ type: "rect", encode: { enter: { width: { value: 40 }, height: { value: 20 }, fill: { value: "#ff0000" } } } }],
};

async function folder(files: Readonly<Record<string, string | object>>): Promise<string> {
  const path = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return path;
}

const limit = 60_000;

describe("cml render", () => {
  test(
    "draws a PNG whose pixels follow --scale",
    async () => {
      const cwd = await folder({ "r.vg.json": vegaRect });
      const drawn = await runBinary(["render", "r.vg.json", "-o", "r.png", "--scale", "3"], { cwd });
      expect(drawn).toEqual({ code: 0, stdout: "", stderr: "" });
      const png = PNG.sync.read(readFileSync(join(cwd, "r.png")));
      expect([png.width, png.height]).toEqual([120, 60]);
      expect([...png.data.subarray(0, 4)]).toEqual([255, 0, 0, 255]);
    },
    limit,
  );

  test(
    "reads standard input and writes standard output",
    async () => {
      const svg = await runBinary(["render", "-", "--format", "svg"], { stdin: JSON.stringify(bars) });
      expect(svg.code).toBe(0);
      expect(svg.stdout).toStartWith("<svg");
      const png = await runBinaryBytes(["render", "-"], { stdin: JSON.stringify(vegaRect) });
      expect(PNG.sync.read(Buffer.from(png.stdout)).width).toBe(40);
    },
    limit,
  );

  test(
    "names the files of several charts and goes on after a failed one",
    async () => {
      const cwd = await folder({ "a.vl.json": bars, "bad.json": "{", "sub/b.vg.json": vegaRect });
      const drawn = await runBinary(["render", "a.vl.json", "bad.json", "sub/b.vg.json", "-o", "out", "--format", "svg"], {
        cwd,
      });
      expect(drawn.code).toBe(1);
      expect(drawn.stdout).toBe("out/a.svg\nout/b.svg\n");
      expect(drawn.stderr).toContain("bad.json: not valid JSON at 1:2");
      expect(existsSync(join(cwd, "out", "bad.svg"))).toBe(false);
    },
    limit,
  );

  test(
    "width, theme, background and config change the picture",
    async () => {
      const cwd = await folder({ "a.vl.json": bars, "config.json": { axis: { labelColor: "#123456" } } });
      const plain = await runBinary(["render", "a.vl.json", "--format", "svg"], { cwd });
      const args = ["--width", "333", "--theme", "dark", "--config", "config.json"];
      const changed = await runBinary(["render", "a.vl.json", "--format", "svg", ...args], { cwd });
      expect(changed.code).toBe(0);
      expect(changed.stdout).not.toBe(plain.stdout);
      expect(changed.stdout).toContain("#123456");
      expect(changed.stdout).toContain("#333"); // the dark theme's background
      const unknown = await runBinary(["render", "a.vl.json", "--theme", "none-such"], { cwd });
      expect(unknown.code).toBe(1);
      expect(unknown.stderr).toContain("the themes are");
    },
    limit,
  );

  for (const [type, text] of [
    ["csv", "a,b\nx,2\ny,5\n"],
    ["tsv", "a\tb\nx\t2\ny\t5\n"],
    ["json", JSON.stringify(bars.data.values)],
  ] as const) {
    test(
      `reads a ${type} file of its folder, and of --base`,
      async () => {
        const cwd = await folder({ "c/a.vl.json": fromFile(`data/t.${type}`), [`c/data/t.${type}`]: text });
        const drawn = await runBinary(["render", "c/a.vl.json", "--format", "svg"], { cwd });
        expect(drawn.stderr).toBe("");
        expect(drawn.stdout).toContain('aria-label="a: y; b: 5"');
        const based = await runBinary(["render", "-", "--format", "svg", "--base", "c"], {
          cwd,
          stdin: JSON.stringify(fromFile(`data/t.${type}`)),
        });
        expect(based.stdout).toContain('aria-label="a: y; b: 5"');
      },
      limit,
    );
  }

  test(
    "an image mark shows a picture of the chart's folder and no other",
    async () => {
      const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
      const cwd = await folder({});
      await writeFile(join(cwd, "dot.png"), Buffer.from(dot, "base64"));
      const spec = (url: string): string =>
        JSON.stringify({
          data: { values: [{ u: url }] },
          mark: { type: "image", width: 9, height: 9 },
          encoding: { url: { field: "u" } },
        });
      const drawn = await runBinary(["render", "-", "--format", "svg"], { cwd, stdin: spec("dot.png") });
      expect(drawn.stderr).toBe("");
      expect(drawn.stdout).toContain("data:image/png;base64,");
      for (const url of ["../dot.png", "http://127.0.0.1:9/x.png", "none.png"]) {
        const refused = await runBinary(["render", "-", "--format", "svg"], { cwd, stdin: spec(url) });
        expect([url, refused.code, refused.stdout]).toEqual([url, 1, ""]);
      }
    },
    limit,
  );
});

describe("what a chart may not", () => {
  const refused: readonly (readonly [what: string, spec: object | string, says: string])[] = [
    ["a file address", fromFile("file:///etc/passwd"), "file:///etc/passwd"],
    ["a web address", fromFile("https://user:secret@example.org/x.csv"), "example.org"],
    ["an address without scheme", fromFile("//example.org/x.csv"), "example.org"],
    ["an absolute path", fromFile("/etc/passwd"), "outside the chart's folder"],
    ["a way out", fromFile("../../etc/passwd"), "outside the chart's folder"],
    ["a link out", fromFile("out.csv"), "outside the chart's folder"],
    ["a linked folder", fromFile("etc/hostname"), "outside the chart's folder"],
    ["a file under .git", fromFile(".git/config"), "starts with a dot"],
    ["a dot-file", fromFile(".env"), "starts with a dot"],
    ["a folder", fromFile("data"), "no regular file"],
    ["a missing file", fromFile("none.csv"), "none.csv"],
    ["an unknown mark", { ...bars, mark: "barr" }, 'unknown mark "barr"'],
    ["invalid JSON", '{\n"mark": "bar",\n}', "not valid JSON at 3:1"],
    ["NaN", '{"data": {"values": [{"a": NaN}]}, "mark": "bar"}', "NaN"],
    ["a deep document", `${"[".repeat(5000)}${"]".repeat(5000)}`, "nested deeper"],
    ["20,000 by 20,000 pixels", { ...bars, width: 20_000, height: 20_000 }, "the limit is 64"],
    ["too many rows", { ...bars, data: { sequence: { start: 0, stop: 200_001, as: "b" } } }, "the limit is 200000"],
    ["neither language", { hello: 1 }, "neither Vega nor Vega-Lite"],
    ["a foreign schema", { $schema: "https://json-schema.org/draft/2020-12/schema" }, "neither Vega nor Vega-Lite"],
    [
      "code in an expression",
      { ...bars, transform: [{ calculate: "(function(){return 1}).constructor('return process')()", as: "c" }] },
      "code.vl.json",
    ],
    [
      "a constructor in an expression",
      { ...bars, transform: [{ calculate: "datum.constructor.constructor('return 1')()", as: "c" }] },
      "",
    ],
    ["a canvas", { ...vegaRect, marks: [{ type: "image", transform: [{ type: "heatmap", field: "g" }] }] }, "heatmap"],
  ];
  for (const [what, spec, says] of refused) {
    test(
      `${what} is an error and leaves no file`,
      async () => {
        const cwd = await folder({
          "in/code.vl.json": spec,
          "in/.git/config": "a,b\n",
          "in/.env": "a,b\n",
          "in/data/x.csv": "a,b\n",
        });
        await writeFile(join(cwd, "secret.csv"), "a,b\nsecret,1\n");
        await symlink("../secret.csv", join(cwd, "in", "out.csv"));
        await symlink("/etc", join(cwd, "in", "etc"));
        const drawn = await runBinary(["render", "in/code.vl.json", "-o", "o.png"], { cwd });
        expect(drawn.code).toBe(1);
        expect(drawn.stderr).toStartWith("error: in/code.vl.json: ");
        expect(drawn.stderr).toContain(says);
        expect(drawn.stderr).not.toContain("this is a bug");
        expect(drawn.stderr).not.toContain("user:secret");
        expect(existsSync(join(cwd, "o.png"))).toBe(false);
      },
      limit,
    );
  }

  /** Doubles its rows until memory or time ends. */
  const endless = {
    ...vegaRect,
    signals: [{ name: "loop", update: "length(pad('', 2e9, 'x', 'left'))" }],
    data: [
      { name: "a", transform: [{ type: "sequence", start: 0, stop: 3000 }] },
      { name: "b", source: "a", transform: [{ type: "cross" }, { type: "cross" }] },
    ],
  };

  test(
    "--chart-timeout ends a drawing, and the next one is drawn",
    async () => {
      const cwd = await folder({ "slow.vg.json": endless, "r.vg.json": vegaRect });
      const args = ["render", "slow.vg.json", "r.vg.json", "-o", "out", "--chart-timeout", "1s", "--chart-memory", "100GB"];
      const drawn = await runBinary(args, { cwd });
      expect(drawn.code).toBe(1);
      expect(drawn.stderr).toContain("slow.vg.json: ");
      expect(drawn.stdout).toBe("out/r.png\n");
    },
    limit,
  );

  test(
    "--chart-memory ends a drawing",
    async () => {
      const cwd = await folder({ "big.vg.json": endless });
      const drawn = await runBinary(
        ["render", "big.vg.json", "-o", "o.png", "--chart-memory", "150MB", "--chart-timeout", "50s"],
        { cwd },
      );
      expect(drawn.code).toBe(1);
      expect(drawn.stderr).toMatch(/150 MB|out of memory|string length/i);
    },
    limit,
  );

  test(
    "a spec that is not there, and a PNG and an unknown option, say so",
    async () => {
      const missing = await runBinary(["render", "none.json"]);
      expect(missing.code).toBe(1);
      expect(missing.stderr).toContain("no such file: none.json");
      const option = await runBinary(["render", "none.json", "--scal", "2"]);
      expect(option.code).toBe(2);
      expect(option.stderr).toContain("--scale");
    },
    limit,
  );
});

describe("the programs of vega-cli", () => {
  test(
    "vl2png by its name takes input and output by place",
    async () => {
      const cwd = await folder({ "a.vl.json": { ...bars, width: 100, height: 50, padding: 0, encoding: {} } });
      const one = await runBinary(["a.vl.json", "a.png"], { cwd, name: "vl2png" });
      expect(one).toEqual({ code: 0, stdout: "", stderr: "" });
      const two = await runBinary(["-s", "2", "a.vl.json", "b.png"], { cwd, name: "vl2png" });
      expect(two.code).toBe(0);
      const [a, b] = ["a.png", "b.png"].map((name) => PNG.sync.read(readFileSync(join(cwd, name))));
      expect(b?.width).toBe((a?.width ?? 0) * 2);
    },
    limit,
  );

  test(
    "vg2png reads standard input, and --ppi scales and is written into the PNG",
    async () => {
      const drawn = await runBinaryBytes(["vg2png", "--ppi", "144"], { stdin: JSON.stringify(vegaRect) });
      expect(drawn.code).toBe(0);
      expect(PNG.sync.read(Buffer.from(drawn.stdout)).width).toBe(80);
      expect(Buffer.from(drawn.stdout).includes("pHYs")).toBe(true);
    },
    limit,
  );

  test(
    "vg2svg and vl2svg write a header with -h",
    async () => {
      for (const [name, spec] of [
        ["vg2svg", vegaRect],
        ["vl2svg", bars],
      ] as const) {
        const bare = await runBinary([], { name, stdin: JSON.stringify(spec) });
        expect(bare.stdout).toStartWith("<svg");
        const headed = await runBinary(["-h"], { name, stdin: JSON.stringify(spec) });
        expect(headed.stdout).toStartWith('<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE svg');
        expect(headed.stdout).toEndWith(bare.stdout);
      }
    },
    limit,
  );

  test(
    "-b, -c, -f, -t, -l and --seed are those of npm",
    async () => {
      const cwd = await folder({
        "a.vl.json": {
          ...fromFile("t.csv"),
          encoding: { ...bars.encoding, y: { field: "b", type: "quantitative", axis: { format: "$.1f" } } },
        },
        "data/t.csv": "a,b\nx,2\ny,5\n",
        "config.json": { axis: { labelColor: "#123456" } },
        "number.json": { decimal: ",", thousands: ".", grouping: [3], currency: ["€", ""] },
        "time.json": {
          dateTime: "%x",
          date: "%d.%m.%Y",
          time: "%H:%M",
          periods: ["AM", "PM"],
          days: ["1", "2", "3", "4", "5", "6", "7"],
          shortDays: ["1", "2", "3", "4", "5", "6", "7"],
          months: Array.from({ length: 12 }, (_, month) => `m${month}`),
          shortMonths: Array.from({ length: 12 }, (_, month) => `m${month}`),
        },
      });
      const flags = ["-b", "data/", "-c", "config.json", "-f", "number.json", "-t", "time.json", "-l", "error", "--seed", "7"];
      const drawn = await runBinary([...flags, "a.vl.json"], { cwd, name: "vl2svg" });
      expect(drawn.stderr).toBe("");
      expect(drawn.stdout).toContain("€1,0");
      expect(drawn.stdout).toContain("#123456");
      const code = await runBinary(["-c", "config.js", "a.vl.json"], {
        cwd: await folder({ "config.js": "module.exports={}", "a.vl.json": bars }),
        name: "vl2svg",
      });
      expect(code.code).toBe(1);
      expect(code.stderr).toContain("code is not run");
      const web = await runBinary(["-b", "http://127.0.0.1:9/", "a.vl.json"], { cwd, name: "vl2svg" });
      expect(web.code).toBe(2);
    },
    limit,
  );
});
