import { afterAll, describe, expect, test } from "bun:test";
import { bot, person } from "../fake/github.ts";
import { closeGitHub, githubScene, pixel, slug, token } from "../support/github-scene.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runBinary, runBinaryBytes } from "../support/run.ts";

afterAll(closeGitHub);

/** The compiled program, as a job of GitHub Actions runs it. */
async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) await Bun.write(`${folder}/${name}`, content);
  return folder;
}

describe("cml comment on GitHub", () => {
  test("250 comments, ours on the third page, one by somebody else with our marker: one comment", async () => {
    const { fake, env } = await githubScene();
    const marker = '\n\n[cml-sticky]: <#v1> "key=comment run=1 attempt=1"\n';
    for (let index = 0; index < 249; index++) {
      if (index === 10) fake.comment(slug, "issue/3", person, `theirs${marker}`);
      else if (index === 220) fake.comment(slug, "issue/3", bot, `ours${marker}`);
      else fake.comment(slug, "issue/3", index % 2 === 0 ? bot : person, `comment ${index}`);
    }
    fake.comment(slug, "issue/3", bot, 'of another key\n\n[cml-sticky]: <#v1> "key=other"\n');
    const cwd = await folderWith({ "report.md": "![p](p.png)\n", "p.png": pixel(7) });
    const first = await runBinary(["comment", "update", "report.md"], { cwd, env });
    expect(first).toMatchObject({ code: 0, stderr: "" });
    const comments = fake.comments(slug, "issue/3");
    expect(comments).toHaveLength(250);
    expect(comments[10]?.body).toStartWith("theirs");
    const url = /!\[p\]\((http[^)]+)\)/.exec(comments[220]?.body ?? "")?.[1] ?? "";
    const shown = await fetch(url);
    expect([shown.status, shown.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect(comments.filter(({ body }) => body.includes("![p]"))).toHaveLength(1);
    // Blob, tree, commit, ref, comment.
    expect(fake.writes()).toHaveLength(5);
    const again = await runBinary(["comment", "update", "report.md"], { cwd, env });
    expect(again.stdout).toBe(first.stdout);
    expect(fake.writes()).toHaveLength(5);
    await Bun.write(`${cwd}/report.md`, "new text\n");
    expect((await runBinary(["comment", "update", "report.md"], { cwd, env })).code).toBe(0);
    expect(fake.comments(slug, "issue/3")).toHaveLength(250);
    expect(fake.comments(slug, "issue/3")[220]?.body).toStartWith("new text");
  });

  test("jobs that race for the first comment end with one", async () => {
    const { fake, env } = await githubScene();
    const runs = ["1001", "1002", "1003"].map(async (run) => {
      const cwd = await folderWith({ "report.md": `run ${run}\n` });
      return runBinary(["comment", "update", "report.md"], { cwd, env: { ...env, GITHUB_RUN_ID: run } });
    });
    expect((await Promise.all(runs)).map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(fake.comments(slug, "issue/3")).toHaveLength(1);
  });

  test("the token appears nowhere, at the highest log level and in every failure", async () => {
    const { fake, env } = await githubScene();
    const cwd = await folderWith({ "report.md": "x\n" });
    const outputs = [await runBinary(["comment", "create", "--log=debug", "report.md"], { cwd, env })];
    for (const status of [400, 401, 403, 404, 409, 422]) {
      fake.next({ answer: { status, body: { message: `echo ${token} ${Buffer.from(`x:${token}`).toString("base64")}` } } });
      outputs.push(await runBinary(["comment", "create", "--log=debug", "report.md"], { cwd, env }));
    }
    expect(outputs.map(({ code }) => code)).toEqual([0, 1, 4, 4, 1, 1, 1]);
    for (const { stdout, stderr } of outputs) {
      expect(stdout + stderr).not.toContain(token);
      expect(stdout + stderr).not.toContain(Buffer.from(token).toString("base64").slice(4, -4));
    }
    expect(fake.log.every((request) => !request.path.includes("ghs_"))).toBe(true);
  });

  test("the announcement's last two lines: `vl2png | cml-publish --md`, `cml-send-comment`", async () => {
    const { fake, env } = await githubScene();
    const spec = JSON.stringify({
      data: { values: [{ a: 1, b: 2 }] },
      mark: "point",
      encoding: { x: { field: "a" }, y: { field: "b" } },
    });
    const cwd = await folderWith({ "report.md": "# Report\n" });
    const png = await runBinaryBytes(["-"], { cwd, env, stdin: spec, name: "vl2png" });
    const published = await runBinary(["--md"], { cwd, env, stdin: png.stdout, name: "cml-publish" });
    expect(published.code).toBe(0);
    await Bun.write(`${cwd}/report.md`, `# Report\n${published.stdout}`);
    expect((await runBinary(["report.md"], { cwd, env, name: "cml-send-comment" })).code).toBe(0);
    const [comment] = fake.comments(slug, "issue/3");
    const url = /!\[image\]\((http[^)]+)\)/.exec(comment?.body ?? "")?.[1] ?? "";
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(png.stdout)).toBe(true);
  });

  test("`--watch` posts what changed, also what changed last before SIGTERM", async () => {
    const { fake, env } = await githubScene();
    const { binary } = await import("../support/binary.ts");
    const { bareEnvironment } = await import("../support/run.ts");
    const cwd = await folderWith({ "report.md": "one\n" });
    const child = Bun.spawn([await binary(), "comment", "create", "--watch", "report.md"], {
      cwd,
      env: await bareEnvironment(env),
      stdout: "pipe",
      stderr: "pipe",
    });
    const until = async (text: string): Promise<void> => {
      for (let round = 0; round < 600 && fake.comments(slug, "issue/3")[0]?.body.startsWith(text) !== true; round++)
        await Bun.sleep(50);
    };
    await until("one");
    await Bun.write(`${cwd}/report.md`, "the second\n");
    await until("the second");
    await Bun.write(`${cwd}/report.md`, "last words\n");
    child.kill("SIGTERM");
    await child.exited;
    expect(fake.comments(slug, "issue/3").map(({ body }) => body.split("\n")[0])).toEqual(["last words"]);
  }, 90_000);
});
