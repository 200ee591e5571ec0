import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmod, mkdtemp, realpath, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTree } from "../../../src/dvc/git-tree.ts";
import { openRepository, type Repository } from "../../../src/dvc/git.ts";
import { openWorkTree } from "../../../src/dvc/work-tree.ts";
import { type Churn, restoreChurn, run } from "../../support/churn.ts";
import { world } from "./world.ts";

let churn: Churn;
let repository: Repository;

beforeAll(async () => {
  churn = await restoreChurn();
  repository = await open(churn.repo);
});
afterAll(() => repository.close());

async function open(folder: string): Promise<Repository> {
  const found = await openRepository(world(folder), folder);
  if (found === null) throw new Error("no repository");
  return found;
}

async function fresh(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "git-")));
  await run(["git", "init", "-q", "-b", "main"], folder);
  return folder;
}

test("resolve() finds branches, tags, shas, relatives, remote branches and experiments", async () => {
  const main = "f9db4342303938de8aacee00da0880faf4667c73";
  expect(await repository.resolve("main")).toBe(main);
  expect(await repository.resolve("HEAD")).toBe(main);
  expect(await repository.resolve("f9db434")).toBe(main);
  expect(await repository.resolve("exp-a")).toBe("4258a794fc32571e1c1b1c5ca5d329edd04a9c4d");
  expect(await repository.resolve("wide-lr")).toBe("5838764a4280761c6051a6e65b1a13b8a2990b20");
  expect(await repository.resolve("HEAD~1")).toHaveLength(40);
  for (const name of ["nope", "", "--help", "HEAD\nmain", "HEAD:dvc.yaml"]) expect(await repository.resolve(name)).toBeNull();
});

test("resolve() finds a branch that only the remote has, as in a CI checkout", async () => {
  const folder = await fresh();
  await run(["git", "remote", "add", "origin", churn.repo], folder);
  await run(["git", "fetch", "-q", "origin"], folder);
  await run(["git", "checkout", "-q", "--detach", "origin/main"], folder);
  const clone = await open(folder);
  expect(await clone.resolve("exp-b")).toBe("bd241ee2e8a9bd8a9fd35439c40bebb685f1dcd9");
  expect(await clone.currentBranch()).toBeNull();
  expect(await clone.remoteUrl()).toBe(churn.repo);
  await clone.close();
});

test("mergeBase(), commit(), history(), refs() and allRevisions() answer as git does", async () => {
  const git = async (...args: string[]): Promise<string> => (await run(["git", ...args], churn.repo)).trim();
  expect(await repository.mergeBase("main", "exp-a")).toBe(await git("merge-base", "main", "exp-a"));
  const commit = await repository.commit(await git("rev-parse", "exp-a"));
  expect(`${commit.committedMs / 1000} ${commit.parents.join(" ")} ${commit.subject}`).toBe(
    await git("log", "-1", "--format=%ct %P %s", "exp-a"),
  );
  expect(await repository.history("exp-a")).toEqual((await git("rev-list", "exp-a")).split("\n"));
  expect((await repository.refs("refs/heads/")).map((ref) => ref.name)).toEqual([
    "refs/heads/exp-a",
    "refs/heads/exp-b",
    "refs/heads/main",
  ]);
  const branches = await repository.allRevisions({ branches: true });
  expect(branches.flatMap((one) => one.names)).toEqual(["exp-a", "exp-b", "main"]);
  const all = await repository.allRevisions({ commits: true });
  expect(all.map((one) => one.sha).toSorted()).toEqual(
    (await git("rev-list", "--branches", "--tags", "--remotes")).split("\n").toSorted(),
  );
  expect((await repository.changedPaths("main", "exp-a")).join("\n")).toBe(await git("diff", "--name-only", "main", "exp-a"));
});

