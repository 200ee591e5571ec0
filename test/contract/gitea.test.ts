import { Secret } from "../../src/core/secret.ts";
import type { Forge } from "../../src/forge/contract.ts";
import type { ForgeId } from "../../src/forge/registry.ts";
import { open as openForgejo } from "../../src/forge/forgejo/index.ts";
import { open as openGitea } from "../../src/forge/gitea/index.ts";
import { member, textOf } from "../fake/server.ts";
import { type Gitea, noGitea, startGitea } from "../support/gitea.ts";
import { testHost } from "../support/memory-host.ts";
import { skip } from "../support/skip.ts";
import { type ForgeWorld, forgeContract } from "./forge.ts";

const reason = noGitea();
if (reason !== undefined) skip(reason);
else {
  const server = await startGitea();
  const quirks = { noCommitComments: true, noFaults: true } as const;
  forgeContract("gitea", () => world("gitea", server), quirks);
  // Forgejo came from Gitea and answers the same calls; no Forgejo can be had here.
  forgeContract("forgejo", () => world("forgejo", server), quirks);
}

let sequence = 0;

/** A repository of its own with a pull request. */
async function world(id: Extract<ForgeId, "gitea" | "forgejo">, gitea: Gitea): Promise<ForgeWorld> {
  const name = `contract-${++sequence}`;
  const { call, tokens } = gitea;
  await call("POST", "/user/repos", { name, auto_init: true, default_branch: "main" });
  const path = `/repos/cmladmin/${name}`;
  await call("PUT", `${path}/collaborators/alice`, { permission: "write" });
  const content = Buffer.from('{"acc": 0.9}\n').toString("base64");
  await call("POST", `${path}/contents/metrics.json`, { branch: "main", new_branch: "feature", message: "metrics", content });
  const pull = await call("POST", `${path}/pulls`, { title: "Demo", head: "feature", base: "main" });
  const number = Number(member(pull, "number"));
  const { host } = await testHost();
  const given = { unknown: "0123456789012345678901234567890123456789", weak: tokens.readOnly, none: undefined } as const;
  const at = (value: string | undefined): Forge =>
    (id === "gitea" ? openGitea : openForgejo)(
      {
        serverUrl: gitea.url,
        apiUrl: gitea.api,
        repository: { owner: "cmladmin", name, url: `${gitea.url}/cmladmin/${name}` },
        token: value === undefined ? undefined : new Secret(value, "GITEA_TOKEN"),
      },
      host,
    );
  return {
    // The token that a person makes for this: it may not ask whose it is.
    forge: at(tokens.narrow),
    host,
    pull: number,
    headSha: textOf(member(pull, "head"), "sha"),
    with: (kind) => at(given[kind]),
    foreign: async (body) => void (await call("POST", `${path}/issues/${number}/comments`, { body }, tokens.alice)),
    fail: () => {
      throw new Error("a real server cannot be told to fail");
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
}
