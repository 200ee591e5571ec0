import { describe, expect, test } from "bun:test";
import { imageType, isPlotData, type PlotFile, readPlotFile } from "../../../src/compare/plot-data.ts";

const read = (path: string, text: string, header = true): Promise<PlotFile> =>
  readPlotFile(path, new TextEncoder().encode(text), { header });

describe("readPlotFile()", () => {
  test("cells of CSV and TSV stay text, with and without quotes, with any line end", async () => {
    const wanted = {
      columns: ["step", "loss"],
      rows: [
        ["0", "1.50"],
        ["1", ""],
      ],
    };
    for (const text of [
      "step,loss\n0,1.50\n1,\n",
      '"step",loss\n0,"1.50"\n1,\n',
      "step,loss\r\n0,1.50\r\n\r\n1,\r\n",
      "\ufeffstep,loss\n\n0,1.50\n1,",
    ])
      expect((await read("l.csv", text)).table).toEqual(wanted);
    expect((await read("l.tsv", "step\tloss\n0\t1.50\n1\t\n")).table).toEqual(wanted);
  });
  test("numbers columns without a header", async () => {
    expect((await read("l.tsv", "0\tx\n1\ty\n", false)).table).toEqual({
      columns: ["0", "1"],
      rows: [
        ["0", "x"],
        ["1", "y"],
      ],
    });
  });
  test("a short row lacks its last fields; of two columns of one name the later counts", async () => {
    expect((await read("l.csv", "a,b\n1\n")).table.rows).toEqual([["1", null]]);
    expect((await read("l.csv", "a,b,a\n1,2,3\n")).table).toEqual({ columns: ["a", "b"], rows: [["3", "2"]] });
  });
  test("a long row names file and line, quoted or not", async () => {
    expect(read("l.csv", "a,b\n1,2\n1,2,3\n")).rejects.toThrow("l.csv:3");
    expect(read("l.csv", '"a",b\n1,2\n1,2,3\n')).rejects.toThrow("l.csv:3");
  });
  test("joins lists of records in mappings row by row", async () => {
    const { table, lastField } = await read(
      "h.json",
      '{"h": {"loss": [{"e": 1, "l": 0.5}, {"e": 2, "l": NaN}], "acc": [{"e": 1, "a": 7}]}}',
    );
    expect(table.columns).toEqual(["e", "l", "a"]);
    expect(table.rows).toEqual([
      [1n, 0.5, 7n],
      [2n, Number.NaN, undefined],
    ]);
    expect(lastField).toBe("l");
  });
  test("YAML and TOML hold records, too", async () => {
    expect((await read("h.yaml", "- {x: 1, y: 2.5}\n- {x: 2, y: 3.5}\n")).table.rows).toEqual([
      [1n, 2.5],
      [2n, 3.5],
    ]);
    expect((await read("h.toml", "[[p]]\nx = 1\n")).table).toEqual({ columns: ["x"], rows: [[1n]] });
  });
  test.each([
    ["h.json", "{}"],
    ["h.json", "[]"],
    ["h.json", "[1, 2]"],
    ["h.json", '[{"a": 1}, {"b": 1}]'],
    ["h.json", "[{"],
    ["h.txt", "a,b"],
  ])("%s `%s` is no plot", async (path, text) => {
    expect(read(path, text)).rejects.toThrow(path);
  });
  test("an empty CSV has no rows and no last field", async () => {
    expect(await read("l.csv", "a,b\n")).toEqual({ table: { columns: ["a", "b"], rows: [] }, lastField: null });
    expect((await read("l.csv", "")).table.rows).toEqual([]);
  });
  test("refuses more rows than a chart can show", async () => {
    expect(read("l.csv", `a\n${"1\n".repeat(200_001)}`)).rejects.toThrow("more than 200,000 rows");
  });
});

test("suffixes are matched as written, as DVC does", () => {
  expect(imageType("a/b.png")).toBe("image/png");
  expect(imageType("a/b.PNG")).toBeNull();
  expect([isPlotData("a.yml"), isPlotData("a.txt")]).toEqual([true, false]);
});