test("openTree() reads and lists every file of a revision, many at once", async () => {
  const tree = await openTree(repository, "exp-a");
  const paths = (await run(["git", "ls-tree", "-r", "--name-only", "exp-a"], churn.repo)).trim().split("\n");
  const walked: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await tree.list(folder)) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.kind === "folder") await walk(path);
      else walked.push(path);
    }
  };
  await walk("");
  expect(walked.toSorted()).toEqual(paths.toSorted());
  const contents = await Promise.all([...paths, ...paths].map((path) => tree.read(path)));
  for (const [index, path] of paths.entries()) {
    const text = new TextDecoder().decode(contents[index] ?? undefined);
    expect(text).toBe(await run(["git", "show", `exp-a:${path}`], churn.repo));
    expect(contents[index + paths.length]).toEqual(contents[index] ?? null);
  }
  expect(await tree.read("dvc.yaml/x")).toBeNull();
  expect(await tree.read("config")).toBeNull();
  expect(await tree.kind("config")).toBe("folder");
  expect(await tree.size?.("dvc.yaml")).toBe((await tree.read("dvc.yaml"))?.length ?? 0);
  await expect(tree.read("dvc.yaml", { limitBytes: 10 })).rejects.toThrow("file is too large: `dvc.yaml` of `exp-a`");
  expect((await tree.read("dvc.yaml"))?.length).toBeGreaterThan(100);
  await expect(openTree(repository, "nope")).rejects.toThrow("unknown Git revision: `nope`");
});

test("trees follow links inside the repository only and never show .git", async () => {
  const folder = await fresh();
  await run(["mkdir", "-p", "sub", "real"], folder);
  await writeFile(join(folder, "real/a.txt"), "hello");
  await writeFile(join(folder, "sub/b.txt"), "b");
  const links = {
    "in.txt": "real/a.txt",
    folder: "real",
    "out.txt": "/etc/passwd",
    "up.txt": "../../../etc/passwd",
    ring: "ring",
    "git.txt": ".git/config",
    "sub/up": "../real/a.txt",
  };
  for (const [name, target] of Object.entries(links)) await symlink(target, join(folder, name));
  await run(["git", "add", "-A"], folder);
  await run(["git", "commit", "-qm", "x"], folder);
  const found = await open(folder);
  for (const tree of [await openTree(found, "HEAD"), openWorkTree(world(folder), folder)]) {
    const text = async (path: string): Promise<string | null> => {
      const bytes = await tree.read(path);
      return bytes === null ? null : new TextDecoder().decode(bytes);
    };
    expect(await text("in.txt")).toBe("hello");
    expect(await text("folder/a.txt")).toBe("hello");
    expect(await text("sub/up")).toBe("hello");
    for (const path of ["out.txt", "up.txt", "ring", "git.txt", ".git/config", "../x", "/etc/passwd", "sub/../../x"])
      expect([path, await text(path)]).toEqual([path, null]);
    expect((await tree.list("")).map((entry) => `${entry.name}:${entry.kind}${entry.isLink === true ? "@" : ""}`)).toEqual([
      "folder:folder@",
      "in.txt:file@",
      "real:folder",
      "sub:folder",
    ]);
  }
  await found.close();
});

test("openRepository() finds linked work trees and reports a shallow clone", async () => {
  const linked = join(churn.folder, "linked");
  await run(["git", "worktree", "add", "-q", linked, "exp-a"], churn.repo);
  const tree = await open(join(linked, "config"));
  expect(tree.root).toBe(linked);
  expect(tree.commonFolder).toBe(join(churn.repo, ".git"));
  expect(await tree.currentBranch()).toBe("exp-a");
  await tree.close();
  await run(["git", "clone", "-q", "--depth=1", `file://${churn.repo}`, "shallow"], churn.folder);
  const shallow = await open(join(churn.folder, "shallow"));
  expect(shallow.isShallow).toBe(true);
  expect(repository.isShallow).toBe(false);
  expect(await shallow.resolve("HEAD~1")).toBeNull();
  await shallow.close();
  expect(await openRepository(world("/"), "/")).toBeNull();
});

