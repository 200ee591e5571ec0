import { describe, expect, test } from "bun:test";
import type { Comparison } from "../../../src/compare/comparison.ts";
import { toBody } from "../../../src/report/body.ts";
import type { Report } from "../../../src/report/report.ts";
import { metric, now, plot, report } from "./sample.ts";

const github = { alerts: true, details: true };
const plain = { alerts: false, details: true };

function body(made: Report, ability = github): string {
  return toBody(made, { prose: null, ability, picture: (slot) => `https://forge.example/${slot}.png` });
}

/** What stands before the first fold. */
function aboveFold(text: string): string {
  return text.split("<details>")[0] ?? "";
}

const regression: Partial<Comparison> = {
  metrics: [
    metric("eval/recall", 0.842, 0.811),
    metric("eval/recall_stderr", 0.0035, 0.0037),
    metric("eval/n", 2000n, 2000n),
    metric("eval/precision", 0.813, 0.831),
    metric("eval/loss", 0.388, 0.391),
    metric("eval/loss_stderr", 0.004, 0.004),
    metric("latency_ms", 47.9, 54.2),
    ...Array.from({ length: 12 }, (_, index) => metric(`same/${index}`, index + 0.5, index + 0.5)),
  ],
  params: [{ file: "params.yaml", name: "lr", old: 0.001, new: 0.01 }],
  data: [
    {
      kind: "modified",
      path: "data/train",
      oldSizeBytes: 91_000_000,
      newSizeBytes: 50_000_000,
      oldFiles: 1200,
      newFiles: 640,
    },
  ],
  plots: [plot("eval/recall.tsv"), plot("other.tsv")],
};
const gates = ["delta(eval/recall) >= -1pt", "eval/loss <= 0.40", "warn: latency_ms <= 50"];

