import { expect, test } from "bun:test";
import { readIndex } from "../../../src/dvc/index.ts";
import type { Out } from "../../../src/dvc/index.ts";
import { memoryTree } from "./memory-tree.ts";

const md5 = "d3b07384d113edec49eaa6238ad5ff00";
const sha = "bb37e68500000000000000000000000000000000";

async function outOf(text: string): Promise<Out | undefined> {
  const { outs, problems } = await readIndex(memoryTree({ "a/x.dvc": text }), { gitExclude: null });
  expect(problems).toEqual([]);
  return outs[0];
}

test("sizes, the executable bit, flags and the remote of an entry are read", async () => {
  const text = `outs:\n- md5: ${md5}\n  size: 10\n  isexec: true\n  hash: md5\n  path: run.sh\n  remote: Images\n  push: false\n  persist: true\n`;
  expect(await outOf(text)).toMatchObject({
    path: "a/run.sh",
    hash: { kind: "md5", value: md5 },
    isFolder: false,
    sizeBytes: 10,
    files: null,
    isExecutable: true,
    isCached: true,
    isPersistent: true,
    isPushed: false,
    remote: "images",
    stage: null,
    source: null,
  });
});

test("an unquoted hash of digits only is read, and one without a hash is null", async () => {
  const digits = "12345678901234567890123456789012";
  expect((await outOf(`outs:\n- md5: ${digits}\n  path: x\n`))?.hash).toEqual({ kind: "md5-dos2unix", value: digits });
  expect((await outOf("outs:\n- path: x\n  hash: md5\n"))?.hash).toBeNull();
  expect((await outOf("outs:\n- path: x\n  md5: ''\n"))?.hash).toBeNull();
});

test("imports tell where they come from", async () => {
  const repo = `frozen: true\ndeps:\n- path: data\n  repo:\n    url: https://example.org/o/r\n    rev: main\n    rev_lock: ${sha}\nouts:\n- md5: ${md5}\n  hash: md5\n  path: imp\n`;
  expect((await outOf(repo))?.source).toEqual({
    kind: "repository",
    url: "https://example.org/o/r",
    path: "data",
    revision: sha,
  });
  const url = `deps:\n- etag: '"abc"'\n  size: 3\n  path: s3://b/f.txt\nouts:\n- hash: md5\n  path: f.txt\n`;
  expect(await outOf(url)).toMatchObject({ source: { kind: "url", url: "s3://b/f.txt" }, hash: null });
});

test("a folder on a versioning remote has its files in the metafile and the hash that its manifest would have", async () => {
  const out = await outOf(
    `outs:\n- path: data\n  hash: md5\n  files:\n  - relpath: b.txt\n    md5: e20942bc0763636e19c18b95bb194501\n    size: 4\n  - relpath: a.txt\n    md5: ${md5}\n    size: 3\n`,
  );
  expect(out?.entries?.map((entry) => entry.path)).toEqual(["a.txt", "b.txt"]);
  expect(out).toMatchObject({ isFolder: true, files: 2, sizeBytes: 7, hash: { value: "787be5f66103b818bf995500164eef6e.dir" } });
});

test("files of a metafile that lead out of their folder are a problem, and outputs elsewhere are left alone", async () => {
  const evil = `outs:\n- path: data\n  hash: md5\n  files:\n  - relpath: ../../x\n    md5: ${md5}\n`;
  const { problems } = await readIndex(memoryTree({ "x.dvc": evil }), { gitExclude: null });
  expect(problems.map((problem) => problem.message)).toEqual(["x.dvc: manifest names a path outside of its folder: `../../x`"]);
  for (const path of ["/data/x", "../../x", "remote://r/x", "s3://b/x", "C:\\x"])
    expect(await outOf(`outs:\n- path: '${path}'\n  md5: ${md5}\n  hash: md5\n`)).toBeUndefined();
});

test("a lock file of DVC 1 without schema is read", async () => {
  const files = {
    "dvc.yaml": "stages:\n  s: {cmd: x, outs: [a]}\n",
    "dvc.lock": `s:\n  cmd: x\n  outs:\n  - path: a\n    md5: ${md5}\n`,
  };
  const { outs, problems } = await readIndex(memoryTree(files), { gitExclude: null });
  expect(problems).toEqual([]);
  expect(outs[0]?.hash).toEqual({ kind: "md5-dos2unix", value: md5 });
});
