import { describe, expect, test } from "bun:test";
import { displayWidth } from "../../../src/compare/display-width.ts";
import { markdownTable, plainTable } from "../../../src/compare/table.ts";

describe("markdownTable()", () => {
  test("is two wider than its headers or as wide as its longest cell, as tabulate makes it", () => {
    expect(markdownTable(["Path", "Metric"], [["metrics.json", "acc"]])).toBe(
      ["| Path         | Metric   |", "|--------------|----------|", "| metrics.json | acc      |", "", ""].join("\n"),
    );
  });
  test("prints header and rule when nothing differs", () => {
    expect(markdownTable(["Path"], [])).toBe("| Path   |\n|--------|\n\n");
  });
  test("stays a table whatever stands in a cell", () => {
    const [, , row] = markdownTable(["Key"], [["a|b\nc\td\\|e"]]).split("\n");
    expect(row).toBe("| a\\|b<br>c d\\\\\\|e |");
  });
});

describe("plainTable()", () => {
  test("has two spaces between columns and none at the end of a line", () => {
    expect(plainTable(["Path", "Change"], [["metrics.json", "1"]])).toBe("Path          Change\nmetrics.json  1\n");
  });
  test("a cell of several lines takes as many, as in DVC", () => {
    const [head, first, second] = plainTable(["Path", "Param", "HEAD"], [["p.yaml", "multi", "line one\nline 2\n"]]).split("\n");
    expect([head, first, second]).toEqual(["Path    Param    HEAD", "p.yaml  multi    line one", "                 line 2"]);
  });
  test("is empty when nothing differs", () => expect(plainTable(["Path"], [])).toBe(""));
});

test("displayWidth() counts wide characters twice and combining ones not at all", () => {
  expect(displayWidth("データ")).toBe(6);
  expect(displayWidth("e\u0301")).toBe(1);
  expect(displayWidth("😀a")).toBe(3);
});
