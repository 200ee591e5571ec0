import { afterAll, describe, expect, test } from "bun:test";
import { person } from "../fake/github.ts";
import { closeGitHub, githubScene, pixel, slug, token } from "../support/github-scene.ts";
import { testClock } from "../support/memory-host.ts";
import { run } from "../support/run.ts";

afterAll(closeGitHub);

const report = "# Report\n\n- [ ] task\n\n> [!NOTE]\n> $a_b$ \\* x\n";
const files = { "report.md": report };
const clock = () => testClock();

describe("comment create", () => {
  test("posts the file on the pull request and prints the address alone", async () => {
    const { fake, env } = await githubScene();
    const result = await run(["comment", "create", "report.md"], { env, files, clock: clock() });
    expect(result).toMatchObject({ code: 0, stdout: `${fake.url}/${slug}/pull/3#issuecomment-1000\n` });
    const [comment] = fake.comments(slug, "issue/3");
    expect(comment?.body).toStartWith(`${report.trimEnd()}\n\n[cml-sticky]: <#v1> "key=comment `);
    expect(fake.writes()).toHaveLength(1);
  });

  test("adds one each time; `update` changes the last one, and writes nothing for the same text", async () => {
    const { fake, env } = await githubScene();
    await run(["comment", "create", "report.md"], { env, files, clock: clock() });
    await run(["comment", "create", "report.md"], { env, files, clock: clock() });
    const updated = await run(["comment", "update", "report.md"], { env, files: { "report.md": "changed" }, clock: clock() });
    expect(updated.code).toBe(0);
    expect(fake.comments(slug, "issue/3").map(({ body }) => body.split("\n")[0])).toEqual(["# Report", "changed"]);
    const writes = fake.writes().length;
    const same = await run(["comment", "update", "report.md"], { env, files: { "report.md": "changed" }, clock: clock() });
    expect(same.stdout).toBe(updated.stdout);
    expect(fake.writes()).toHaveLength(writes);
  });

  test("`update` finds the predecessor's watermark and writes no second comment", async () => {
    const { fake, env } = await githubScene();
    const { bot } = await import("../fake/github.ts");
    fake.comment(slug, "issue/3", bot, 'old\n\n![](https://cml.dev/watermark.png#9f2c1ab "CML watermark a\\_b")');
    fake.comment(slug, "issue/3", person, 'theirs\n\n![](https://cml.dev/watermark.png#9f2c1ab "CML watermark a\\_b")');
    await run(["comment", "update", "--watermark-title=a_b", "report.md"], { env, files, clock: clock() });
    const comments = fake.comments(slug, "issue/3");
    expect(comments).toHaveLength(2);
    expect(comments[0]?.body).toStartWith("# Report");
    expect(comments[0]?.body).not.toContain("watermark.png");
    expect(comments[1]?.body).toStartWith("theirs");
  });

  test.each([
    [["--target=issue/7"], "issue/7"],
    [["--target", "pr/3"], "issue/3"],
    [["--pr"], "issue/3"],
    [["--target=commit"], "commit"],
    [["--commit-sha=HEAD"], "commit"],
    [["--head-sha=HEAD"], "commit"],
  ])("%p posts on %s", async (flags, place) => {
    const { fake, env, head, repository } = await githubScene();
    repository.comments.set("issue/7", []);
    const result = await run(["comment", "create", ...flags, "report.md"], { env, files, clock: clock() });
    expect(result.code).toBe(0);
    expect(fake.comments(slug, place === "commit" ? `commit/${head}` : place)).toHaveLength(1);
  });

  test("old flags, old names and old variables are read", async () => {
    const { fake, env } = await githubScene();
    const cases: [string[], Record<string, string>, string?][] = [
      [["send-comment", "--publish", "report.md"], {}],
      [["send-comment", "report.md"], { CML_SEND_COMMENT_UPDATE: "true" }],
      [["comment", "create", "report.md"], { CML_COMMENT_TARGET: "pr/3" }],
      [["comment", "create", "--native", "--publish-native", "report.md"], {}],
      [["report.md"], {}, "cml-send-comment"],
    ];
    for (const [argv, more, name] of cases) {
      const result = await run(argv, {
        env: { ...env, ...more },
        files,
        clock: clock(),
        ...(name === undefined ? {} : { name }),
      });
      expect([argv, result.code, result.stderr.includes("error")]).toEqual([argv, 0, false]);
    }
    expect(fake.comments(slug, "issue/3")).toHaveLength(4);
  });

  test("`--driver-token` and `repo_token` are credentials as well, and never printed", async () => {
    const { fake, env } = await githubScene();
    const { REPO_TOKEN: _, ...bare } = env;
    for (const [flags, more] of [
      [[`--token=${token}`], {}],
      [[`--driver-token=${token}`], {}],
      [[], { repo_token: token }],
      [[], { GITHUB_TOKEN: token }],
      [[], { GH_TOKEN: token }],
    ] as const) {
      const result = await run(["comment", "create", "--log=debug", ...flags, "report.md"], {
        env: { ...bare, ...more },
        files,
        clock: clock(),
      });
      expect(result.code).toBe(0);
      expect(result.stderr + result.stdout).not.toContain(token);
    }
    expect(fake.comments(slug, "issue/3")).toHaveLength(5);
  });

  test("only images are published, in Markdown, HTML and `<details>`; nothing else changes by a byte", async () => {
    const { fake, env } = await githubScene();
    const body = [
      '![a b](<plot one.png> "t") [log](train.log) [![x](p.png)](p.png)',
      "<details><summary>more</summary>\n\n<img alt=q src='p.png' width=20>\n\n| a |\n| - |\n| ![t](plot%20one.png) |\n\n</details>",
      "![r][ref] ![gone](gone.png) ![far](https://example.org/x.png)\n\n[ref]: p.png 'T'",
      "`![no](p.png)`\n\n```\n![no](p.png)\n```",
    ].join("\n\n");
    const images = { "plot one.png": pixel(1), "p.png": pixel(2), "train.log": "secret" };
    const result = await run(["comment", "create", "report.md"], {
      env,
      files: { "report.md": body, ...images },
      clock: clock(),
    });
    expect(result.code).toBe(0);
    expect(result.stderr).toContain("image `gone.png` is left as it is: there is no such file");
    const [comment] = fake.comments(slug, "issue/3");
    const urls = comment?.body.match(/http:\/\/127[^\s)>'"]+\?raw=true/g) ?? [];
    expect(urls).toHaveLength(5);
    expect(new Set(urls).size).toBe(2);
    const one = urls.find((url) => url.includes("plot-one")) ?? "";
    const two = urls.find((url) => url.includes("-p.png")) ?? "";
    const restored = comment?.body
      .replaceAll(one, "ONE")
      .replaceAll(two, "TWO")
      .replace(/\n\n\[cml-sticky\].*\n$/, "");
    expect(restored).toBe(
      body
        .replace("<plot one.png>", "<ONE>")
        .replace("[![x](p.png)]", "[![x](TWO)]")
        .replace("src='p.png'", "src='TWO'")
        .replace("plot%20one.png", "ONE")
        .replace("[ref]: p.png", "[ref]: TWO"),
    );
    const shown = await fetch(one);
    expect([shown.status, shown.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect(new Uint8Array(await shown.arrayBuffer())).toEqual(pixel(1));
    expect(fake.writes().filter((request) => request.path.endsWith("/git/blobs"))).toHaveLength(2);
  });

  test("SVG is drawn as PNG; files outside the repository and under `.git` stay unread", async () => {
    const { fake, env } = await githubScene();
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 4"><script>x</script><rect width="8" height="4" fill="red"/></svg>';
    const body = "![s](a.svg) ![o](../../etc/x.png) ![a](/etc/passwd) ![g](.git/x.png) ![d](data:image/png;base64,iVBORw0KGgo=)";
    const result = await run(["comment", "create", "report.md"], {
      env,
      files: { "report.md": body, "a.svg": svg, ".git/x.png": pixel(3) },
    });
    expect(result.code).toBe(0);
    const [comment] = fake.comments(slug, "issue/3");
    expect(comment?.body).toMatch(/!\[s\]\(http[^)]*-a\.png\?raw=true\)/);
    expect(comment?.body).toContain("![o](../../etc/x.png) ![a](/etc/passwd) ![g](.git/x.png)");
    expect(fake.log.some((request) => new TextDecoder().decode(request.bytes).includes("<svg"))).toBe(false);
  });

  test("`--publish=false` uploads nothing", async () => {
    const { fake, env } = await githubScene();
    await run(["comment", "create", "--publish=false", "report.md"], {
      env,
      files: { "report.md": "![a](p.png)", "p.png": pixel(1) },
      clock: clock(),
    });
    expect(fake.comments(slug, "issue/3")[0]?.body).toStartWith("![a](p.png)\n");
  });

  test("`--dry-run` changes nothing", async () => {
    const { fake, env } = await githubScene();
    const result = await run(["comment", "create", "--dry-run", "report.md"], { env, files, clock: clock() });
    expect(result).toMatchObject({ code: 0, stdout: report });
    expect(fake.writes()).toEqual([]);
  });

  test("`--json` tells address, id and what was done", async () => {
    const { env } = await githubScene();
    const result = await run(["comment", "update", "--json", "report.md"], { env, files, clock: clock() });
    expect(JSON.parse(result.stdout)).toMatchObject({
      version: 1,
      command: "comment update",
      result: { id: "1000", change: "created" },
    });
  });

  test("an older run leaves a newer one's comment", async () => {
    const { fake, env } = await githubScene();
    await run(["comment", "update", "report.md"], { env, files, clock: clock() });
    const older = await run(["comment", "update", "report.md"], {
      env: { ...env, GITHUB_RUN_ID: "999" },
      files: { "report.md": "old" },
      clock: clock(),
    });
    expect(older.code).toBe(0);
    expect(older.stderr).toContain("a newer run");
    expect(fake.comments(slug, "issue/3")[0]?.body).toStartWith("# Report");
  });

  test("a text that is too long keeps whole blocks and links the full report", async () => {
    const { fake, env } = await githubScene();
    const block = `## Part ä\n\n| a | b |\n| - | - |\n${"| 🚀 | ü |\n".repeat(2000)}\n`;
    const long = `# Top\n\n${block.repeat(20)}`;
    const result = await run(["comment", "create", "report.md"], { env, files: { "report.md": long }, clock: clock() });
    expect(result.code).toBe(0);
    const body = fake.comments(slug, "issue/3")[0]?.body ?? "";
    expect(new TextEncoder().encode(body).length).toBeLessThanOrEqual(262_144);
    const url = /\[full report\]\((http[^)]+report\.md)\)/.exec(body)?.[1] ?? "";
    expect(url).toContain("/blob/");
    expect(await (await fetch(url.replace("/blob/", "/raw/"))).text()).toBe(long);
    expect(body.split("## Part ä")[1]?.trim()).toBe(block.split("## Part ä")[1]?.trim() ?? "");
  });

  test("Enterprise Server: the runner's own API address, and its smaller comments", async () => {
    const { fake, env } = await githubScene({ prefix: "/api/v3", limit: { codePoints: 65_536 } });
    expect(env["GITHUB_API_URL"]).toEndWith("/api/v3");
    const long = "paragraph\n\n".repeat(9000);
    expect(await run(["comment", "update", "report.md"], { env, files: { "report.md": long }, clock: clock() })).toMatchObject({
      code: 0,
    });
    expect(await run(["comment", "update", "report.md"], { env, files, clock: clock() })).toMatchObject({ code: 0 });
    expect(fake.comments(slug, "issue/3").map(({ body }) => body.split("\n")[0])).toEqual(["# Report"]);
  });

  test("a comment on a commit that the job's token may not edit is made again", async () => {
    const { fake, env, head, repository } = await githubScene();
    await run(["comment", "create", "--target=commit", "report.md"], { env, files, clock: clock() });
    repository.isLocked = true;
    const result = await run(["comment", "update", "--target=commit", "report.md"], {
      env,
      files: { "report.md": "new" },
      clock: clock(),
    });
    expect(result.code).toBe(0);
    expect(fake.comments(slug, `commit/${head}`).map(({ body }) => body.split("\n")[0])).toEqual(["new"]);
  });
});

describe("what is refused", () => {
  const weak = "ghs_WeakTokenOfAFork0123456789abcdefghij";
  const permissions = {
    login: "github-actions[bot]",
    id: 41898282,
    isInstallation: true,
    may: { contents: "read", pull_requests: "read" },
  } as const;

  test("no token: 4, and the variables to set", async () => {
    const { fake, env } = await githubScene();
    const { REPO_TOKEN: _, ...bare } = env;
    const result = await run(["comment", "create", "report.md"], { env: bare, files, clock: clock() });
    expect(result.code).toBe(4);
    expect(result.stderr).toContain(`no token for GitHub at ${fake.url}`);
    expect(result.stderr).toContain("REPO_TOKEN");
    expect(fake.log).toHaveLength(0);
  });

  test("401: 4, the variable, the host and the server's words", async () => {
    const { fake, env } = await githubScene();
    const wrong = "ghp_WrongToken0123456789abcdefghijklmnop";
    const result = await run(["comment", "create", "report.md"], { env: { ...env, REPO_TOKEN: wrong }, files, clock: clock() });
    expect(result.code).toBe(4);
    for (const part of ["`REPO_TOKEN`", new URL(fake.url).host, "Bad credentials", "401"]) expect(result.stderr).toContain(part);
    expect(result.stderr).not.toContain(wrong);
  });

  test("403: 4, and the permission to add", async () => {
    const { fake, env } = await githubScene();
    fake.accounts.set(weak, permissions);
    const result = await run(["comment", "create", "report.md"], { env: { ...env, REPO_TOKEN: weak }, files, clock: clock() });
    expect(result.code).toBe(4);
    for (const part of ["pull-requests: write", "Resource not accessible by integration", "`REPO_TOKEN`"])
      expect(result.stderr).toContain(part);
  });

  test("403 for the images alone: the comment says what it has to say, and what to add", async () => {
    const { fake, env } = await githubScene();
    fake.accounts.set(weak, { ...permissions, may: { contents: "read", issues: "write" } });
    const result = await run(["comment", "create", "report.md"], {
      env: { ...env, REPO_TOKEN: weak },
      files: { "report.md": "text ![p](p.png)\n", "p.png": pixel(1) },
      clock: clock(),
    });
    expect(result.code).toBe(0);
    expect(result.stderr).toContain("images are left as they are");
    expect(result.stderr).toContain("contents: write");
    expect(fake.comments(slug, "issue/3")[0]?.body).toStartWith("text ![p](p.png)\n");
  });

  test("a server without GraphQL, where the job's token is asked for: one comment all the same", async () => {
    const { fake, env } = await githubScene();
    const { bot } = await import("../fake/github.ts");
    fake.comment(slug, "issue/3", bot, 'ours\n\n[cml-sticky]: <#v1> "key=comment run=1"\n');
    fake.next({
      match: (request) => request.path.endsWith("/graphql"),
      answer: { status: 404, body: { message: "Not Found" } },
      times: 10,
    });
    const result = await run(["comment", "update", "report.md"], { env, files, clock: clock() });
    expect(result.code).toBe(0);
    expect(fake.comments(slug, "issue/3").map(({ body }) => body.split("\n")[0])).toEqual(["# Report"]);
  });

  test("`GITHUB_GRAPHQL_URL` is where the runner says it is", async () => {
    const { fake, env } = await githubScene();
    const { bot } = await import("../fake/github.ts");
    fake.comment(slug, "issue/3", bot, 'ours\n\n[cml-sticky]: <#v1> "key=comment run=1"\n');
    await run(["comment", "update", "report.md"], {
      env: { ...env, GITHUB_GRAPHQL_URL: `${fake.url}/elsewhere/graphql` },
      files,
      clock: clock(),
    });
    expect(fake.log.some((request) => request.path === "/elsewhere/graphql")).toBe(true);
  });

  test.each([
    ["404 of a repository", ["--repo=SERVER/acme/none", "--driver=github"], 1, "not there, or the token has no access"],
    ["404 of a pull request", ["--target=pr/99"], 1, "not there, or the token has no access"],
    ["an unknown target", ["--target=pullrequest"], 2, "unknown target"],
    ["an unknown revision", ["--target=commit/nope"], 1, "unknown revision"],
  ])("%s", async (_, flags, code, words) => {
    const { fake, env } = await githubScene();
    const argv = flags.map((flag) => flag.replace("SERVER", fake.url));
    const result = await run(["comment", "create", ...argv, "report.md"], { env, files, clock: clock() });
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(words);
  });

  test.each([
    [
      { answer: { status: 422, body: { message: "Validation Failed", errors: [{ message: "Body is weird" }] } } },
      1,
      "Body is weird",
    ],
    [{ answer: { status: 429, body: { message: "slow down" }, headers: { "retry-after": "2" } } }, 5, "slow down"],
    [{ answer: { status: 502, body: "<html><h1>Bad gateway</h1></html>", headers: { "content-type": "text/html" } } }, 5, "502"],
    [{ cut: "before" }, 5, "caused by"],
  ] as const)("%p for ever", async (fault, code, words) => {
    const { fake, env } = await githubScene();
    fake.next({ ...fault, times: 100 });
    const result = await run(["comment", "create", "report.md"], { env, files, clock: clock() });
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(words);
    expect(result.stderr).toContain(new URL(fake.url).host);
    expect(result.stderr).not.toContain(token);
  });

  test("429 with Retry-After once, then it works", async () => {
    const { fake, env } = await githubScene();
    fake.next({ answer: { status: 429, body: { message: "slow down" }, headers: { "retry-after": "3" } } });
    const waiting = testClock();
    expect(await run(["comment", "update", "report.md"], { env, files, clock: waiting })).toMatchObject({ code: 0 });
    expect(waiting.slept.some((ms) => ms >= 3000)).toBe(true);
  });

  test("nobody listens: 5, and the host", async () => {
    const { env } = await githubScene();
    const gone = { ...env, GITHUB_SERVER_URL: "http://127.0.0.1:9", GITHUB_API_URL: "http://127.0.0.1:9" };
    const result = await run(["comment", "create", "report.md"], { env: gone, files, clock: clock() });
    expect(result.code).toBe(5);
    expect(result.stderr).toContain("127.0.0.1:9");
  });

  test.each([
    ["a file that is missing", {}, "no such file: `report.md`"],
    ["a file that is not UTF-8", { "report.md": new Uint8Array([0x61, 0xff, 0xfe]) }, "not UTF-8: `report.md`"],
    ["an empty file", { "report.md": " \n" }, "nothing in it to post"],
  ])("%s: 1", async (_, some, words) => {
    const { fake, env } = await githubScene();
    const result = await run(["comment", "create", "report.md"], { env, files: some, clock: clock() });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(words);
    expect(fake.writes()).toEqual([]);
  });
});
