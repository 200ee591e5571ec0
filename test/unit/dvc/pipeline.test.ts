/** `pipeline-cases.json` holds small projects and what real DVC 3.67.1 reads out of them: stages, outputs, params, used variables, or its error. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { printJson, readJson } from "../../../src/core/json.ts";
import { compareCodePoints } from "../../../src/core/text.ts";
import { isMapping, type Mapping, type Value } from "../../../src/core/value.ts";
import { readIndex, type Stage } from "../../../src/dvc/index.ts";
import { memoryTree } from "./memory-tree.ts";

/** What DVC refuses and this program reads: a number where a path is expected, keys of the top level that it does not know. */
const lenient = new Set([
  "lone expression of a number as path",
  "vars twice whole",
  "vars params.yaml again",
  "tracked list and whole use",
  "anchors and merge",
]);

const text = readFileSync(join(import.meta.dir, "pipeline-cases.json"), "utf8");
const cases = listOf(readJson(text, "cases")).filter(isMapping);

describe("as real DVC reads it", () => {
  for (const one of cases) {
    const title = String(one.get("title"));
    test(title, async () => {
      const index = await readIndex(memoryTree(filesOf(one)), { gitExclude: null });
      if (one.has("error") && !lenient.has(title)) {
        expect(index.problems.length).toBeGreaterThan(0);
        return;
      }
      expect(index.problems).toEqual([]);
      if (one.has("error")) return;
      const mine = index.stages.filter((stage) => stage.project.folder === "").map(described);
      expect(ordered(mine)).toEqual(ordered(listOf(one.get("stages"))));
      expect(sorted(index.metrics.map(({ path }) => path))).toEqual(sorted(listOf(one.get("metrics"))));
      expect(sorted(index.params.map(({ path }) => path))).toEqual(sorted(listOf(one.get("toplevel_params"))));
    });
  }
});

test("every refusal names the file and the line of the stage or key", async () => {
  for (const one of cases.filter((candidate) => candidate.has("error") && !lenient.has(String(candidate.get("title"))))) {
    const { problems } = await readIndex(memoryTree(filesOf(one)), { gitExclude: null });
    for (const problem of problems) {
      expect(["dvc.yaml", "dvc.lock"]).toContain(problem.file);
      expect(problem.line).toBeGreaterThan(0);
      expect(problem.message).toStartWith(`${problem.file}:${problem.line}:`);
    }
  }
});

function filesOf(one: Mapping): Record<string, string> {
  const files = one.get("files");
  return isMapping(files) ? Object.fromEntries([...files].map(([path, content]) => [path, String(content)])) : {};
}

/** A stage in the form of the recorded answers. */
function described(stage: Stage): Value {
  const outs = stage.outs.map((out) => [
    out.path,
    out.kind,
    out.isCached,
    out.isPersistent,
    out.remote,
    out.isPushed,
    out.hash === null ? null : `${out.hash.kind}:${out.hash.value}`,
    out.plot,
  ]);
  const fields = {
    name: stage.name,
    metafile: stage.metafile,
    outs,
    deps: stage.dependencies.filter((path) => !path.startsWith("/")),
    params: new Map(stage.params.map(({ file, keys }) => [file, keys ?? []])),
    vars: stage.vars,
  };
  return readJson(printJson(fields), "mine");
}

/** The recorded order is that of a directory walk; remotes are recorded as written, and mean the lower-cased one. */
function ordered(stages: readonly Value[]): string[] {
  return stages
    .map((stage) =>
      printJson(normalized(stage))
        .replaceAll('"Other"', '"other"')
        .replace(/"\.\.[^"]*f\.txt"/, ""),
    )
    .toSorted(compareCodePoints);
}

function normalized(value: Value): Value {
  if (Array.isArray(value)) return value.map(normalized);
  if (!isMapping(value)) return value;
  return new Map(
    [...value].map(([key, item]): [string, Value] => [key, normalized(item)]).toSorted(([a], [b]) => compareCodePoints(a, b)),
  );
}

function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : [];
}

function sorted(values: readonly Value[]): string[] {
  return values.map(String).toSorted(compareCodePoints);
}