test("isDirty() notices edits and not mere time stamps", async () => {
  const folder = await fresh();
  await writeFile(join(folder, "a.txt"), "1");
  await run(["git", "add", "-A"], folder);
  await run(["git", "commit", "-qm", "x"], folder);
  const found = await open(folder);
  expect(await found.isDirty()).toBe(false);
  await run(["touch", "-d", "2001-01-01", "a.txt"], folder);
  expect(await found.isDirty()).toBe(false);
  await writeFile(join(folder, "a.txt"), "2");
  expect(await found.isDirty()).toBe(true);
  await found.close();
});

test("a hostile configuration runs nothing and another owner is no obstacle", async () => {
  const folder = await fresh();
  await writeFile(join(folder, "a.txt"), "1");
  await writeFile(join(folder, "b.txt"), "2");
  await run(["git", "add", "-A"], folder);
  await run(["git", "commit", "-qm", "x"], folder);
  const program = join(folder, "evil.sh");
  const proof = join(folder, "proof");
  await writeFile(program, `#!/bin/sh\necho ran >> ${proof}\ncat\n`);
  await chmod(program, 0o755);
  for (const key of [
    "core.fsmonitor",
    "core.pager",
    "core.sshCommand",
    "core.askPass",
    "credential.helper",
    "gpg.program",
    "diff.external",
    "filter.x.clean",
    "filter.y=z.process",
    "diff.x.textconv",
  ]) {
    await run(["git", "config", key, key === "credential.helper" ? `!${program}` : program], folder);
  }
  await run(["git", "config", "log.showSignature", "true"], folder);
  await run(["git", "config", "core.hooksPath", folder], folder);
  await writeFile(join(folder, ".git/info/attributes"), "* filter=x diff=x\nb.txt filter=y=z\n");
  await writeFile(join(folder, "a.txt"), "2");
  // A file of the same size whose time stamp differs is compared by content.
  await writeFile(join(folder, "b.txt"), "1");
  await run(["chown", "-R", "12345", folder], "/").catch(() => undefined);
  const found = await open(folder);
  expect(await found.isDirty()).toBe(true);
  expect(await found.history("HEAD")).toHaveLength(1);
  expect((await found.commit("HEAD")).subject).toBe("x");
  expect(new TextDecoder().decode((await (await openTree(found, "HEAD")).read("a.txt")) ?? undefined)).toBe("1");
  await found.allRevisions({ commits: true });
  await found.changedPaths("HEAD", "HEAD");
  await found.close();
  expect(existsSync(proof)).toBe(false);
});

test("what a configuration names for a fetch does not run", async () => {
  const source = await fresh();
  await writeFile(join(source, "a.txt"), "1");
  await run(["git", "add", "-A"], source);
  await run(["git", "commit", "-qm", "x"], source);
  const folder = await fresh();
  const proof = join(folder, "proof");
  await run(["git", "remote", "add", "origin", `file://${source}`], folder);
  await run(["git", "config", "remote.origin.uploadpack", `touch ${proof}; git-upload-pack`], folder);
  await run(["git", "config", "protocol.allow", "always"], folder);
  await run(["git", "config", "protocol.ext.allow", "always"], folder);
  const found = await open(folder);
  expect((await found.fetch(["origin", "HEAD"])).code).toBe(0);
  await run(["git", "config", "remote.origin.url", `ext::sh -c touch% ${proof}`], folder);
  expect((await found.fetch(["origin", "HEAD"])).code).not.toBe(0);
  await found.close();
  expect(existsSync(proof)).toBe(false);
});

test("core.worktree cannot widen the root", async () => {
  const folder = await fresh();
  await run(["git", "config", "core.worktree", "/"], folder);
  expect(await openRepository(world(folder), folder)).toBeNull();
});
