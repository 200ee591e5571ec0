import { afterAll, describe, expect, test } from "bun:test";
import { bot, person } from "../fake/github.ts";
import { closeGitHub, githubScene, pixel, slug } from "../support/github-scene.ts";
import { testClock } from "../support/memory-host.ts";
import { run, type RunResult } from "../support/run.ts";

afterAll(closeGitHub);

type Scene = Awaited<ReturnType<typeof githubScene>>;

async function post(scene: Scene, text: string, ...flags: readonly string[]): Promise<RunResult> {
  const files = { "report.md": text, "p.png": pixel(1) };
  return run(["comment", "create", ...flags, "report.md"], { env: scene.env, files, clock: testClock() });
}

const heads = (scene: Scene): string[] =>
  scene.fake.comments(slug, "issue/3").map(({ body }) => body.split("\n\n[cml-sticky]")[0] ?? "");

describe("comment --mode", () => {
  test("update keeps one a key", async () => {
    const scene = await githubScene();
    await post(scene, "one", "--mode=update", "--key=a");
    await post(scene, "other", "--mode=update", "--key=b");
    await post(scene, "two", "--mode=update", "--key=a");
    expect(heads(scene)).toEqual(["two", "other"]);
  });

  test("recreate puts a new one at the end and takes the old away", async () => {
    const scene = await githubScene();
    await post(scene, "one", "--mode=recreate");
    scene.fake.comment(slug, "issue/3", person, "in between");
    await post(scene, "two", "--mode=recreate");
    expect(heads(scene)).toEqual(["in between", "two"]);
  });

  test("append adds below, with one marker and its images", async () => {
    const scene = await githubScene();
    await post(scene, "one", "--mode=append");
    await post(scene, "two ![p](p.png)", "--mode=append");
    const [head = "", ...more] = heads(scene);
    expect(more).toEqual([]);
    expect(head).toMatch(/^one\n\n---\n\ntwo !\[p\]\(http[^)]+\)$/);
    expect(scene.fake.comments(slug, "issue/3")[0]?.body.match(/cml-sticky/g)).toHaveLength(1);
  });

  test("delete takes ours away and leaves the others", async () => {
    const scene = await githubScene();
    scene.fake.comment(slug, "issue/3", person, 'theirs\n\n[cml-sticky]: <#v1> "key=comment"\n');
    scene.fake.comment(slug, "issue/3", bot, 'ours\n\n[cml-sticky]: <#v1> "key=comment"\n');
    const result = await post(scene, "x", "--mode=delete");
    expect(result).toMatchObject({ code: 0, stdout: "" });
    expect(heads(scene)).toEqual(["theirs"]);
  });

  test("a wrong mode, and an update without anything to find it by", async () => {
    const scene = await githubScene();
    expect((await post(scene, "x", "--mode=replace")).code).toBe(2);
    expect((await post(scene, "x", "--update", "--rm-watermark")).code).toBe(2);
    expect((await post(scene, "plain", "--rm-watermark")).code).toBe(0);
    expect(scene.fake.comments(slug, "issue/3")[0]?.body).toBe("plain");
  });

  test("a comment that was deleted between reading and writing is made again", async () => {
    const scene = await githubScene();
    await post(scene, "one", "--mode=update");
    scene.fake.next({ match: (request) => request.method === "PATCH", answer: { status: 404, body: { message: "Not Found" } } });
    const result = await post(scene, "two", "--mode=update");
    expect(result.code).toBe(0);
    expect(heads(scene)).toContain("two");
  });
});
