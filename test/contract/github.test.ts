import { afterAll } from "bun:test";
import { Secret } from "../../src/core/secret.ts";
import type { Forge } from "../../src/forge/contract.ts";
import { open } from "../../src/forge/github/index.ts";
import { person } from "../fake/github.ts";
import { closeGitHub, githubScene, slug, token } from "../support/github-scene.ts";
import { forgeContract, quickHost } from "./forge.ts";

afterAll(closeGitHub);

forgeContract("github", async () => {
  const { fake, head } = await githubScene();
  const host = await quickHost();
  fake.accounts.set("ghs_WeakTokenOfAFork0123456789abcdefghij", {
    login: "github-actions[bot]",
    id: 41898282,
    isInstallation: true,
    may: { issues: "read", pull_requests: "read", contents: "read" },
  });
  const tokens = {
    unknown: "ghp_UnknownToken0123456789abcdefghijklmn",
    weak: "ghs_WeakTokenOfAFork0123456789abcdefghij",
    none: undefined,
  } as const;
  const at = (value: string | undefined): Forge =>
    open(
      {
        serverUrl: fake.url,
        apiUrl: fake.apiUrl,
        repository: { owner: "acme", name: "churn", url: `${fake.url}/${slug}` },
        token: value === undefined ? undefined : new Secret(value, "REPO_TOKEN"),
      },
      host,
    );
  return {
    forge: at(token),
    host,
    pull: 3,
    headSha: head,
    with: (kind) => at(tokens[kind]),
    foreign: async (body) => void fake.comment(slug, "issue/3", person, body),
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
});
