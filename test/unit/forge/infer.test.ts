import { describe, expect, test } from "bun:test";
import { Secret } from "../../../src/core/secret.ts";
import { findForge, inferForge, needToken } from "../../../src/forge/infer.ts";
import { parseRemote, parseSlug } from "../../../src/forge/remote.ts";
import { run } from "../../support/churn.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { testHost } from "../../support/memory-host.ts";

test.each([
  ["https://github.com/o/r.git", "https://github.com", "o", "r"],
  ["https://user:secret@git.example.com/sub/o/r/", "https://git.example.com/sub", "o", "r"],
  ["git@github.com:o/r.git", "https://github.com", "o", "r"],
  ["ssh://git@git.example.com:2222/o/r.git", "https://git.example.com", "o", "r"],
  ["http://127.0.0.1:3000/git/o/r", "http://127.0.0.1:3000/git", "o", "r"],
  ["git://host/o/r%20x", "https://host", "o", "r x"],
])("parseRemote(%p)", (text, serverUrl, owner, name) => {
  expect(parseRemote(text)).toEqual({ serverUrl, owner, name });
});

test.each(["", "/local/path", "file:///x/y", "https://github.com/", "C:\\repo", "just words"])(
  "parseRemote(%p) is null",
  (text) => {
    expect(parseRemote(text)).toBeNull();
  },
);

test("parseSlug() takes owner and name only", () => {
  expect(parseSlug("o/r")).toEqual({ owner: "o", name: "r" });
  expect(parseSlug("https://x/o/r")).toBeNull();
});

async function clone(origin: string): Promise<string> {
  const folder = await temporaryFolder();
  await run(["git", "init", "-q"], folder);
  await run(["git", "remote", "add", "origin", origin], folder);
  return folder;
}

const actions = {
  GITHUB_ACTIONS: "true",
  GITHUB_SERVER_URL: "https://git.corp.example",
  GITHUB_API_URL: "https://api.corp.example/v3",
  GITHUB_REPOSITORY: "o/r",
};

