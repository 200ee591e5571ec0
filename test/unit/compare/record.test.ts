import { expect, test } from "bun:test";
import type { MetricChange } from "../../../src/compare/comparison.ts";
import { parseRecord, printRecord, recordPath, withRecord } from "../../../src/compare/record.ts";

const sha = "0123456789abcdef0123456789abcdef01234567";
const metric = (file: string, name: string, old: MetricChange["old"], now: MetricChange["new"]): MetricChange => ({
  file,
  name,
  old,
  new: now,
});

test("a record keeps what was measured, with integers, floats and NaN apart", () => {
  const text = printRecord(sha, 1_700_000_000_000, [
    metric("m.json", "acc", 0.1, 1),
    metric("m.json", "n", 1n, 2n),
    metric("m.json", "bad", 0.5, Number.NaN),
    metric("m.json", "gone", 0.5, undefined),
  ]);
  const record = parseRecord(text, sha);
  expect(record.createdMs).toBe(1_700_000_000_000);
  expect([...(record.metrics.get("m.json") ?? [])]).toEqual([
    ["acc", 1],
    ["n", 2n],
    ["bad", Number.NaN],
  ]);
});

test("withRecord() fills in the old values of files that the base does not have in Git, and no others", () => {
  const record = parseRecord(
    '{"version": 1, "createdMs": 5, "metrics": {"job.json": {"acc": 0.8}, "git.json": {"acc": 0.1}}}',
    sha,
  );
  const changes = [
    metric("job.json", "acc", undefined, 0.9),
    metric("git.json", "acc", 0.7, 0.9),
    metric("git.json", "fresh", undefined, 1),
  ];
  expect(withRecord(changes, record).map((change) => change.old)).toEqual([0.8, 0.7, undefined]);
});

test("a record that is none says where", () => {
  expect(recordPath(sha)).toBe(`01/${sha}.json`);
  expect(() => parseRecord("{", sha)).toThrow(`01/${sha}.json:1`);
  expect(parseRecord("[]", sha).metrics.size).toBe(0);
});
