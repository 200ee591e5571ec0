import { describe, expect, test } from "bun:test";
import type { MetricChange } from "../../../src/compare/comparison.ts";
import { matchMetric } from "../../../src/compare/metric-name.ts";

const metric = (file: string, name: string, now: MetricChange["new"] = 1): MetricChange => ({ file, name, old: 1, new: now });
const all = [
  metric("eval/metrics.json", "accuracy"),
  metric("metrics.json", "train.loss"),
  metric("metrics.json", "eval.loss"),
  metric("reports/segments/north.json", "rows"),
  metric("reports/segments/south.json", "rows"),
];

describe("matchMetric()", () => {
  test.each([
    ["metrics.json:train.loss", "metrics.json train.loss"],
    ["train/loss", "metrics.json train.loss"],
    ["eval.loss", "metrics.json eval.loss"],
    ["eval/accuracy", "eval/metrics.json accuracy"],
    ["accuracy", "eval/metrics.json accuracy"],
    ["north/rows", "reports/segments/north.json rows"],
  ])("`%s` is %s", (written, wanted) => {
    const found = matchMetric(written, all);
    expect(`${found?.file} ${found?.name}`).toBe(wanted);
  });
  test("answers null for what is not there", () => expect(matchMetric("recall", all)).toBeNull());
  test("refuses what fits several", () => expect(() => matchMetric("loss", all)).toThrow("fits 2 metrics"));
  test("one that is there wins over one that is gone", () => {
    expect(matchMetric("acc", [{ ...metric("a.json", "acc"), new: undefined }, metric("b.json", "acc")])?.file).toBe("b.json");
  });
});
