import { afterAll, describe, expect, test } from "bun:test";
import { createEmulator } from "emulate";
import { Secret } from "../../src/core/secret.ts";
import type { Forge } from "../../src/forge/contract.ts";
import { open } from "../../src/forge/github/index.ts";
import { upsertComment } from "../../src/report/sticky.ts";
import { member, textOf } from "../fake/server.ts";
import { pixel } from "../support/github-scene.ts";
import { testHost } from "../support/memory-host.ts";

/** The same steps on a GitHub stand-in that nobody here wrote, as far as it has the endpoints (no statuses, no pulls of a commit, no GraphQL). */
const token = "ghp_EmulatedToken0123456789abcdefghijklm";
const emulator = await createEmulator({
  service: "github",
  port: await freePort(),
  seed: {
    tokens: { [token]: { login: "octocat", scopes: ["repo"] } },
    github: { users: [{ login: "octocat" }], repos: [{ owner: "octocat", name: "demo", auto_init: true }] },
  },
});
afterAll(() => emulator.close());

async function freePort(): Promise<number> {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port } = server;
  await server.stop(true);
  return port ?? 0;
}

async function call(method: string, path: string, json?: unknown): Promise<unknown> {
  const answer = await fetch(`${emulator.url}/repos/octocat/demo${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function forge(): Promise<{ forge: Forge; host: Awaited<ReturnType<typeof testHost>>["host"] }> {
  const { host } = await testHost();
  const repository = { owner: "octocat", name: "demo", url: `${emulator.url}/octocat/demo` };
  return {
    host,
    forge: open({ serverUrl: emulator.url, apiUrl: emulator.url, repository, token: new Secret(token, "GITHUB_TOKEN") }, host),
  };
}

const signal = new AbortController().signal;
const issue = await call("POST", "/issues", { title: "Demo" });
const target = { kind: "issue", number: Number(member(issue, "number")) } as const;
const main = textOf(member(await call("GET", "/git/ref/heads/main"), "object"), "sha");

describe("the GitHub driver on npm's emulate", () => {
  test("one comment, found again among sixty", async () => {
    const place = { ...(await forge()), target, signal };
    const sticky = { key: "k", mode: "update" } as const;
    const made = await upsertComment(place, "first", sticky);
    for (let index = 0; index < 60; index++)
      await call("POST", `/issues/${target.number}/comments`, { body: `comment ${index}` });
    expect(await upsertComment(place, "second", sticky)).toMatchObject({ id: made.id, change: "updated" });
    expect((await upsertComment(place, "second", sticky)).change).toBe("unchanged");
    const all = await Array.fromAsync(place.forge.comments.list(target, signal));
    expect(all).toHaveLength(61);
    expect(all[0]?.body).toStartWith("second");
  });

  test("images and records as commits on hidden refs, with Git's own ids", async () => {
    const { forge: github } = await forge();
    const [url = ""] =
      (await github.images?.put([{ name: "a.png", mediaType: "image/png", bytes: pixel(1) }], target, signal)) ?? [];
    const tip = await github.files.ref(`refs/cml/assets/issue-${target.number}`, signal);
    expect(url).toContain(`/blob/${tip}/images/`);
    await github.images?.put([{ name: "b.png", mediaType: "image/png", bytes: pixel(2) }], target, signal);
    const second = await github.files.ref(`refs/cml/assets/issue-${target.number}`, signal);
    const commit = await call("GET", `/git/commits/${second}`);
    expect(member(commit, "parents")).toMatchObject([{ sha: tip ?? "" }]);
    await github.records?.put("refs/cml/records", "ab/x.json", new TextEncoder().encode("{}\n"), signal);
    expect(await github.files.ref("refs/cml/records", signal)).toMatch(/^[0-9a-f]{40}$/);
  });

  test("comments on a commit, a check, whose token it is", async () => {
    const { forge: github } = await forge();
    const place = { kind: "commit", sha: main } as const;
    const made = await github.comments.create(place, "on a commit", signal);
    expect((await Array.fromAsync(github.comments.list(place, signal))).map(({ id }) => id)).toContain(made.id);
    expect(await github.identify(signal)).toMatchObject({ login: "octocat" });
    const check = {
      name: "cml",
      sha: main,
      title: "t",
      summary: "s",
      status: "completed",
      conclusion: "success",
      key: "k",
    } as const;
    expect(await github.checks?.put(check, signal)).toStartWith("http");
  });
});
