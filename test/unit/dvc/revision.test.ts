import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ConfigError, InputError, IntegrityError, NotFoundError, UnsupportedError } from "../../../src/core/error.ts";
import { printJson } from "../../../src/core/json.ts";
import { openTree } from "../../../src/dvc/git-tree.ts";
import { openRepository, type Repository } from "../../../src/dvc/git.ts";
import { openRevision, type Revision, type RevisionOptions } from "../../../src/dvc/revision.ts";
import { openWorkTree } from "../../../src/dvc/work-tree.ts";
import { type Churn, restoreChurn, run } from "../../support/churn.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { memoryTree } from "./memory-tree.ts";
import { world } from "./world.ts";

const md5 = (content: string | Uint8Array): string => createHash("md5").update(content).digest("hex");
const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : new TextDecoder().decode(bytes));

describe("the demo repository", () => {
  let churn: Churn;
  let repository: Repository;
  beforeAll(async () => {
    churn = await restoreChurn();
    const found = await openRepository(world(churn.repo));
    if (found === null) throw new Error("no repository");
    repository = found;
  });
  afterAll(async () => {
    await repository.close();
    await rm(churn.folder, { recursive: true, force: true });
  });

  const open = async (name: string): Promise<Revision> =>
    openRevision(
      world(churn.repo),
      repository,
      name === "workspace" ? openWorkTree(world(churn.repo), repository.root) : await openTree(repository, name),
    );

  for (const name of ["main", "exp-a", "exp-b", "wide-lr", "workspace"])
    test(`every tracked file of ${name} is found, by the hash its metafile names`, async () => {
      const revision = await open(name);
      expect(revision.index.problems).toEqual([]);
      let files = 0;
      for (const out of revision.index.outs) {
        if (out.hash === null) continue;
        const entries = out.isFolder
          ? (await revision.manifest(out)).map((entry) => ({ path: `${out.path}/${entry.path}`, hash: entry.hash }))
          : [out];
        for (const entry of entries) {
          const bytes = await revision.read(entry.path);
          expect(bytes === null ? entry.path : md5(bytes)).toBe(entry.hash?.value ?? "");
          expect(await revision.kind(entry.path)).toBe("file");
          files++;
        }
      }
      expect(files).toBeGreaterThan(250);
    });

  test("no file of repository and remote is made, changed or removed by reading", async () => {
    const before = [await listing(churn.repo), await listing(churn.remote)];
    const revision = await open("exp-a");
    for (const out of revision.index.outs) if (!out.isFolder) await revision.read(out.path);
    expect([await listing(churn.repo), await listing(churn.remote)]).toEqual(before);
  });

  test("list() shows tracked files beside those of Git", async () => {
    const revision = await open("main");
    expect((await revision.list("models")).map((entry) => entry.name)).toEqual([
      ".gitignore",
      "churn.json",
      "score.sh",
      "score.sh.dvc",
    ]);
    expect(await revision.list("dvclive/plots/metrics")).toEqual([
      { name: "eval", kind: "folder" },
      { name: "train", kind: "folder" },
    ]);
    expect((await revision.list("dvclive/plots/metrics/train/")).map((entry) => `${entry.kind} ${entry.name}`)).toContain(
      "file loss.tsv",
    );
    expect(await revision.kind("dvclive/plots/metrics/train")).toBe("folder");
    expect(await revision.kind("data/slices")).toBe("folder");
    expect(await revision.kind("data/nope")).toBeNull();
    expect(await revision.read("data/images")).toBeNull();
    expect(await revision.read("data/images/nope.png")).toBeNull();
    expect(await revision.read("../outside")).toBeNull();
  });

  test("label and stages say what is needed to name and compare", async () => {
    const revision = await open("main");
    expect(revision.label).toEqual({
      name: "main",
      sha: "f9db4342303938de8aacee00da0880faf4667c73",
      committedMs: 1_741_428_000_000,
    });
    expect((await open("workspace")).label).toEqual({ name: "workspace", sha: null, committedMs: null });
    const names = revision.index.stages.map((stage) => stage.name).filter((name) => name !== null);
    const pipeline = "prepare featurize train evaluate monitor";
    const segments = "segment@north-linear segment@north-tree segment@south-linear segment@south-tree";
    expect(names.join(" ")).toBe(`${pipeline} ${segments} slice@new slice@loyal slice@veteran`);
  });

  test("limitBytes holds for contents of the cache and remote too", async () => {
    const failure = (await open("main")).read("data/raw/customers.csv", { limitBytes: 100 });
    await expect(failure).rejects.toBeInstanceOf(InputError);
  });
});

