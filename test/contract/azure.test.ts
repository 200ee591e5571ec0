import { afterAll } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "../../src/core/secret.ts";
import type { Forge } from "../../src/forge/contract.ts";
import { open } from "../../src/forge/azure/index.ts";
import { type AzureFake, azureFake, type Exchange } from "../fake/azure.ts";
import { jsonOf, member, textOf } from "../fake/server.ts";
import { check, errors, load } from "../fixture/forge/validate.mjs";
import { forgeContract, quickHost } from "./forge.ts";

const shared = process.env["CML_SHARED"];
const slice = shared === undefined ? "" : join(shared, "fixtures/forge/azure-devops-slice.json");
// The vendor's description may not be copied: without it the fake alone judges.
const description = existsSync(slice) ? load(slice) : null;
if (description === null) console.log("skipped: Azure DevOps' own description, which CML_SHARED does not hold, judges nothing");

const opened: AzureFake[] = [];
afterAll(async () => {
  for (const fake of opened.splice(0)) await fake.close();
});

function judge({ request, answer }: Exchange): string[] {
  if (description === null) return [];
  const type = request.headers["content-type"]?.split(";")[0];
  const body = request.bytes.length === 0 ? {} : { body: type === "application/json" ? jsonOf(request) : request.bytes };
  const sent = {
    method: request.method,
    path: `${request.path}?${request.query}`,
    ...body,
    ...(type === undefined ? {} : { contentType: type }),
  };
  const isJson = typeof answer.body === "object" && !(answer.body instanceof Uint8Array) && answer.status < 300;
  const found: unknown = errors(check(description, sent, { status: answer.status, ...(isJson ? { body: answer.body } : {}) }));
  return (Array.isArray(found) ? found : []).map(
    (one: unknown) => `${textOf(one, "code")} ${textOf(one, "at")}: ${String(member(one, "message"))}`,
  );
}

const jwt = "eyJ0eXAiOiJKV1Qi.eyJuYW1laWQi.c2ln";

forgeContract(
  "azure",
  async () => {
    const fake = await azureFake(judge);
    opened.push(fake);
    fake.users.set(`Bearer ${jwt}`, {
      id: "11111111-0000-0000-0000-000000000001",
      displayName: "ml Build Service (org)",
      mayWrite: true,
    });
    fake.users.set(`Basic ${btoa(":readonly")}`, {
      id: "11111111-0000-0000-0000-000000000002",
      displayName: "Reader",
      mayWrite: false,
    });
    const tree = fake.git.tree(null, [
      { path: "metrics.json", mode: "100644", sha: fake.git.blob(new TextEncoder().encode('{"acc": 0.9}\n')) },
    ]);
    fake.pull.base = fake.git.commit({ message: "base", tree, parents: [] });
    fake.pull.head = fake.git.commit({ message: "head", tree, parents: [fake.pull.base] });
    const host = await quickHost();
    const at = (token: string | undefined): Forge =>
      open(
        {
          serverUrl: fake.serverUrl,
          apiUrl: `${fake.serverUrl}/_apis`,
          repository: { owner: "_git", name: "churn", url: `${fake.serverUrl}/_git/churn` },
          token: token === undefined ? undefined : new Secret(token, "SYSTEM_ACCESSTOKEN"),
        },
        host,
      );
    const tokens = { unknown: "nobody", weak: "readonly", none: undefined } as const;
    return {
      forge: at(jwt),
      host,
      pull: 4,
      headSha: fake.pull.head,
      with: (kind) => at(tokens[kind]),
      foreign: async (body) =>
        fake.thread({ id: "22222222-0000-0000-0000-000000000003", displayName: "Colleague", mayWrite: true }, body),
      fail(fault) {
        if (fault === "cut") fake.next({ cut: "before" });
        else {
          const headers = fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
          fake.next({ answer: { status: fault.status, body: { message: "later" }, headers }, times: fault.times ?? 1 });
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
  },
  { noCommitComments: true, noCommitImages: true },
);
