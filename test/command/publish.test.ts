import { afterAll, describe, expect, test } from "bun:test";
import { serve } from "../fake/server.ts";
import { closeGitHub, githubScene, pixel, slug } from "../support/github-scene.ts";
import { run } from "../support/run.ts";
import { testClock } from "../support/memory-host.ts";

afterAll(closeGitHub);

const clock = () => testClock();

describe("publish", () => {
  test("prints an address a file, in order; one commit on the hidden ref", async () => {
    const { fake, env, repository } = await githubScene();
    const result = await run(["publish", "a.png", "b.png"], {
      env,
      files: { "a.png": pixel(1), "b.png": pixel(2) },
      clock: clock(),
    });
    expect(result.code).toBe(0);
    const [a = "", b = "", end] = result.stdout.split("\n");
    expect(end).toBe("");
    const sha = repository.git.refs.get("refs/cml/assets/pr-3") ?? "";
    expect(a).toMatch(new RegExp(`^${fake.url}/${slug}/blob/${sha}/images/[0-9a-f]{12}-a\\.png\\?raw=true$`));
    expect(new Uint8Array(await (await fetch(b)).arrayBuffer())).toEqual(pixel(2));
    expect([...repository.git.refs.keys()]).toEqual(["refs/heads/main", "refs/heads/feature", "refs/cml/assets/pr-3"]);
    expect(repository.git.commitOf(sha)?.message).toContain("[skip ci]");
  });

  test("a second run adds to the ref and uploads nothing twice", async () => {
    const { fake, env, repository } = await githubScene();
    await run(["publish", "a.png"], { env, files: { "a.png": pixel(1) }, clock: clock() });
    const first = repository.git.refs.get("refs/cml/assets/pr-3") ?? "";
    await run(["publish", "a.png"], { env, files: { "a.png": pixel(1) }, clock: clock() });
    expect(repository.git.refs.get("refs/cml/assets/pr-3")).toBe(first);
    await run(["publish", "b.png"], { env, files: { "b.png": pixel(2) }, clock: clock() });
    const second = repository.git.refs.get("refs/cml/assets/pr-3") ?? "";
    expect(repository.git.commitOf(second)?.parents).toEqual([first]);
    expect(fake.writes().filter((request) => request.path.endsWith("/git/blobs"))).toHaveLength(2);
  });

  test("four at once: every image is reachable from the tip", async () => {
    const { env, repository } = await githubScene();
    const jobs = [1, 2, 3, 4].map((red) =>
      run(["publish", `${red}.png`], { env, files: { [`${red}.png`]: pixel(red) }, clock: clock() }),
    );
    expect((await Promise.all(jobs)).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const tip = repository.git.refs.get("refs/cml/assets/pr-3") ?? "";
    const folder = repository.git.at(tip, "images");
    expect(repository.git.entries(folder?.sha ?? "")).toHaveLength(4);
  });

  test("a server that refuses the hidden namespace gets a branch", async () => {
    const { env, repository } = await githubScene();
    repository.refuse = /^refs\/cml\//;
    const result = await run(["publish", "a.png"], { env, files: { "a.png": pixel(1) }, clock: clock() });
    expect(result.code).toBe(0);
    expect(repository.git.refs.has("refs/heads/cml-assets/pr-3")).toBe(true);
    expect((await fetch(result.stdout.trim())).status).toBe(200);
  });

  test.each([
    [["--md"], /^!\[plot one\]\(http[^)]+-plot-one\.png\?raw=true\)\n$/],
    [["--md", "--title", "A title"], /^!\[A title\]\(http[^)]+ "A title"\)\n$/],
    [["--md", "-t", "T"], /^!\[T\]\(http[^)]+ "T"\)\n$/],
    [["--html"], /^<img src="http[^"]+" alt="plot one">\n$/],
    [[], /^http\S+\n$/],
    [["--native", "--gitlab-uploads", "--rm-watermark"], /^http\S+\n$/],
    [["--mime-type=image/png", "--md"], /^!\[/],
  ])("%p", async (flags, form) => {
    const { env } = await githubScene();
    const result = await run(["publish", ...flags, "plot one.png"], { env, files: { "plot one.png": pixel(1) }, clock: clock() });
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(form);
  });

  test("stdin, as `cml-publish --md` takes it from a pipe", async () => {
    const { env } = await githubScene();
    for (const [argv, name] of [
      [["--md"], "cml-publish"],
      [["publish", "--md", "-"], "cml"],
      [["asset", "publish", "--md"], "cml"],
    ] as const) {
      const result = await run(argv, { env, stdin: pixel(1), name, clock: clock() });
      expect(result.stdout).toMatch(/^!\[image\]\(http[^)]+\.png\?raw=true\)\n$/);
    }
  });

  test("`--file` appends, as it was documented", async () => {
    const { env } = await githubScene();
    const host = await import("../support/memory-host.ts");
    const world = await host.testHost({ env, files: { "a.png": pixel(1), "report.md": "# R\n" }, clock: clock() });
    const { main } = await import("../../src/main.ts");
    expect(await main(["publish", "--md", "-f", "report.md", "a.png"], world.host)).toBe(0);
    expect(world.stdout()).toBe("");
    expect(await world.host.file.readText("report.md")).toMatch(/^# R\n!\[a\]\(http/);
  });

  test("SVG goes up as PNG, at the size it has", async () => {
    const { env } = await githubScene();
    const svg =
      '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="36pt" height="18pt" viewBox="0 0 36 18"><rect width="36" height="18"/></svg>';
    const result = await run(["publish", "a.svg"], { env, files: { "a.svg": svg } });
    expect(result.stdout).toMatch(/-a\.png\?raw=true\n$/);
    const bytes = new DataView(await (await fetch(result.stdout.trim())).arrayBuffer());
    expect([bytes.getUint32(16), bytes.getUint32(20)]).toEqual([48, 24]);
  });

  test("what is no image is linked", async () => {
    const { env } = await githubScene();
    const result = await run(["publish", "--md", "loss.csv"], { env, files: { "loss.csv": "a,b\n" }, clock: clock() });
    expect(result.stdout).toMatch(/^\[loss\.csv\]\(http[^)]+-loss\.csv\?raw=true\)\n$/);
  });

  test("`--url` and `--store post+…` post to a server of one's own, without a token", async () => {
    const server = await serve((request) => ({ status: 200, body: `http://127.0.0.1:1/${request.bytes.length}.png\n` }));
    try {
      const old = await run(["publish", "--md", `--url=${server.url}/up`, "a.png"], {
        files: { "a.png": pixel(1) },
        clock: clock(),
      });
      expect(old.stdout).toBe(`![a](http://127.0.0.1:1/${pixel(1).length}.png)\n`);
      const result = await run(["publish", `--store=post+${server.url}/up`, "a.png"], {
        files: { "a.png": pixel(1) },
        clock: clock(),
      });
      expect(result.code).toBe(0);
      expect(server.log[1]?.headers).toMatchObject({ "content-type": "image/png" });
      expect(server.log[1]?.headers["authorization"]).toBeUndefined();
    } finally {
      await server.close();
    }
  });

  test("a page of errors is never taken for an address", async () => {
    const server = await serve(() => ({ status: 200, body: "<html>oops</html>" }));
    const result = await run(["publish", `--store=post+${server.url}`, "a.png"], {
      files: { "a.png": pixel(1) },
      clock: clock(),
    });
    await server.close();
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("answered no address");
  });

  test("`--json` and `--dry-run`", async () => {
    const { fake, env } = await githubScene();
    const files = { "a.png": pixel(1) };
    const dry = await run(["publish", "--dry-run", "a.png"], { env, files, clock: clock() });
    expect(dry).toMatchObject({ code: 0, stdout: "" });
    expect(fake.writes()).toEqual([]);
    const result = await run(["publish", "--json", "a.png"], { env, files, clock: clock() });
    expect(JSON.parse(result.stdout)).toMatchObject({
      version: 1,
      command: "publish",
      result: [{ file: "a.png", mediaType: "image/png" }],
    });
  });

  test.each([
    [["publish"], 2, "nothing to publish"],
    [["publish", "none.png"], 1, "no such file"],
    [["publish", "--store=ftp://x/y", "a.png"], 6, "ftp://"],
    [["publish", "--store=cloud", "a.png"], 3, "unknown store"],
    [["publish", "--md", "--html", "a.png"], 2, "--html"],
  ])("%p is refused", async (argv, code, words) => {
    const { env } = await githubScene();
    const result = await run(argv, { env, files: { "a.png": pixel(1) }, terminal: true, clock: clock() });
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(words);
  });
});
