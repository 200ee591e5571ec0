/** The same sources give the same results under Bun and under Deno; this file itself runs under both. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { join } from "node:path";
import { test } from "node:test";
import { PNG } from "pngjs";
import { bot, githubFake } from "../fake/github.ts";
import { churn, cml, finished, inFolder, names, root, type Answer, type World } from "./program.ts";

/** The answers of both runtimes, which must be one. */
async function both(args: readonly string[], world: World): Promise<Answer> {
  const [first, second] = [await cml("Bun", args, world), await cml("Deno", args, world)];
  assert.equal(second.stderr, first.stderr);
  assert.equal(second.text, first.text);
  assert.equal(second.code, first.code);
  return first;
}

const recorded = join(root, "test", "fixture", "churn", "expected", "diff");

void test("metrics diff of the demo repository is what DVC recorded", async () => {
  await inFolder(async (folder) => {
    const repo = await churn(folder);
    const answer = await both(["metrics", "diff", "main", "exp-a", "--json"], { cwd: repo });
    const expected = await readFile(join(recorded, "main..exp-a", "metrics.json"), "utf8");
    assert.deepEqual(JSON.parse(answer.text), JSON.parse(expected));
    const params = await both(["params", "diff", "main", "exp-a", "--md"], { cwd: repo });
    assert.match(params.text, /^\| Path/);
  });
});

void test("an error reads and counts the same", async () => {
  await inFolder(async (cwd) => {
    assert.equal((await both(["metrics", "dif"], { cwd })).code, 2);
    assert.equal((await both(["render", "missing.json"], { cwd })).code, 1);
  });
});

const spec = {
  data: { values: Array.from({ length: 20 }, (_, x) => ({ x, y: Math.round(1000 / (x + 1)) / 1000 })) },
  mark: "line",
  title: "Loss",
  encoding: { x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" } },
};

void test("a chart has the same SVG and the same pixels", async () => {
  await inFolder(async (cwd) => {
    await writeFile(join(cwd, "loss.vl.json"), JSON.stringify(spec));
    const svg = await both(["render", "loss.vl.json", "--format", "svg"], { cwd });
    assert.match(svg.text, /<svg[^>]*>/);
    const pixels: string[] = [];
    for (const name of names) {
      const answer = await cml(name, ["render", "loss.vl.json", "-o", `${name}.png`, "--scale", "2"], { cwd });
      assert.equal(answer.stderr, "");
      const image = PNG.sync.read(await readFile(join(cwd, `${name}.png`)));
      pixels.push(`${image.width}x${image.height} ${createHash("sha256").update(image.data).digest("hex")}`);
    }
    assert.equal(pixels[0], pixels[1]);
  });
});

void test("the HTML page says the same and stands alone", async () => {
  await inFolder(async (folder) => {
    const repo = await churn(folder);
    const pages: string[] = [];
    for (const name of names) {
      const answer = await cml(name, ["report", "--base", "main", "--to", `html:${name}.html`], { cwd: repo });
      assert.equal(answer.code, 0, answer.stderr);
      pages.push(await readFile(join(repo, `${name}.html`), "utf8"));
    }
    const [first = "", second = ""] = pages;
    assert.match(first, /<table/);
    assert.doesNotMatch(first, /<(?:script|link|img)[^>]+(?:src|href)="https?:/);
    // The minute of its making and the compression of pictures may differ, its words may not.
    const words = (page: string): string =>
      page
        .replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>/g, "")
        .replace(/<[^>]+>/g, " ")
        .replace(/\d\d:\d\d(?::\d\d)?/g, "")
        .replace(/\s+/g, " ");
    assert.equal(words(second), words(first));
  });
});

void test("a comment arrives on GitHub, and the second run keeps it one", async () => {
  const token = "ghs_SecretOfTheJob0123456789abcdefghij";
  const fake = await githubFake();
  try {
    fake.accounts.set(token, bot);
    const repository = fake.repository("acme/churn");
    const { git } = repository;
    const tree = git.tree(null, [{ path: "a", mode: "100644", sha: git.blob(new TextEncoder().encode("a\n")) }]);
    const base = git.commit({ message: "base", tree, parents: [] });
    const head = git.commit({ message: "head", tree, parents: [base] });
    git.refs.set("refs/heads/main", base);
    git.refs.set("refs/heads/feature", head);
    repository.pulls.set(3, {
      number: 3,
      state: "open",
      head: { sha: head, ref: "feature", repository: "acme/churn" },
      base: { sha: base, ref: "main" },
    });
    await inFolder(async (cwd) => {
      await writeFile(join(cwd, "report.md"), "# Report\n\nAll well.\n");
      const env = {
        GITHUB_ACTIONS: "true",
        GITHUB_SERVER_URL: fake.url,
        GITHUB_API_URL: fake.apiUrl,
        GITHUB_REPOSITORY: "acme/churn",
        GITHUB_TOKEN: token,
      };
      for (const name of names) {
        const answer = await cml(name, ["comment", "update", "--target", "pr/3", "report.md"], { cwd, env });
        assert.equal(answer.code, 0, answer.stderr);
        assert.match(answer.text, /^http:\/\/.*#issuecomment-\d+\n$/);
      }
      const comments = repository.comments.get("issue/3") ?? [];
      assert.equal(comments.length, 1);
      assert.match(comments[0]?.body ?? "", /All well\./);
    });
  } finally {
    await fake.close();
  }
});

const noOpenssl = spawnSync("openssl", ["version"]).status === 0 ? false : "openssl, which makes the authority, is not installed";

void test("a private authority is trusted when it is named, and not before", { skip: noOpenssl }, async () => {
  await inFolder(async (cwd) => {
    await writeFile(join(cwd, "extension"), "subjectAltName=IP:127.0.0.1\n");
    for (const line of [
      "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 30",
      "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=server",
      "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 30 -extfile extension",
    ])
      assert.equal((await finished("openssl", line.split(" "), { cwd })).code, 0);
    const seen: string[] = [];
    const server = createServer(
      { key: await readFile(join(cwd, "server.key")), cert: await readFile(join(cwd, "server.pem")) },
      (request, response) => {
        seen.push(request.url ?? "");
        response.writeHead(401, { "content-type": "application/json" }).end('{"message":"who are you"}');
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const address = server.address();
      const url = `https://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/o/r`;
      await writeFile(join(cwd, "report.md"), "x");
      const args = ["comment", "create", "--target", "pr/1", "--driver", "gitea", "--repo", url, "report.md"];
      const env = { CML_TOKEN: "tok_0123456789" };
      for (const name of names) {
        const refused = await cml(name, args, { cwd, env });
        assert.equal(refused.code, 5);
        assert.match(refused.stderr, /the certificate of .* is not trusted/);
        assert.match(refused.stderr, /--ca-file/);
        assert.deepEqual(seen, []);
        for (const more of [["--ca-file", "ca.pem"], []]) {
          const trusted = await cml(name, [...args, ...more], {
            cwd,
            env: more.length > 0 ? env : { ...env, CML_CA_FILE: join(cwd, "ca.pem") },
          });
          assert.equal(trusted.code, 4, trusted.stderr);
          assert.match(trusted.stderr, /who are you/);
        }
        assert.ok(seen.splice(0).length > 0);
      }
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
