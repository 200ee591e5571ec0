import { describe, expect, test } from "bun:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import schema from "../../../docs/schema/report.json" with { type: "json" };
import { toJson } from "../../../src/report/record.ts";
import { metric, plot, report } from "./sample.ts";

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

const reports = {
  empty: report(),
  "without a baseline": report({
    base: null,
    noBaseline: { reason: "no commits", mend: "commit" },
    metrics: [metric("a", undefined, 1.5)],
  }),
  full: report(
    {
      metrics: [
        metric("acc", 0.9, 0.8),
        metric("loss", 0.5, Number.NaN),
        metric("huge", 12345678901234567890n, 1n),
        metric("kind", 1.5, "text"),
      ],
      params: [{ file: "params.yaml", name: "lr", old: [1n, null], new: new Map([["a", true]]) }],
      plots: [plot("loss.csv")],
      images: [{ path: "a.png", mediaType: "image/png", old: null, new: new Uint8Array(1), changed: true }],
      data: [{ kind: "renamed", path: "b", from: "a", oldSizeBytes: 1, newSizeBytes: null, oldFiles: null, newFiles: 2 }],
      problems: [{ file: "x.json", line: 2, revision: "main", message: "not JSON" }],
    },
    ["acc >= 0.85", "delta(loss) <= 1%", "warn: missing > 1"],
  ),
};

describe("docs/schema/report.json", () => {
  test.each(Object.entries(reports))("describes a report: %s", (_, made) => {
    const value: unknown = JSON.parse(toJson(made, [{ target: "pr", line: "https://forge.example/1" }]));
    expect(validate(value) ? [] : validate.errors).toEqual([]);
  });

  test("is no schema of everything", () => {
    expect(validate({ version: 1, command: "report", program: "0", result: {}, warnings: [] })).toBe(false);
  });
});
