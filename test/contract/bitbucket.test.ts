import { afterAll, describe, expect, test } from "bun:test";
import { Secret } from "../../src/core/secret.ts";
import type { Forge } from "../../src/forge/contract.ts";
import { open } from "../../src/forge/bitbucket/index.ts";
import { upsertComment } from "../../src/report/sticky.ts";
import { type BitbucketFake, bitbucketFake, type Exchange, person } from "../fake/bitbucket.ts";
import { jsonOf, member, textOf } from "../fake/server.ts";
import { check, errors, load } from "../fixture/forge/validate.mjs";
import { forgeContract, quickHost } from "./forge.ts";

const facts = load("bitbucket");
const opened: BitbucketFake[] = [];
afterAll(async () => {
  for (const fake of opened.splice(0)) await fake.close();
});

/** The vendor's facts as judge of every exchange. */
function judge({ request, answer }: Exchange): string[] {
  const query = request.query.size === 0 ? "" : `?${request.query}`;
  const type = request.headers["content-type"]?.split(";")[0];
  const isMultipart = type === "multipart/form-data";
  const body = request.bytes.length === 0 || isMultipart ? {} : { body: jsonOf(request) };
  const sent = {
    method: request.method,
    path: request.path + query,
    ...body,
    ...(type === undefined ? {} : { contentType: type }),
  };
  const isJson = typeof answer.body === "object" && !(answer.body instanceof Uint8Array);
  const found: unknown = errors(check(facts, sent, { status: answer.status, ...(isJson ? { body: answer.body } : {}) }));
  return (Array.isArray(found) ? found : []).map(
    (one: unknown) => `${textOf(one, "code")} ${textOf(one, "at")}: ${String(member(one, "message"))}`,
  );
}

const bot = { ...person("CI"), isApp: true };
const reader = person("Reader", false);
const colleague = person("Colleague");
const appToken = "ATCTT3xFfGN0RepositoryAccessToken";

async function scene(): Promise<{ fake: BitbucketFake; at: (token: string | undefined) => Promise<Forge> }> {
  const fake = await bitbucketFake(judge);
  opened.push(fake);
  fake.users.set(`Bearer ${appToken}`, bot);
  fake.users.set(`Basic ${btoa("me@x.y:ATATT")}`, colleague);
  fake.users.set("Bearer readonly-token", reader);
  const tree = fake.git.tree(null, [
    { path: "metrics.json", mode: "100644", sha: fake.git.blob(new TextEncoder().encode('{"acc": 0.9}\n')) },
  ]);
  fake.pull.base = fake.git.commit({ message: "base", tree, parents: [] });
  fake.pull.head = fake.git.commit({ message: "head", tree, parents: [fake.pull.base] });
  const host = await quickHost();
  return {
    fake,
    at: async (token) =>
      open(
        {
          serverUrl: fake.url,
          apiUrl: fake.apiUrl,
          repository: { owner: "acme", name: "churn", url: `${fake.url}/acme/churn` },
          token: token === undefined ? undefined : new Secret(token, "BITBUCKET_TOKEN"),
        },
        host,
      ),
  };
}

forgeContract("bitbucket", async () => {
  const { fake, at } = await scene();
  const [forge, unknown, weak, none] = await Promise.all(["me@x.y:ATATT", "no-such-token", "readonly-token", undefined].map(at));
  if (forge === undefined || unknown === undefined || weak === undefined || none === undefined) throw new Error("unreachable");
  const others = { unknown, weak, none };
  const somebody = person("Somebody");
  return {
    forge,
    host: await quickHost(),
    pull: fake.pull.id,
    headSha: fake.pull.head,
    with: (kind) => others[kind],
    foreign: async (body) => fake.comment(`pullrequests/${fake.pull.id}`, somebody, body),
    fail(fault) {
      if (fault === "cut") fake.next({ cut: "before" });
      else {
        const headers = fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
        fake.next({ answer: { status: fault.status, body: "<html>later</html>", headers }, times: fault.times ?? 1 });
      }
    },
    async look(url) {
      const answer = await fetch(url);
      return {
        status: answer.status,
        type: answer.headers.get("content-type") ?? "",
        bytes: new Uint8Array(await answer.arrayBuffer()),
      };
    },
  };
});

describe("Bitbucket", () => {
  test("a repository access token may not ask who it is, and still keeps one comment", async () => {
    const { fake, at } = await scene();
    const host = await quickHost();
    const place = { forge: await at(appToken), target: { kind: "pull", number: 4 } as const, host, signal: host.signal };
    fake.comment("pullrequests/4", colleague, 'theirs\n\n[cml-sticky]: <#v1> "key=k"\n');
    await upsertComment(place, "first", { key: "k", mode: "update" });
    await upsertComment(place, "second", { key: "k", mode: "update" });
    const left = (fake.comments.get("pullrequests/4") ?? []).filter(({ deleted }) => !deleted);
    expect(left.map(({ body }) => body.split("\n")[0])).toEqual(["theirs", "second"]);
  });

  test.each([
    ["email and token", "me@x.y:ATATT"],
    ["their base64 form, as the predecessor took it", btoa("me@x.y:ATATT")],
    ["an access token", appToken],
  ])("credentials: %s", async (_, token) => {
    const { at } = await scene();
    const made = await (await at(token)).comments.create({ kind: "pull", number: 4 }, "x", new AbortController().signal);
    expect(made.body).toBe("x");
  });

  test("without the app that links commits, open pull requests are searched by the cut hash", async () => {
    const { fake, at } = await scene();
    fake.hasLinks = false;
    const found = await (await at(appToken)).pulls.ofCommit(fake.pull.head, "feature", new AbortController().signal);
    expect(found.map(({ number }) => number)).toEqual([4]);
  });
});
