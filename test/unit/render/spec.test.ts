import { describe, expect, test } from "bun:test";
import { InputError } from "../../../src/core/error.ts";
import { refuseAddress } from "../../../src/render/loader.ts";
import { parse } from "../../../src/render/spec.ts";

const kind = (spec: object): string => parse(JSON.stringify(spec)).kind;

describe("parse", () => {
  test("$schema decides between the languages, then the shape", () => {
    expect(kind({ $schema: "https://vega.github.io/schema/vega/v5.json", marks: [] })).toBe("vega");
    expect(kind({ $schema: "https://vega.github.io/schema/vega-lite/v4.8.1.json", mark: "bar" })).toBe("vega-lite");
    expect(kind({ marks: [] })).toBe("vega");
    expect(kind({ hconcat: [{ mark: "bar" }], usermeta: { embedOptions: {} } })).toBe("vega-lite");
  });

  test("the place of an unknown mark is told", () => {
    expect(() => kind({ layer: [{ mark: "bar" }, { mark: { type: "lines" } }] })).toThrow(
      'unknown mark "lines" at `layer[1].mark`',
    );
    expect(() => kind({ marks: [{ type: "group", marks: [{ type: "dot" }] }] })).toThrow("`marks[0].marks[0]`");
  });

  test("a transform that needs a canvas is told with its place", () => {
    for (const type of ["heatmap", "wordcloud"])
      expect(() => kind({ marks: [{ type: "text", transform: [{ type }] }] })).toThrow(
        `\`${type}\` at \`marks[0]\` needs a canvas`,
      );
  });

  test("rows are counted over all tables", () => {
    const values = Array.from({ length: 110_000 }, () => 1);
    expect(() => kind({ mark: "bar", data: { values }, datasets: { a: values } })).toThrow("220000 rows");
  });

  test("overrides stand over the specification", () => {
    expect(parse('{"mark":"bar","width":1}', { width: 7, background: "red" }).spec).toMatchObject({
      width: 7,
      background: "red",
    });
  });
});

describe("refuseAddress", () => {
  for (const uri of ["http://h/x", " https://h/x", "//h/x", "\\\\h\\x", "file:///etc/passwd", "data:text/csv,a", "javascript:1"])
    test(`refuses ${uri}`, () => expect(() => refuseAddress(uri)).toThrow(InputError));
  for (const uri of ["a.csv", "data/a b.csv", "C:\\data\\a.csv", "a:1.csv", "/abs/a.csv"])
    test(`leaves ${uri} to the folder's rules`, () => expect(() => refuseAddress(uri)).not.toThrow());
});