/** A project whose `metrics.json` and `plots/` are tracked, with objects put where the test wants them. */
async function project(options: { config?: string; out?: string; legacy?: boolean } = {}): Promise<{
  folder: string;
  open(more?: RevisionOptions): Promise<Revision>;
  put(place: string, content: string | Uint8Array, name?: string): Promise<void>;
}> {
  const folder = await temporaryFolder();
  const hash = options.legacy === true ? "" : "  hash: md5\n";
  const files: Record<string, string> = {
    ".dvc/config": options.config ?? "",
    "m.json.dvc": `outs:\n- md5: ${md5(metrics)}\n${hash}  path: m.json\n${options.out ?? ""}`,
    "plots.dvc": `outs:\n- md5: ${md5(manifest)}.dir\n${hash}  path: plots\n`,
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return {
    folder,
    open: (more) => openRevision(world(folder), null, openWorkTree(world(folder), folder), more),
    async put(place, content, name) {
      const value = name ?? md5(content);
      const path = join(folder, place, value.slice(0, 2), value.slice(2));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    },
  };
}

const metrics = '{"acc": 0.5}\n';
const loss = "step\tloss\n0\t1.0\n";
const manifest = printJson([{ md5: md5(loss), relpath: "train/loss.tsv" }]);

describe("contents", () => {
  test("come from the cache, or from a local remote in its own layout", async () => {
    const cached = await project();
    await cached.put(".dvc/cache/files/md5", metrics);
    expect(text(await (await cached.open()).read("m.json"))).toBe(metrics);

    const remote = await project({ config: "[core]\nremote = s\n['remote \"S\"']\nurl = ../store dir\n" });
    await remote.put("store dir/files/md5", metrics);
    await remote.put("store dir/files/md5", manifest, `${md5(manifest)}.dir`);
    await remote.put("store dir/files/md5", loss);
    const revision = await remote.open();
    expect(text(await revision.read("m.json"))).toBe(metrics);
    expect(text(await revision.read("plots/train/loss.tsv"))).toBe(loss);
    expect(await revision.list("plots")).toEqual([{ name: "train", kind: "folder" }]);
  });

  test("of DVC 2 lie flat, under the hash of their unified line ends", async () => {
    const old = await project({ legacy: true, config: "[core]\nremote = s\n['remote \"s\"']\nurl = ../old\n" });
    await old.put("old", metrics.replaceAll("\n", "\r\n"), md5(metrics));
    await old.put("old", manifest, `${md5(manifest)}.dir`);
    await old.put(".dvc/cache", loss);
    const revision = await old.open();
    expect(revision.index.outs[0]?.hash?.kind).toBe("md5-dos2unix");
    expect(text(await revision.read("m.json"))).toBe('{"acc": 0.5}\r\n');
    expect(text(await revision.read("plots/train/loss.tsv"))).toBe(loss);
  });

  test("a file of the tree comes before what DVC recorded", async () => {
    const one = await project();
    await one.put(".dvc/cache/files/md5", metrics);
    await writeFile(join(one.folder, "m.json"), "{}");
    expect(text(await (await one.open()).read("m.json"))).toBe("{}");
  });

  test("of an out with `cache: false` are files of the tree or nothing", async () => {
    const one = await project({ out: "  cache: false\n" });
    await one.put(".dvc/cache/files/md5", metrics);
    expect(await (await one.open()).read("m.json")).toBeNull();
  });

  test("that are nowhere are a NotFoundError naming file, object and places", async () => {
    const one = await project({ config: "[core]\nremote = s\n['remote \"s\"']\nurl = ../store\n" });
    const failure = await (await one.open()).read("m.json").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NotFoundError);
    expect(String(failure)).toContain("`m.json`");
    expect(String(failure)).toContain(md5(metrics));
    expect(String(failure)).toContain(join(one.folder, ".dvc/cache"));
    expect(String(failure)).toContain(join(one.folder, "store"));
    await expect((await one.open()).list("plots")).rejects.toBeInstanceOf(NotFoundError);
  });

  test("that only a cloud may have are an UnsupportedError, or fetched and verified", async () => {
    const one = await project({ config: "[core]\nremote = s\n['remote \"s\"']\nurl = s3://bucket/p\nregion = x\n" });
    const failure = await (await one.open()).read("m.json").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UnsupportedError);
    expect(String(failure)).toContain("s3://bucket/p");
    const asked: string[] = [];
    const fetching = await one.open({
      fetch: async ({ hash, remote, path }) => {
        asked.push(`${path} ${hash.value} ${remote.name} ${String(remote.options.get("region"))}`);
        return new TextEncoder().encode(metrics);
      },
    });
    expect(text(await fetching.read("m.json"))).toBe(metrics);
    expect(asked).toEqual([`m.json ${md5(metrics)} s x`]);
    const wrong = await one.open({ fetch: async () => new TextEncoder().encode("other") });
    await expect(wrong.read("m.json")).rejects.toBeInstanceOf(IntegrityError);
    const gone = await one.open({ fetch: async () => null });
    await expect(gone.read("m.json")).rejects.toBeInstanceOf(NotFoundError);
  });

  test("that are damaged in the cache are taken from the remote; damaged everywhere they are an IntegrityError", async () => {
    const one = await project({ config: "[core]\nremote = s\n['remote \"s\"']\nurl = ../store\n" });
    await one.put(".dvc/cache/files/md5", "", md5(metrics));
    await expect((await one.open()).read("m.json")).rejects.toThrow("content is damaged");
    await one.put("store/files/md5", metrics);
    expect(text(await (await one.open()).read("m.json"))).toBe(metrics);
  });

  test("of an out with its own remote are looked for there; an unknown one fails that out only", async () => {
    const config = "[core]\nremote = s\n['remote \"s\"']\nurl = ../store\n['remote \"mine\"']\nurl = remote://s/sub\n";
    const own = await project({ config, out: "  remote: Mine\n" });
    await own.put("store/sub/files/md5", metrics);
    expect(text(await (await own.open()).read("m.json"))).toBe(metrics);

    const unknown = await project({ config, out: "  remote: other\n" });
    for (const [content, name] of [
      [manifest, `${md5(manifest)}.dir`],
      [loss, md5(loss)],
    ] as const)
      await unknown.put("store/files/md5", content, name);
    const revision = await unknown.open();
    await expect(revision.read("m.json")).rejects.toBeInstanceOf(ConfigError);
    expect(text(await revision.read("plots/train/loss.tsv"))).toBe(loss);
  });

  test("a manifest that leads out of its folder is refused, and its neighbour still read", async () => {
    const evil = printJson([{ md5: md5(loss), relpath: "../../escaped.txt" }]);
    const one = await project();
    await writeFile(join(one.folder, "plots.dvc"), `outs:\n- md5: ${md5(evil)}.dir\n  hash: md5\n  path: plots\n`);
    await one.put(".dvc/cache/files/md5", evil, `${md5(evil)}.dir`);
    await one.put(".dvc/cache/files/md5", metrics);
    const revision = await one.open();
    await expect(revision.list("plots")).rejects.toThrow("manifest names a path outside of its folder: `../../escaped.txt`");
    expect(text(await revision.read("m.json"))).toBe(metrics);
  });

  test("of an older revision are found by the work tree's configuration too", async () => {
    const one = await project();
    await run(["git", "init", "-q", "-b", "main"], one.folder);
    await run(["git", "add", "."], one.folder);
    await run(["git", "commit", "-q", "-m", "one"], one.folder);
    await writeFile(join(one.folder, ".dvc/config"), "[cache]\ndir = ../moved\n");
    await one.put("moved/files/md5", metrics);
    const repository = await openRepository(world(one.folder));
    if (repository === null) throw new Error("no repository");
    const tree = await openTree(repository, "main");
    expect(text(await (await openRevision(world(one.folder), repository, tree)).read("m.json"))).toBe(metrics);
    const base = memoryTree({ ".dvc/config": "[cache]\ndir = ../elsewhere\n" });
    await rename(join(one.folder, "moved"), join(one.folder, "elsewhere"));
    expect(text(await (await openRevision(world(one.folder), repository, tree, { configTree: base })).read("m.json"))).toBe(
      metrics,
    );
    await repository.close();
  });
});

