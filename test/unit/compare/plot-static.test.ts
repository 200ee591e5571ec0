import { describe, expect, test } from "bun:test";
import { fillChart } from "../../../src/compare/plot-chart.ts";
import { plainObject } from "../../../src/compare/plot-json.ts";
import { staticSpec } from "../../../src/compare/plot-static.ts";
import { builtinTemplate, parseTemplate } from "../../../src/compare/plot-template.ts";
import { makeSeries } from "../../../src/compare/plot-series.ts";
import { readPlotFile } from "../../../src/compare/plot-data.ts";

const names = [
  "simple",
  "linear",
  "smooth",
  "scatter",
  "scatter_jitter",
  "confusion",
  "confusion_normalized",
  "bar_horizontal",
  "bar_horizontal_sorted",
];

async function spec(template: string, text = "a,b\n1,2\n2,3\n"): Promise<object> {
  const files = new Map([["d.csv", await readPlotFile("d.csv", new TextEncoder().encode(text), { header: true })]]);
  const series = makeSeries("d.csv", { x: "a", y: ["b"] }, files, "main");
  const found = builtinTemplate(template);
  if (series === null || found === null) throw new Error("no chart");
  return plainObject(fillChart(found, { ...series, title: "T", revisions: ["main"] }).content);
}

describe("staticSpec()", () => {
  test.each(names)("%s: nothing needs a mouse, nothing is random, the datapoints are there", async (name) => {
    const text = JSON.stringify(staticSpec(await spec(name)));
    expect(text).not.toMatch(/random\(|"bind"|<DVC_METRIC/);
    expect(text).toContain('"rev":"main"');
  });
  test("confusion matrices show their numbers", async () => {
    expect(JSON.stringify(staticSpec(await spec("confusion")))).toContain('"name":"showValues","value":true');
    expect(JSON.stringify(staticSpec(await spec("confusion_normalized")))).toContain('"format":".2f"');
  });
  test("the argument stays as it is", async () => {
    const original = await spec("linear");
    const before = JSON.stringify(original);
    staticSpec(original);
    expect(JSON.stringify(original)).toBe(before);
  });
  test("long series are thinned and keep their extremes", async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `${index},${index === 7_777 ? 99 : Math.sin(index)}`).join("\n");
    const text = JSON.stringify(staticSpec(await spec("linear", `a,b\n${rows}\n`)));
    expect(text).toContain('"b":"99"');
    expect(text.match(/"rev":"main"/g)?.length).toBeLessThan(1_200);
  });
});

describe("parseTemplate()", () => {
  const parse = (text: string) => parseTemplate("mine", ".dvc/plots/mine.json", new TextEncoder().encode(text));
  test("refuses what is no template, with file and line", () => {
    expect(() => parse('{"a":\n}')).toThrow(".dvc/plots/mine.json:2");
    expect(() => parse("[]")).toThrow();
  });
  test("a title cannot pull in the data", () => {
    const template = parse('{"data": {"values": "<DVC_METRIC_DATA>"}, "title": "<DVC_METRIC_TITLE> of <DVC_METRIC_TITLE>"}');
    const filled = fillChart(template, {
      title: "<DVC_METRIC_DATA>",
      x: "a.b",
      y: "c",
      xLabel: "",
      yLabel: "",
      names: [],
      tables: [],
      revisions: [],
    });
    expect(plainObject(filled.content)).toEqual({ data: { values: [] }, title: "<DVC_METRIC_DATA> of <DVC_METRIC_DATA>" });
  });
});
