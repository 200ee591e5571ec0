/** The compiled program against answers that real DVC gave on the demo repository. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir, readFile, rm } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "../../src/core/json.ts";
import { CalendarDate, isMapping, type Value } from "../../src/core/value.ts";
import { type Churn, expectedFile, restoreChurn } from "../support/churn.ts";
import { runBinary } from "../support/run.ts";

type Recorded = [command: string, file: string, exit: number, hasStderr: boolean, note: string];

/** DVC is wrong about the data here; docs/dvc-differences.md tells how. */
const differs = /vega\/(?:dvclive__plots__metrics|reports__calibration)|plots-three-revs|plots-override-props/;
/** A target that is nowhere: DVC prints `{}` or nothing and succeeds. */
const missingTarget = /reports__nope/;

const index: readonly Recorded[] = JSON.parse(readFileSync(expectedFile("INDEX.diffs.json"), "utf8"));
const wanted = index.filter(
  ([command, file]) =>
    /^dvc (?:metrics|params|plots|diff) /.test(`${command} `) &&
    !/relative-remote-url|plots templates/.test(`${file} ${command}`),
);

let churn: Churn;
beforeAll(async () => {
  churn = await restoreChurn();
}, 60_000);
afterAll(() => rm(churn.folder, { recursive: true, force: true }));

async function ours(command: string): Promise<{ code: number; stdout: string; stderr: string }> {
  return runBinary(wordsOf(command).slice(1), { cwd: churn.repo });
}

/** Words of a recorded command line; quotes are plain. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) =>
    (quoted ?? bare ?? "").replaceAll("$CASE", churn.folder),
  );
}

function recorded(file: string): string {
  return readFileSync(expectedFile(file), "utf8").replaceAll("$CASE", churn.folder);
}

describe("as real DVC answered", () => {
  for (const [command, file] of wanted.filter(([, path]) => !differs.test(path) && !missingTarget.test(path))) {
    test(`${command} (${file})`, async () => {
      const { code, stdout, stderr } = await ours(command);
      // Two old commits lack the content of a file that they track: DVC says so on stderr, too.
      if (!file.includes("--all-commits")) expect(stderr).toBe("");
      expect(code).toBe(0);
      if (file.endsWith(".json") && recorded(file) !== "") expect(canonical(stdout)).toEqual(canonical(recorded(file)));
      else expect(lines(stdout)).toEqual(lines(recorded(file)));
    });
  }

  test("plots diff -o writes the images that DVC wrote", async () => {
    const out = join(churn.folder, "images-out");
    await runBinary(["plots", "diff", "main", "exp-a", "--json", "-o", out], { cwd: churn.repo });
    const names = recorded("diff/main..exp-a/plots.files.txt").trim().split("\n").slice(1);
    expect((await readdir(out)).toSorted()).toEqual(names.map((line) => /^"?(.*?)"?\t/.exec(line)?.[1] ?? "").toSorted());
    for (const line of names) {
      const [name = "", , md5 = ""] = line.split("\t");
      const bytes = await readFile(join(out, name.replaceAll('"', "")));
      expect(new Bun.CryptoHasher("md5").update(bytes).digest("hex")).toBe(md5);
    }
  });
});

test("plots diff writes one page that needs no network, images beside it", async () => {
  const out = join(churn.folder, "page");
  const { code, stdout, stderr } = await runBinary(["plots", "diff", "main", "exp-a", "-o", out, "--open"], { cwd: churn.repo });
  expect([code, stderr, stdout]).toEqual([0, "", `file://${out}/index.html\n`]);
  const page = await readFile(join(out, "index.html"), "utf8");
  const specs = [...page.matchAll(/<script type="application\/json">(.*?)<\/script>/gs)].map(([, text = ""]) => text);
  expect(specs.filter((text) => "$schema" in JSON.parse(text)).length).toBe(15);
  expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  expect((await readdir(join(out, "static"))).length).toBe(8);
  for (const [, name = ""] of page.matchAll(/src="static\/([^"]*)"/g))
    expect(await readdir(join(out, "static"))).toContain(decodeURIComponent(name));
}, 60_000);

describe("where DVC is wrong about the data", () => {
  for (const [command, file] of wanted.filter(([, path]) =>
    /dvclive__plots__metrics|plots-three-revs|plots-override-props/.test(path),
  )) {
    test(`${command}: a target keeps the x that its folder declares`, async () => {
      const { code, stdout } = await ours(command);
      expect(code).toBe(0);
      // DVC counts rows (`0`) over the column of that name; the column (`"0"`) is what the folder's `x: step` means.
      expect(canonical(stdout)).toEqual(canonical(recorded(file).replaceAll(/"step": (\d+)(?=, "loss")/g, '"step": "$1"')));
    });
  }

  for (const [command, file] of wanted.filter(([, path]) => path.includes("reports__calibration"))) {
    test(`${command}: a file that is declared twice is one plot under its own name`, async () => {
      const { code, stdout } = await ours(command);
      expect(code).toBe(0);
      expect(canonical(stdout)).toEqual(
        canonical(recorded(file).replaceAll("dvc.yaml::reports/calibration.csv", "reports/calibration.csv")),
      );
    });
  }

  for (const [command] of wanted.filter(([, path]) => missingTarget.test(path))) {
    test(`${command}: a target that is nowhere is an error`, async () => {
      const { code, stdout, stderr } = await ours(command);
      expect(code).toBe(1);
      expect(stdout).toBe("");
      expect(stderr).toContain("reports/nope.csv");
    });
  }

  test("cached files of old revisions are found with a relative remote address", async () => {
    const { stdout } = await runBinary(["metrics", "diff", "main", "exp-a", "--all", "--json"], { cwd: churn.repo });
    expect(canonical(stdout)).toEqual(canonical(recorded("diff/main..exp-a/metrics.all.json")));
    expect(canonical(stdout)).not.toEqual(canonical(recorded("diff/relative-remote-url/metrics.json")));
  });
});

function lines(text: string): string[] {
  return text.trimEnd().split("\n").toSorted();
}

/** JSON with keys sorted; integers and floats stay apart, NaN and Infinity are values. */
function canonical(text: string): unknown {
  return plain(readJson(text, "answer"));
}

function plain(value: Value): unknown {
  if (isMapping(value))
    return [...value].map(([key, item]) => [key, plain(item)]).toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  if (Array.isArray(value)) return value.map((item: Value) => plain(item));
  if (typeof value === "bigint") return `int ${value}`;
  return value instanceof CalendarDate ? value.text : value;
}
