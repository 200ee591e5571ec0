import { describe, expect, test } from "bun:test";
import { type Baseline, findBaseline } from "../../../src/compare/baseline.ts";
import { nearestRecord, printRecord, recordPath, recordRef } from "../../../src/compare/record.ts";
import { openRepository } from "../../../src/dvc/git.ts";
import type { Ci } from "../../../src/host/ci.ts";
import { run } from "../../support/churn.ts";
import { testHost } from "../../support/memory-host.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { world, type World } from "./world.ts";

async function find(
  w: Pick<World, "host" | "repository">,
  ci: Partial<Ci> = {},
  base?: string,
  mayFetch = false,
): Promise<Baseline> {
  return findBaseline(w.repository, { ci: { ...w.host.ci, ...ci }, mayFetch, ...(base === undefined ? {} : { base }) });
}

/** main: A - B - C; branch `topic` from A with D. */
async function forked(): Promise<{ w: World; a: string; b: string; c: string; d: string }> {
  const w = await world({ "x.txt": "1" });
  const a = await w.git("rev-parse", "HEAD");
  await w.git("branch", "topic");
  const b = await w.commit("B");
  const c = await w.commit("C");
  await w.git("switch", "-q", "topic");
  await w.write({ "topic.txt": "1" });
  const d = await w.commit("D");
  return { w, a, b, c, d };
}

describe("findBaseline()", () => {
  test("a revision named by hand wins; an unknown one is an error", async () => {
    const { w, b } = await forked();
    expect(await find(w, {}, "main~1")).toMatchObject({ kind: "commit", sha: b, name: "main~1" });
    expect(find(w, {}, "nope")).rejects.toMatchObject({ kind: "not-found" });
    await w.repository.close();
  });

  test("on a branch: the merge base with the default branch, never its tip", async () => {
    const { w, a } = await forked();
    expect(await find(w)).toMatchObject({ kind: "commit", sha: a, name: "main" });
    await w.repository.close();
  });

  test("a pull request: merge base with its target, not the event's stale base", async () => {
    const { w, a, b } = await forked();
    expect(await find(w, { pullNumber: 3, baseRef: "main", baseSha: b })).toMatchObject({ sha: a, name: "main" });
    await w.repository.close();
  });

  test("a merge ref: its first parent", async () => {
    const { w, c, d } = await forked();
    await w.git("switch", "-q", "--detach", "main");
    await w.git("merge", "-q", "--no-ff", "-m", "merged", "topic");
    expect(await find(w, { pullNumber: 3, baseRef: "main", ref: "refs/pull/3/merge", headSha: d })).toMatchObject({
      sha: c,
      name: "main",
    });
    await w.repository.close();
  });

  test("on the default branch: the commit before the push, else the parent", async () => {
    const { w, a, b } = await forked();
    await w.git("switch", "-q", "main");
    expect(await find(w)).toMatchObject({ sha: b, name: "HEAD~1" });
    expect(await find(w, { before: a, defaultBranch: "main" })).toMatchObject({ sha: a, why: "commit before the push" });
    expect(await find(w, { before: "0".repeat(40), defaultBranch: "main" })).toMatchObject({ sha: b });
    await w.repository.close();
  });

  test("one commit, no commits and no common history say what to do", async () => {
    const one = await world({ "x.txt": "1" });
    expect(await find(one)).toMatchObject({ kind: "none", reason: "the repository has one commit" });
    await one.repository.close();
    const apart = await world({ "x.txt": "1" });
    await apart.git("switch", "-q", "--orphan", "alone");
    await apart.commit("alone");
    expect(await find(apart)).toMatchObject({ kind: "none", reason: expect.stringContaining("share no history") });
    await apart.repository.close();
    const empty = await testHost();
    await run(["git", "init", "-q"], empty.host.cwd);
    const repository = await openRepository(empty.host);
    if (repository === null) throw new Error("no repository");
    expect(await find({ host: empty.host, repository })).toMatchObject({ kind: "none", reason: "the repository has no commits" });
    await repository.close();
  });
});

describe("a shallow clone", () => {
  async function shallow(w: World): Promise<{ host: World["host"]; repository: World["repository"] }> {
    const folder = await temporaryFolder();
    await run(["git", "clone", "-q", "--depth=1", "--branch=topic", `file://${w.folder}`, "clone"], folder);
    const { host } = await testHost({ cwd: `${folder}/clone` });
    const repository = await openRepository(host);
    if (repository === null) throw new Error("no repository");
    return { host, repository };
  }

  test("is deepened until the branches meet", async () => {
    const { w, a } = await forked();
    const clone = await shallow(w);
    expect(await find(clone, { pullNumber: 1, baseRef: "main" }, undefined, true)).toMatchObject({ kind: "commit", sha: a });
    await clone.repository.close();
    await w.repository.close();
  });

  test("that may not fetch says how to check out with history", async () => {
    const { w } = await forked();
    const clone = await shallow(w);
    expect(await find(clone, { pullNumber: 1, baseRef: "main" })).toMatchObject({
      kind: "none",
      mend: expect.stringContaining("fetch-depth: 0"),
    });
    await clone.repository.close();
    await w.repository.close();
  });
});

test("nearestRecord() takes the record of the nearest ancestor", async () => {
  const { w, a, b, c } = await forked();
  await w.git("switch", "-q", "--orphan", "records");
  await w.write({
    [recordPath(b)]: printRecord(b, 5, [{ file: "m.json", name: "acc", old: undefined, new: 0.5 }]),
    [recordPath(a)]: printRecord(a, 1, []),
  });
  await w.git("update-ref", recordRef, await w.commit("records"));
  expect(await nearestRecord(w.repository, c, false)).toMatchObject({ sha: b, createdMs: 5 });
  expect((await nearestRecord(w.repository, a, false))?.sha).toBe(a);
  await w.repository.close();
});
