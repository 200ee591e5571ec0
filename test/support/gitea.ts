import { afterAll } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

const script = join(import.meta.dir, "..", "service", "gitea.sh");
const cache = process.env["CML_TEST_CACHE"] ?? join(homedir(), ".cache", "cml-test");

/** Why no real Gitea can be started here; undefined when it can. Building it takes minutes, so no test does it. */
export function noGitea(): string | undefined {
  if (process.platform === "win32") return "Gitea is started by a shell script";
  for (const program of ["bash", "git", "curl", "jq", "python3"])
    if (Bun.which(program) === null) return `Gitea's script needs \`${program}\``;
  return existsSync(join(cache, "bin", "gitea-1.26.4")) ? undefined : "Gitea is not built: `bash test/service/gitea.sh build`";
}

export interface Gitea {
  readonly url: string;
  readonly api: string;
  /** Tokens of cmladmin: everything, write:issue and write:repository, read only; and one of alice. */
  readonly tokens: { readonly all: string; readonly narrow: string; readonly readOnly: string; readonly alice: string };
  readonly repository: string;
  readonly pull: number;
  readonly headSha: string;
  readonly baseSha: string;
  /** A call of the API as cmladmin (or whoever owns the token); throws for anything but success. */
  call(method: string, path: string, json?: unknown, token?: string): Promise<unknown>;
}

/** A Gitea of its own on loopback, seeded with a repository and an open pull request; stopped after the tests of the file. */
export async function startGitea(subpath = ""): Promise<Gitea> {
  // Not one of the folders that go with the tests: the server would lose its process id with it, and live on.
  const state = join(await mkdtemp(join(tmpdir(), "cml-gitea-")), "state");
  const env = { ...process.env, CML_GITEA_STATE: state, CML_GITEA_SUBPATH: subpath };
  afterAll(async () => {
    await Bun.spawn(["bash", script, "stop"], { env, stdout: "ignore", stderr: "ignore" }).exited;
    await rm(join(state, ".."), { recursive: true, force: true });
  }, 60_000);
  const started = Bun.spawn(["bash", script, "start"], { env, stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(started.stdout).text(),
    new Response(started.stderr).text(),
    started.exited,
  ]);
  if (code !== 0) throw new Error(`Gitea did not start: ${err}`);
  const values = new Map([...out.matchAll(/^export (\w+)='(.*)'$/gm)].map((match) => [match[1], match[2] ?? ""]));
  const value = (name: string) => values.get(name) ?? "";
  const api = value("GITEA_API");
  const tokens = {
    all: value("GITEA_ADMIN_TOKEN"),
    narrow: value("GITEA_NARROW_TOKEN"),
    readOnly: value("GITEA_READONLY_TOKEN"),
    alice: value("GITEA_ALICE_TOKEN"),
  };
  return {
    url: value("GITEA_URL"),
    api,
    tokens,
    repository: value("GITEA_REPO"),
    pull: Number(value("GITEA_PR")),
    headSha: value("GITEA_HEAD_SHA"),
    baseSha: value("GITEA_BASE_SHA"),
    async call(method, path, json, token = tokens.all) {
      const answer = await fetch(api + path, {
        method,
        headers: { authorization: `token ${token}`, "content-type": "application/json" },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return answer.status === 204 ? undefined : answer.json();
    },
  };
}