describe("bad input", () => {
  test("an invalid dvc.yaml, .dvc or lock file is a problem with its line; the rest is there", async () => {
    const one = await project();
    await one.put(".dvc/cache/files/md5", metrics);
    await writeFile(join(one.folder, "dvc.yaml"), "stages:\n  a:\n    cmd: x\n    outs: [o\n  b: {cmd: y}\n");
    await mkdir(join(one.folder, "sub"));
    await writeFile(
      join(one.folder, "sub/dvc.yaml"),
      "metrics: [m.json]\nstages:\n  a: {cmd: x, outs: ['${nope}']}\n  b: {cmd: y, outs: [fine]}\n",
    );
    await writeFile(join(one.folder, "sub/dvc.lock"), "schema: '2.0'\nstages:\n<<<<<<< HEAD\n");
    await writeFile(join(one.folder, "bad.dvc"), "outs:\n- path: x\n  md5: not-a-hash\n  hash: md5\n- 1\n");
    const { index, read } = await one.open();
    expect(index.problems.map((problem) => `${problem.file}:${problem.line}`).toSorted()).toEqual([
      "bad.dvc:3",
      "bad.dvc:5",
      "dvc.yaml:5",
      "sub/dvc.lock:3",
      "sub/dvc.yaml:3",
    ]);
    expect(index.problems.every((problem) => problem.revision === "workspace")).toBe(true);
    expect(index.stages.map((stage) => stage.name).filter((name) => name !== null)).toEqual(["a", "b"]);
    expect(index.metrics.map((metric) => metric.path)).toEqual(["sub/m.json"]);
    expect(text(await read("m.json"))).toBe(metrics);
  });

  test("a date in params.yaml is a value like any other", async () => {
    const files = {
      "params.yaml": "day: 2024-05-01\nlr: 0.1\n",
      "dvc.yaml": "stages:\n  s: {cmd: x, outs: ['o-${day}', 'p-${lr}']}\n",
    };
    const folder = await temporaryFolder();
    const { index } = await openRevision(world(folder), null, memoryTree(files, null));
    expect(index.problems).toEqual([]);
    expect(index.outs.map((out) => out.path)).toEqual(["o-2024-05-01", "p-0.1"]);
  });

  test("a foreach or matrix without end is refused", async () => {
    const axis = `[${Array.from({ length: 100 }, (_, index) => index).join(", ")}]`;
    const files = { "dvc.yaml": `stages:\n  s:\n    matrix: {a: ${axis}, b: ${axis}, c: ${axis}}\n    cmd: x\n` };
    const { index } = await openRevision(world(await temporaryFolder()), null, memoryTree(files, null));
    expect(index.problems.map((problem) => problem.message)).toEqual([
      "dvc.yaml:2: stage `s`: 1000000 stages from one definition, at most 100000 are read",
    ]);
  });

  test("no metafiles, no commits and no repository are an empty index", async () => {
    const folder = await temporaryFolder();
    await run(["git", "init", "-q"], folder);
    const repository = await openRepository(world(folder));
    if (repository === null) throw new Error("no repository");
    const revision = await openRevision(world(folder), repository, openWorkTree(world(folder), repository.root));
    expect(revision.index.outs).toEqual([]);
    expect(revision.index.projects).toEqual([{ folder: "", isInitialized: false }]);
    await expect(openTree(repository, "HEAD")).rejects.toThrow("unknown Git revision: `HEAD`");
    await repository.close();
  });

  test("a shallow clone says so when the revision is not in it", async () => {
    const churn = await restoreChurn();
    const folder = await temporaryFolder();
    await run(["git", "clone", "-q", "--depth=1", "--branch=main", `file://${churn.repo}`, "shallow"], folder);
    const repository = await openRepository(world(join(folder, "shallow")));
    if (repository === null) throw new Error("no repository");
    const failure = await openTree(repository, "exp-a").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NotFoundError);
    expect(failure instanceof NotFoundError ? failure.hint : "").toContain("this clone is shallow");
    await repository.close();
    await rm(churn.folder, { recursive: true, force: true });
  });

  test("a pointer of Git LFS is followed where its content is, and no metric where it is not", async () => {
    const folder = await temporaryFolder();
    const oid = createHash("sha256").update(metrics).digest("hex");
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${metrics.length}\n`;
    await run(["git", "init", "-q", "-b", "main"], folder);
    await writeFile(join(folder, "m.json"), pointer);
    await run(["git", "add", "."], folder);
    await run(["git", "commit", "-q", "-m", "one"], folder);
    const repository = await openRepository(world(folder));
    if (repository === null) throw new Error("no repository");
    const revision = await openRevision(world(folder), repository, await openTree(repository, "main"));
    await expect(revision.read("m.json")).rejects.toThrow("is kept by Git LFS");
    const place = join(folder, ".git/lfs/objects", oid.slice(0, 2), oid.slice(2, 4));
    await mkdir(place, { recursive: true });
    await writeFile(join(place, oid), metrics);
    expect(text(await revision.read("m.json"))).toBe(metrics);
    await repository.close();
  });

  test("a subproject keeps its own cache and configuration", async () => {
    const outer = await project();
    const inner = await project({ config: "[cache]\ndir = ../own\n" });
    await inner.put("own/files/md5", metrics);
    await cp(inner.folder, join(outer.folder, "models/churn"), { recursive: true });
    const revision = await outer.open();
    expect(revision.index.projects.map((one) => one.folder)).toEqual(["", "models/churn"]);
    expect(text(await revision.read("models/churn/m.json"))).toBe(metrics);
    await expect(revision.read("m.json")).rejects.toBeInstanceOf(NotFoundError);
  });
});

/** Every file below a folder with size and time. */
async function listing(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (
    await Promise.all(files.map(async (file) => `${file} ${Bun.file(file).size} ${Bun.file(file).lastModified}`))
  ).toSorted();
}
