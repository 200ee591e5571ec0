import { expect, test } from "bun:test";
import { selectKeys } from "../../../src/compare/select.ts";
import { readYaml } from "../../../src/core/yaml.ts";
import { printJson } from "../../../src/core/json.ts";

const document = "train: {lr: 0.1, layers: [1, 2, 3], opt: {lr: 5}}\nother: {lr: 7}\n";

test.each([
  [["train.lr"], '{"train": {"lr": 0.1}}'],
  [["train.*"], '{"train": {"lr": 0.1, "layers": [1, 2, 3], "opt": {"lr": 5}}}'],
  [["train.layers.1"], '{"train": {"layers": [null, 2]}}'],
  [["*.lr"], '{"train": {"lr": 0.1}, "other": {"lr": 7}}'],
  [["**.lr"], '{"train": {"lr": 0.1, "opt": {"lr": 5}}, "other": {"lr": 7}}'],
  [["nothing", "o?her"], '{"other": {"lr": 7}}'],
  [["train.lr", "other"], '{"train": {"lr": 0.1}, "other": {"lr": 7}}'],
])("selectKeys(%j)", async (keys, wanted) => {
  expect(printJson(selectKeys(await readYaml(document, "params.yaml"), keys))).toBe(wanted);
});

test("selectKeys() keeps everything without keys", async () => {
  const all = await readYaml(document, "params.yaml");
  expect(selectKeys(all, null)).toBe(all);
});
