import { expect, test } from "bun:test";
import { printJson } from "../../../src/core/json.ts";
import { readToml } from "../../../src/core/toml.ts";

test("readToml() keeps integers, floats and dates apart", async () => {
  const text =
    'a = 1\nb = 1.0\nc = 12345678901\nd = 1979-05-27\ne = 1979-05-27T07:32:00Z\nf = 07:32:00\ng = nan\n[t]\nx = [1, "s"]\n__proto__ = 1\n';
  expect(printJson(await readToml(text, "p.toml"))).toBe(
    '{"a": 1, "b": 1.0, "c": 12345678901, "d": "1979-05-27", "e": "1979-05-27 07:32:00+00:00", "f": "07:32:00", "g": NaN, "t": {"x": [1, "s"], "__proto__": 1}}',
  );
});

test("readToml() names the line of what is wrong", async () => {
  await expect(readToml("a = 1\nb = \n", "p.toml")).rejects.toThrow("p.toml:2");
  await expect(readToml("a = 1\na = 2\n", "p.toml")).rejects.toThrow("p.toml:2");
});
