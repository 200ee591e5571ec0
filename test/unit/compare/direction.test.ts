import { describe, expect, test } from "bun:test";
import { directionOf } from "../../../src/compare/direction.ts";

describe("directionOf()", () => {
  test.each([
    "accuracy",
    "eval.accuracy",
    "val_acc",
    "by_class.leave.recall",
    "test/f1-macro",
    "metrics/mAP50(B)",
    "evalAccuracy",
    "top5_accuracy",
    "bleu",
    "roc_auc",
    "hit_rate",
    "eval.recall@10",
    "throughput",
  ])("%s is better when higher", (name) => expect(directionOf(name)).toBe("higher"));
  test.each([
    "loss",
    "val_loss",
    "train/loss",
    "eval.rmse",
    "latency_p99_ms",
    "p99_latency",
    "wer",
    "perplexity",
    "train/box_loss",
    "logLoss",
    "error_rate",
    "inference_time",
  ])("%s is better when lower", (name) => expect(directionOf(name)).toBe("lower"));
  test.each([
    "step",
    "epoch",
    "n",
    "rows",
    "lr",
    "learning_rate",
    "recall.rows",
    "grade",
    "accuracy_std",
    "loss_stderr",
    "churn_rate",
    "drift.checks",
    "",
  ])("%s is not guessed", (name) => expect(directionOf(name)).toBe("unknown"));
  test("a pin wins, by full name or by its end", () => {
    expect(directionOf("eval.accuracy", { accuracy: "lower" })).toBe("lower");
    expect(directionOf("eval.churn_rate", { "eval/churn_rate": "lower" })).toBe("lower");
    expect(directionOf("my_accuracy", { accuracy: "lower" })).toBe("higher");
  });
});
