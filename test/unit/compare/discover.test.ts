/** Repositories without DVC, as `cml report` looks into them. */
import { describe, expect, test } from "bun:test";
import { comparePlots, compareValues } from "../../../src/compare/compare.ts";
import { discover } from "../../../src/compare/discover.ts";
import type { Comparison } from "../../../src/compare/comparison.ts";
import { world, type World } from "./world.ts";

const nothing = { metrics: [], params: [], plots: [] };

async function compared(w: World, wish = nothing): Promise<Comparison> {
  const [base, head] = [await w.open("HEAD"), await w.open("workspace")];
  const view = { base, head, sources: await discover(head, base, wish, w.repository) };
  const values = await compareValues(view, { head: head.label, base: base.label, noBaseline: null, record: null });
  return comparePlots(view, values);
}

const shown = (comparison: Comparison): string[] =>
  comparison.metrics.map((m) => `${m.file} ${m.name} ${String(m.old)} ${String(m.new)}`);

describe("a project without DVC", () => {
  test("plain files are found, ignored ones where results lie too", async () => {
    const w = await world({
      ".gitignore": "metrics.json\nnode_modules/\n",
      "eval/metrics.json": '{"acc": 0.5}',
      "results/scores.json": '{"f1": 1}',
      "config.yaml": "lr: 0.1\n",
      "src/other.json": '{"x": 1}',
      "node_modules/a/metrics.json": '{"no": 1}',
    });
    await w.write({ "metrics.json": '{"loss": 0.25}', "results/scores.json": '{"f1": 2}', "config.yaml": "lr: 0.2\n" });
    const found = await compared(w);
    expect(shown(found)).toEqual(
      ["eval/metrics.json acc undefined 0.5", "metrics.json loss undefined 0.25", "results/scores.json f1 1 2"].toSorted(),
    );
    expect(found.params).toEqual([{ file: "config.yaml", name: "lr", old: 0.1, new: 0.2 }]);
    expect(found.problems).toEqual([]);
    await w.repository.close();
  });

  test("histories are plots, and of the Trainer and of CSV logs the last values are metrics", async () => {
    const w = await world({
      "trainer_state.json": '{"log_history": [{"loss": 2.0, "step": 1}, {"eval_loss": 1.5, "step": 2}]}',
      "logs/train.csv": "step,loss,acc\n0,1,0.5\n1,0.5,0.75\n",
      "lightning_logs/version_0/metrics.csv": "epoch,step,train_loss,val_loss\n0,1,0.5,\n0,2,,0.75\n",
      "data/table.csv": "id,name\n1,x\n",
    });
    await w.write({ "logs/train.csv": "step,loss,acc\n0,1,0.5\n1,0.25,0.875\n" });
    const found = await compared(w);
    expect(shown(found)).toContain("trainer_state.json eval_loss 1.5 1.5");
    expect(shown(found)).toContain("lightning_logs/version_0/metrics.csv val_loss 0.75 0.75");
    expect(found.plots.map((plot) => `${plot.id} ${plot.changed}`)).toEqual([
      "lightning_logs/version_0/metrics.csv false",
      "logs/train.csv true",
    ]);
    const text = JSON.stringify(found.plots[1]?.spec);
    expect(text).toContain('"rev":"this"');
    expect(text).toContain('"dvc_inferred_y_value"');
    await w.repository.close();
  });

  test("DVCLive folders without dvc.yaml", async () => {
    const w = await world({
      "live/metrics.json": '{"train": {"loss": 0.5}, "step": 1}',
      "live/params.yaml": "lr: 1\n",
      "live/plots/metrics/train/loss.tsv": "step\tloss\n0\t1\n1\t0.5\n",
      "live/plots/sklearn/roc.json": '{"roc": [{"fpr": 0.0, "tpr": 0.5, "threshold": Infinity}]}',
      "old/plots/metrics/acc.tsv": "step\tacc\n0\t0.1\n1\t0.9\n",
    });
    const found = await compared(w);
    expect(shown(found)).toEqual(["live/metrics.json step 1 1", "live/metrics.json train.loss 0.5 0.5", "old acc 0.9 0.9"]);
    expect(found.params.map((param) => param.file)).toEqual(["live/params.yaml"]);
    expect(found.plots.map((plot) => plot.id)).toEqual([
      "live/plots/metrics/train/loss.tsv",
      "live/plots/sklearn/roc.json",
      "old/plots/metrics/acc.tsv",
    ]);
    await w.repository.close();
  });

  test("images beside each other, and what is not there on one side", async () => {
    const w = await world({ "plots/a.png": "old", "plots/same.png": "same", "plots/gone.png": "gone" });
    await w.write({ "plots/a.png": "new" });
    await w.host.file.remove("plots/gone.png");
    await w.write({ "plots/more.svg": "<svg/>" });
    const found = await compared(w);
    expect(found.images.map(({ path, changed, old, new: now }) => `${path} ${changed} ${old !== null} ${now !== null}`)).toEqual([
      "plots/a.png true true true",
      "plots/gone.png true true false",
      "plots/more.svg true false true",
      "plots/same.png false true true",
    ]);
    expect(found.problems).toEqual([]);
    await w.repository.close();
  });

  test("nothing at all: what was tried and seen", async () => {
    const w = await world({ "README.md": "x", "runs/a/events.out.tfevents.1": "x", "runs/b/events.out.tfevents.2": "y" });
    const head = await w.open("workspace");
    const sources = await discover(head, null, nothing, w.repository);
    expect(sources.metrics).toEqual([]);
    expect(sources.tried).toContain("**/metrics.{json,yaml,yml,toml}");
    expect(sources.seen).toEqual(["`runs/` holds 2 event files"]);
    await w.repository.close();
  });

  test("files named by hand replace what would be found; one that is absent stays named", async () => {
    const w = await world({ "metrics.json": '{"a": 1}', "out/x.json": '{"b": 1}', "out/y.json": '{"c": 1}' });
    const head = await w.open("workspace");
    const sources = await discover(head, null, { ...nothing, metrics: ["out/*.json", "./absent.json"] }, w.repository);
    expect(sources.metrics).toEqual(["absent.json", "out/x.json", "out/y.json"]);
    await w.repository.close();
  });
});

describe("what cannot be read", () => {
  test("is a problem with its line, and the rest appears", async () => {
    const w = await world({
      "metrics.json": '{"a": 1}',
      "eval/metrics.yaml": "b: 1\n",
      "params.yaml": "p: 1\n",
      "log.csv": "step,a\n0,1\n",
    });
    await w.write({ "metrics.json": '{"a": 1,\n}', "log.csv": "step,a\n0,1,2,3\n" });
    const found = await compared(w);
    expect(shown(found)).toEqual(["eval/metrics.yaml b 1 1"]);
    expect(found.problems.map(({ file, line, revision }) => `${file} ${line} ${revision}`).toSorted()).toEqual([
      "log.csv 2 workspace",
      "metrics.json 2 workspace",
    ]);
    await w.repository.close();
  });
});
