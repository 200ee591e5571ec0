import { describe, expect, test } from "bun:test";
import type { MetricChange } from "../../../src/compare/comparison.ts";
import { evaluateGates, type GateResult, parseGate } from "../../../src/compare/gate.ts";

const metric = (name: string, old: MetricChange["old"], now: MetricChange["new"], file = "metrics.json"): MetricChange => ({
  file,
  name,
  old,
  new: now,
});
const judge = (rule: string, metrics: readonly MetricChange[], hasBase = true): GateResult => {
  const [result] = evaluateGates([parseGate(rule)], metrics, hasBase);
  if (result === undefined) throw new Error("no result");
  return result;
};

describe("parseGate()", () => {
  test.each([
    ["eval/accuracy >= 0.9", { metric: "eval/accuracy", kind: "value", operator: ">=", bound: 0.9, unit: "", warn: false }],
    ["delta(loss) <= 1%", { metric: "loss", kind: "delta", operator: "<=", bound: 1, unit: "%", warn: false }],
    ["warn: latency_ms <= 50", { metric: "latency_ms", kind: "value", operator: "<=", bound: 50, unit: "", warn: true }],
    [
      "WARN:delta( eval.recall )>=-1pt",
      { metric: "eval.recall", kind: "delta", operator: ">=", bound: -1, unit: "pt", warn: true },
    ],
    ["'a metric' != 1e-3", { metric: "a metric", kind: "value", operator: "!=", bound: 0.001, unit: "", warn: false }],
    [
      "reports/metrics.json:auc > .5",
      { metric: "reports/metrics.json:auc", kind: "value", operator: ">", bound: 0.5, unit: "", warn: false },
    ],
  ])("reads `%s`", (text, wanted) => {
    expect(parseGate(text)).toMatchObject(wanted);
  });

  test.each([
    "",
    "accuracy",
    ">= 0.9",
    "accuracy >= ",
    "accuracy => 0.9",
    "a >= b",
    "accuracy >= 90%",
    "accuracy >= 0.9 and more",
    "a < b < 1",
  ])("refuses `%s` with an example", (text) => {
    expect(() => parseGate(text)).toThrow(expect.objectContaining({ kind: "usage", hint: expect.stringContaining("accuracy") }));
  });
});

describe("evaluateGates()", () => {
  test("compares the value of head", () => {
    expect(judge("accuracy >= 0.9", [metric("accuracy", 0.5, 0.9)]).outcome).toBe("passed");
    expect(judge("accuracy >= 0.9", [metric("accuracy", 0.95, 0.89)])).toMatchObject({
      outcome: "failed",
      shown: "0.89",
      name: "accuracy",
    });
    expect(judge("warn: accuracy >= 0.9", [metric("accuracy", 0.95, 0.89)]).outcome).toBe("warning");
    expect(judge("steps == 20", [metric("steps", 20n, 20n)]).outcome).toBe("passed");
  });

  test("a bound that is met exactly counts as met in spite of binary fractions", () => {
    expect(judge("delta(acc) >= -1pt", [metric("acc", 0.84, 0.83)])).toMatchObject({ outcome: "passed", shown: "-1 pt" });
    expect(judge("delta(loss) <= 10%", [metric("loss", 0.3, 0.33)])).toMatchObject({ outcome: "passed", actual: 10 });
    expect(judge("delta(loss) <= 0.1", [metric("loss", 0.2, 0.3)]).outcome).toBe("passed");
  });

  test("delta is relative to the size of the old value", () => {
    expect(judge("delta(score) <= 5%", [metric("score", -10, -11)])).toMatchObject({ outcome: "passed", actual: -10 });
    expect(judge("delta(score) <= 5%", [metric("score", 0, 1)])).toMatchObject({ outcome: "failed", shown: "+∞ %" });
    expect(judge("delta(score) == 0%", [metric("score", 0, 0)]).outcome).toBe("passed");
  });

  test("a missing metric, a text and NaN fail", () => {
    expect(judge("accuracy >= 0", [])).toMatchObject({ outcome: "failed", shown: "missing", name: null });
    expect(judge("accuracy >= 0", [metric("accuracy", 1, undefined)])).toMatchObject({
      outcome: "failed",
      shown: "missing",
      file: "metrics.json",
    });
    expect(judge("accuracy >= 0", [metric("accuracy", 1, "good")]).outcome).toBe("failed");
    for (const rule of ["accuracy >= 0", "accuracy <= 0", "accuracy != 0"])
      expect(judge(rule, [metric("accuracy", 1, Number.NaN)])).toMatchObject({ outcome: "failed", shown: "NaN" });
    expect(judge("accuracy >= 0", [metric("accuracy", 1, "nan")])).toMatchObject({ outcome: "failed", shown: "NaN" });
    expect(judge("warn: accuracy >= 0", []).outcome).toBe("warning");
  });

  test("a missing base is a warning", () => {
    expect(judge("delta(acc) >= 0", [metric("acc", undefined, 0.9)], false)).toMatchObject({
      outcome: "warning",
      shown: "no base",
      actual: null,
    });
    expect(judge("delta(acc) >= 0", [metric("acc", "old", 0.9)], true)).toMatchObject({ outcome: "warning" });
    expect(judge("acc >= 0.5", [metric("acc", undefined, 0.9)], false).outcome).toBe("passed");
  });

  test("a name that fits several metrics is refused, naming them", () => {
    const both = [metric("acc", 1, 1, "a/metrics.json"), metric("acc", 1, 1, "b/metrics.json")];
    expect(() => judge("acc >= 0", both)).toThrow("`a/metrics.json:acc`, `b/metrics.json:acc`");
    expect(judge("b/acc >= 0", both).file).toBe("b/metrics.json");
  });

  test("infinities compare as numbers", () => {
    expect(judge("loss <= 1", [metric("loss", 1, Number.POSITIVE_INFINITY)])).toMatchObject({ outcome: "failed", shown: "∞" });
    expect(judge("delta(loss) <= 1%", [metric("loss", 1e308, 1.1e308)]).actual).toBeCloseTo(10, 6);
  });
});