describe("a regression", () => {
  const text = body(report(regression, gates));

  test("opens with an alert that names one metric, one number and one reason", () => {
    expect(text.split("\n").slice(0, 2)).toEqual([
      "> [!CAUTION]",
      "> **Do not merge as is: 1 of 3 gates failed.** `eval/recall` fell 3.1 points, outside noise.",
    ]);
  });

  test("shows the gates as soon as one did not pass, the failed one first and bold", () => {
    expect(text).toContain(`| gate | rule | now | result |
| --- | --- | ---: | --- |
| **eval/recall** | \`delta >= -1pt\` | **-3.1 pt** | **failed** |
| eval/loss | \`<= 0.40\` | 0.391 | passed |
| latency_ms | \`warn: <= 50\` | 54.2 | warning |
`);
  });

  test("shows metrics worst first, with four digits, the direction as a word and the interval where it is known", () => {
    const rows = text.split("\n").filter((line) => /[▼▲≈]/.test(line));
    expect(text).toContain("| metric | main `9f2c1ab` | this `4e81d07` | change | |\n| --- | ---: | ---: | ---: | --- |\n");
    expect(rows).toEqual([
      "| **eval/recall** | 0.8420 | **0.8110** | -0.0310 (-3.7 %) | ▼ worse (95 %: -0.0410 to -0.0210, n = 2,000) |",
      "| latency_ms | 47.90 | 54.20 | +6.30 (+13 %) | ▼ worse |",
      "| eval/precision | 0.8130 | 0.8310 | +0.0180 (+2.2 %) | ▲ better |",
      "| eval/loss | 0.3880 | 0.3910 | +0.0030 (+0.8 %) | ≈ within noise |",
    ]);
  });

  test("draws one chart above the fold: the worst metric's", () => {
    expect(aboveFold(text).match(/!\[/g)).toHaveLength(1);
    expect(text).toContain("![eval/recall: main 0.8420, this 0.8110](https://forge.example/chart/eval/recall.tsv.png)");
  });

  test("lists differing params and data as changed with it, and claims no cause", () => {
    expect(text).toContain("**Changed with it:** `lr` 0.001 → 0.01 · `data/train` 1,200 → 640 files\n");
    expect(text).not.toMatch(/because|caused|due to/i);
  });

  test("folds whole tables under a heading that counts them", () => {
    expect(text).toContain(
      "<details><summary>13 unchanged metrics · 1 param · 1 plot · data (-560 files, -41.0 MB)</summary>\n\n",
    );
  });

  test("ends with the baseline and its age", () => {
    expect(text).toMatch(/<sub>baseline main@9f2c1ab, 1 day old · .*<\/sub>\n$/);
  });

  test("never shows ▼, ▲ or ≈ without a word", () => {
    for (const [, word] of text.matchAll(/[▼▲≈] ?(\S*)/g)) expect(["worse", "better", "within"]).toContain(word ?? "");
  });
});

describe("a clean improvement", () => {
  const better: Partial<Comparison> = {
    metrics: [metric("eval/recall", 0.842, 0.854), metric("eval/loss", 0.388, 0.361), metric("n", 3n, 3n)],
    params: [{ file: "params.yaml", name: "dropout", old: 0.1, new: 0.2 }],
  };
  const text = body(report(better, ["eval/recall >= 0.8", "eval/loss <= 0.40", "n == 3"]));

  test("says what improved, that none is worse, and that the gates passed", () => {
    expect(text).toStartWith(
      "> [!TIP]\n> **Better: 2 metrics improved, none worse, all 3 gates passed.** `eval/recall` rose 1.2 points.\n",
    );
  });

  test("folds passed gates", () => {
    expect(aboveFold(text)).not.toContain("| gate |");
    expect(text).toContain("<summary>3 gates passed · ");
  });
});

describe("the verdict", () => {
  test("without gates says how many are worse and better, never `merge`", () => {
    const text = body(report(regression));
    expect(text).toStartWith("> [!WARNING]\n> **2 worse, 1 better.** ");
    expect(text).not.toContain("erge");
  });

  test("is bold text where the forge draws no alerts", () => {
    expect(body(report(regression, gates), plain)).toStartWith("**Do not merge as is: 1 of 3 gates failed.** `eval/recall`");
  });

  test("with `--advisory` says so and does not forbid", () => {
    expect(body(report(regression, gates, { advisory: true }))).toStartWith("> [!WARNING]\n> **Advisory: 1 of 3 gates failed.**");
  });
});

test("tables above the fold have at most six rows", () => {
  const metrics = Array.from({ length: 40 }, (_, index) => metric(`m${index}_loss`, 1, 2 + index));
  const many = Array.from({ length: 20 }, (_, index) => `m${index}_loss <= 0.5`);
  const top = aboveFold(body(report({ metrics }, many)));
  for (const table of top.split("\n\n").filter((block) => block.startsWith("|")))
    expect(table.split("\n").length).toBeLessThanOrEqual(8);
});

describe("directions", () => {
  test("an unknown metric is neutral, never guessed", () => {
    const text = body(report({ metrics: [metric("zork", 1.5, 2.5)] }));
    expect(text).toContain("| +1.000 (+67 %) | changed |");
    expect(text).not.toMatch(/▼|▲/);
  });

  test("a guessed one is said once, with the line that pins it", () => {
    const text = body(report(regression, gates));
    expect(text.match(/direction guessed/g)).toHaveLength(1);
    expect(text).toContain("`directions: {eval/recall: higher}`");
  });
});

test("changes below `--min-change` are unchanged", () => {
  const text = body(report({ metrics: [metric("loss", 1.0001, 1.0002), metric("acc", 0.5, 0.6)] }));
  expect(aboveFold(text)).not.toContain("loss");
  expect(text).toContain("1 unchanged metric");
});

describe("no baseline", () => {
  const without: Partial<Comparison> = {
    base: null,
    noBaseline: { reason: "the repository has one commit", mend: "commit the next change" },
    metrics: Array.from({ length: 40 }, (_, index) => metric(`m${index}`, undefined, index + 0.5)),
  };
  const text = body(report(without));

  test("says so as a note, with the reason and the line that mends it", () => {
    expect(text).toStartWith(
      "> [!NOTE]\n> **No baseline: values only.** The repository has one commit. Commit the next change.\n",
    );
  });

  test("is never forty rows of `new`", () => {
    expect(text).not.toMatch(/\bnew\b/);
    expect(
      aboveFold(text)
        .split("\n")
        .filter((line) => line.startsWith("| m")).length,
    ).toBe(7);
  });
});

test("nothing changed: one line and the footer", () => {
  const text = body(report({ metrics: [metric("acc", 0.5, 0.5)], plots: [plot("a.csv", false)] }));
  expect(text).toBe(
    "**Nothing changed:** 1 metric and 1 plot as on main `9f2c1ab`.\n\n<sub>baseline main@9f2c1ab, 1 day old</sub>\n",
  );
});

test("the footer tells the machine where it is known, and leaves out what is unknown", () => {
  const facts = { nowMs: now, runUrl: "https://forge.example/runs/118", runLabel: "run 118", fullReportUrl: null };
  const known = body(report(regression, [], { facts: { ...facts, machine: ["g5.xlarge spot", "ran 42 min"] } }));
  expect(known).toContain(" · g5.xlarge spot, ran 42 min · ");
  expect(known).toContain("[run 118](https://forge.example/runs/118)");
  const unknown = body(report(regression));
  expect(unknown).not.toMatch(/\$|unknown|n\/a|GPU/);
});

test("no metrics found: the patterns tried, the folders seen, one line to use them", () => {
  const sources = {
    metrics: [],
    params: [],
    plots: [],
    images: [],
    tried: ["dvc.yaml", "**/metrics.json"],
    seen: ["`runs/` holds 3 event files"],
  };
  const text = body(report({ sources }));
  expect(text).toStartWith("> [!NOTE]\n> **No metrics found.**");
  expect(text).toContain("Looked for: `dvc.yaml`, `**/metrics.json`");
  expect(text).toContain("`runs/` holds 3 event files");
  expect(text).toContain("`cml report --metrics path/to/metrics.json`");
});