describe("findForge()", () => {
  test("a clone of github.com", async () => {
    const { host } = await testHost({ cwd: await clone("git@github.com:o/r.git"), env: { GH_TOKEN: "abcdefgh" } });
    const found = await findForge(host, {});
    expect(found).toMatchObject({
      id: "github",
      config: { apiUrl: "https://api.github.com", repository: { url: "https://github.com/o/r" } },
    });
    expect(found?.config.token?.source).toBe("GH_TOKEN");
  });

  test("the CI's own addresses win, the clone is not asked", async () => {
    const { host } = await testHost({ env: actions });
    expect(await findForge(host, {})).toMatchObject({
      id: "github",
      config: { serverUrl: "https://git.corp.example", apiUrl: "https://api.corp.example/v3" },
    });
  });

  test.each([
    ["GITEA_ACTIONS", "gitea"],
    ["FORGEJO_ACTIONS", "forgejo"],
  ])("%s tells Gitea and Forgejo apart", async (name, id) => {
    const { host } = await testHost({ env: { ...actions, [name]: "true" } });
    expect((await findForge(host, {}))?.id).toBe(id === "gitea" ? "gitea" : "forgejo");
  });

  test.each([
    ["https://acme.ghe.com/o/r", "github", "https://api.acme.ghe.com"],
    ["https://codeberg.org/o/r", "forgejo", "https://codeberg.org/api/v1"],
    ["https://dev.azure.com/org/ml/_git/churn", "azure", "https://dev.azure.com/org/ml/_apis"],
    ["https://org.visualstudio.com/ml/_git/churn", "azure", "https://org.visualstudio.com/ml/_apis"],
    ["https://bitbucket.org/w/r", "bitbucket", "https://api.bitbucket.org/2.0"],
    ["https://gitea.com/o/r", "gitea", "https://gitea.com/api/v1"],
  ])("%s", async (repo, id, apiUrl) => {
    const { host } = await testHost();
    const found = await findForge(host, { repo });
    expect<string | undefined>(found?.id).toBe(id);
    expect(found?.config.apiUrl).toBe(apiUrl);
  });

  test("a job's addresses are not those of another repository's server", async () => {
    const { host } = await testHost({ env: actions });
    expect((await findForge(host, { repo: "https://github.com/x/y" }))?.config.apiUrl).toBe("https://api.github.com");
  });

  test("`owner/name` is on the server of the CI, of the clone, or of the driver", async () => {
    const { host } = await testHost({ env: actions });
    expect((await findForge(host, { repo: "x/y" }))?.config.repository.url).toBe("https://git.corp.example/x/y");
    const bare = await testHost();
    expect((await findForge(bare.host, { repo: "x/y", driver: "github" }))?.config.repository.url).toBe("https://github.com/x/y");
  });

  test.each([
    ["https://gitlab.com/group/sub/name", {}, "https://gitlab.com", "group/sub"],
    ["git@gitlab.example.com:group/sub/name.git", {}, "https://gitlab.example.com", "group/sub"],
    [
      "https://git.example.com/gitlab/group/name",
      { GITLAB_CI: "true", CI_SERVER_URL: "https://git.example.com/gitlab" },
      "https://git.example.com/gitlab",
      "group",
    ],
    ["group/sub/name", { GITLAB_CI: "true", CI_SERVER_URL: "https://git.example.com" }, "https://git.example.com", "group/sub"],
  ] as const)("GitLab's groups: %s", async (repo, env, serverUrl, owner) => {
    const { host } = await testHost({ env });
    expect(await findForge(host, { repo })).toMatchObject({
      id: "gitlab",
      config: { serverUrl, apiUrl: `${serverUrl}/api/v4`, repository: { owner, name: "name" } },
    });
  });

  test("GitLab: the job's own token is none to write with", async () => {
    const env = {
      GITLAB_CI: "true",
      CI_SERVER_URL: "https://gitlab.com",
      CI_PROJECT_URL: "https://gitlab.com/g/n",
      CI_JOB_TOKEN: "glcbt-1",
      REPO_TOKEN: "glcbt-1",
    };
    const { host } = await testHost({ env });
    const located = await inferForge(host, {});
    expect(located.config.token).toBeUndefined();
    expect(() => needToken(located)).toThrow("no token for GitLab");
    const mapped = await testHost({ env: { ...env, GITLAB_TOKEN: "glpat-1" } });
    expect((await inferForge(mapped.host, {})).config.token?.source).toBe("GITLAB_TOKEN");
  });

  test("Azure Pipelines: its own repositories, and those of GitHub by their address", async () => {
    const azure = {
      TF_BUILD: "True",
      BUILD_REPOSITORY_PROVIDER: "TfsGit",
      BUILD_REPOSITORY_NAME: "churn",
      BUILD_REPOSITORY_URI: "https://org@dev.azure.com/org/ml/_git/churn",
      SYSTEM_ACCESSTOKEN: "eyJhbGciOi.x.y",
    };
    const { host } = await testHost({ env: azure });
    const found = await findForge(host, {});
    expect(found).toMatchObject({
      id: "azure",
      config: { repository: { owner: "_git", name: "churn", url: "https://dev.azure.com/org/ml/_git/churn" } },
    });
    expect(host.ci.repository).toBe("_git/churn");
    expect(found?.config.token?.source).toBe("SYSTEM_ACCESSTOKEN");
    const github = await testHost({
      env: {
        TF_BUILD: "True",
        BUILD_REPOSITORY_PROVIDER: "GitHub",
        BUILD_REPOSITORY_NAME: "o/r",
        BUILD_REPOSITORY_URI: "https://github.com/o/r",
      },
    });
    expect((await findForge(github.host, {}))?.id).toBe("github");
  });

  test("an unknown server is a ConfigError that says what to give", async () => {
    const { host } = await testHost({ cwd: await clone("https://git.unknown.example/o/r") });
    expect(await findForge(host, {})).toBeNull();
    expect(await inferForge(host, {}).catch((error: unknown) => error)).toMatchObject({ kind: "config" });
    expect(await findForge(host, { driver: "gitea" })).toMatchObject({
      id: "gitea",
      config: { apiUrl: "https://git.unknown.example/api/v1" },
    });
    expect(await inferForge(host, { driver: "sourceforge" }).catch((error: unknown) => error)).toMatchObject({ kind: "config" });
  });

  test("tokens: the flag, then CML_TOKEN, REPO_TOKEN, the forge's own", async () => {
    const { host } = await testHost({
      env: { ...actions, CML_TOKEN: "cml-token", REPO_TOKEN: "repo-token", GITHUB_TOKEN: "github-token" },
    });
    expect((await findForge(host, {}))?.config.token?.source).toBe("CML_TOKEN");
    expect((await findForge(host, { token: new Secret("flag-token", "--token") }))?.config.token?.source).toBe("--token");
    const { host: bare } = await testHost({ env: actions });
    const located = await inferForge(bare, {});
    expect(() => needToken(located)).toThrow("no token for GitHub at https://git.corp.example");
  });
});
