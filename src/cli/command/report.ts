import { command } from "../kit/command.ts";
import type { Options, Values } from "../kit/option.ts";

export const reportOptions = {
  base: { kind: "text", help: "Revision to compare with; found by itself when absent", group: "What is compared" },
  compare: { kind: "list", comma: true, help: "Further revisions, a column each", group: "What is compared" },
  metrics: { kind: "list", words: true, help: "Metrics files or globs, instead of what is found", group: "What is compared" },
  params: { kind: "list", words: true, help: "Params files or globs, instead of what is found", group: "What is compared" },
  plots: { kind: "list", words: true, help: "Plots, histories and images, instead of what is found", group: "What is compared" },
  gate: {
    kind: "list",
    alias: ["gates"],
    help: "Rule such as `eval/accuracy >= 0.9`, `delta(loss) <= 1%`; `warn:` in front only warns",
    group: "Judgement",
  },
  advisory: { kind: "flag", help: "Gates never fail the job", group: "Judgement" },
  "min-change": { kind: "text", help: "Relative change below which a metric is unchanged (default 0.1%)", group: "Judgement" },
  higher: { kind: "list", comma: true, help: "Metrics of which more is better", group: "Judgement" },
  lower: { kind: "list", comma: true, help: "Metrics of which less is better", group: "Judgement" },
  to: {
    kind: "list",
    comma: true,
    help: "pr, commit[/REV], issue/N, check, summary, stdout, md:PATH, html:PATH, json:PATH, junit:PATH, gitlab-metrics:PATH, codequality:PATH",
    group: "Where it goes",
  },
  when: {
    kind: "choice",
    choices: ["always", "change", "worse", "gate"],
    help: "Post only when something changed, got worse, or a gate failed",
    group: "Where it goes",
  },
  key: { kind: "text", help: "Name by which the comment is found again (default: workflow and job)", group: "Where it goes" },
  mode: {
    kind: "choice",
    choices: ["update", "recreate", "append", "new", "delete"],
    help: "What becomes of an earlier comment (default update)",
    group: "Where it goes",
  },
  title: { kind: "text", help: "Heading of the report", group: "Where it goes" },
  store: { kind: "text", help: "Where pictures go: auto, forge, none, or an address of your own", group: "Where it goes" },
  strict: { kind: "flag", help: "Fail when the report cannot be posted where it goes by default", group: "Where it goes" },
  "trust-head": { kind: "flag", help: "Take the rules of `cml.yaml` from a fork's own head", group: "Where it goes" },
  fetch: {
    kind: "flag",
    fallback: true,
    help: "Whether history that a shallow clone lacks and tracked files that are not here may be fetched",
    group: "What is compared",
  },
  "chart-timeout": { kind: "duration", fallback: 10_000, help: "Time for one chart", group: "Limits" },
  "chart-memory": { kind: "size", fallback: 500_000_000, help: "Memory of the process while a chart is drawn", group: "Limits" },
} as const satisfies Options;

export type ReportOptions = Values<typeof reportOptions>;

export default command({
  name: "report",
  summary: "Report what changed: metrics, params, plots, images and data against the base",
  description:
    "Finds out by itself what to compare. In CI the report goes to the job summary, to .cml/report.html and to the pull request's comment; elsewhere to the terminal and .cml/report.html. Prose given as FILE comes first; `<!-- cml:metrics -->`, cml:params, cml:plots, cml:images, cml:data and cml:gates in it place the sections.",
  options: reportOptions,
  operands: [{ name: "FILE", help: "Markdown that comes first, `-` for stdin" }],
  examples: [
    { line: "cml report", says: "Compare the work tree with its base", scene: "churn" },
    {
      line: "cml report --base main --gate 'delta(loss) <= 1%'",
      says: "Fail with exit code 8 when a gate does not hold",
      scene: "plain",
    },
    { line: "cml report --to md:report.md,json:report.json", says: "Write files instead of posting", scene: "churn" },
  ],
  async run(options, operands, app) {
    const { runReport } = await import("./report-run.ts");
    return runReport(app, options, operands[0]);
  },
});
