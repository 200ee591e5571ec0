import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { jsonFault } from "../../../src/render/json-fault.ts";

describe("jsonFault", () => {
  const cases: readonly (readonly [text: string, line: number, column: number, reason: string])[] = [
    ['{"a": 1,}', 1, 9, "name in double quotes"],
    ['{\n  "a": NaN\n}', 2, 8, "NaN"],
    ["[1 2]", 1, 4, "expected `,` or `]`"],
    ['{"a" 1}', 1, 6, "expected `:`"],
    ["[1]x", 1, 4, "after the end"],
    ['{"a": "b', 1, 7, "expected a value"],
    ["", 1, 1, "ends early"],
    ["[[[1]]]", 1, 3, "deeper than 2"],
  ];
  for (const [text, line, column, reason] of cases) {
    test(JSON.stringify(text), () => {
      const fault = jsonFault(text, 2);
      expect(fault).toMatchObject({ line, column });
      expect(fault?.reason).toContain(reason);
    });
  }

  test("agrees with JSON.parse on what is JSON", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", "x", '"'), (json, at, noise) => {
        const cut = at % (json.length + 1);
        const text = json.slice(0, cut) + noise + json.slice(cut);
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        expect(jsonFault(text, 1000) === null).toBe(valid);
      }),
    );
  });
});
