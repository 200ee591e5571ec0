import { describe, expect, test } from "bun:test";
import { distance, suggest } from "../../../src/cli/kit/suggest.ts";

describe("suggest()", () => {
  test("a swap, a missing, a further and a wrong letter are near", () => {
    for (const word of ["reprot", "repor", "reeport", "rexort", "REPORT"])
      expect(suggest(word, ["render", "report", "pull"])).toBe("report");
  });
  test("offers nothing for a word that is not near", () => {
    expect(suggest("xyz", ["report", "pull"])).toBeUndefined();
    expect(suggest("a", ["pull"])).toBeUndefined();
    expect(suggest("report", [])).toBeUndefined();
  });
  test("the allowance grows with the word", () => {
    expect(suggest("--cloud-hdd-sze", ["--cloud-hdd-size", "--cloud-gpu"])).toBe("--cloud-hdd-size");
    expect(suggest("ab", ["cd"])).toBeUndefined();
  });
});

test("distance() counts a swap of neighbours as one", () => {
  expect([distance("ab", "ba"), distance("", "abc"), distance("kitten", "sitting"), distance("same", "same")]).toEqual([
    1, 3, 3, 0,
  ]);
});
