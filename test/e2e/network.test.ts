/** The compiled program behind a proxy that wants credentials, to a server whose certificate comes from a private authority. */
import { afterAll, beforeEach, describe, expect } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { identityServices } from "../fake/identity.ts";
import { tlsWorld } from "../fake/tls-proxy.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runBinary } from "../support/run.ts";
import { unless } from "../support/skip.ts";

const reason = Bun.which("openssl") === null ? "openssl makes the private authority" : undefined;
const behindProxy = unless(reason);

const asked: string[] = [];
const forge = {
  ...identityServices(),
  answer: (request: { readonly url: URL; readonly headers: Headers }) => {
    asked.push(`${request.url.host}${request.url.pathname} ${request.headers.get("authorization") ?? ""}`);
    return { status: 401, body: { message: "who are you" } };
  },
};
const world = reason === undefined ? await tlsWorld(await temporaryFolder(), forge, ["git.corp.example"]) : null;
afterAll(() => world?.close());
beforeEach(() => {
  asked.length = 0;
  world?.connects.splice(0);
});

const token = "tok_0123456789abcdef";

async function comment(env: Record<string, string>, args: string[] = [], host = "git.corp.example") {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, "report.md"), "x");
  const line = ["comment", "create", "report.md", "--target", "pr/1", "--driver", "gitea", "--repo", `https://${host}/o/r`];
  return runBinary([...line, ...args, "--log", "debug"], { cwd, env: { CML_TOKEN: token, ...env } });
}

describe("behind a proxy", () => {
  for (const name of ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"]) {
    for (const [authority, variable] of [
      ["NODE_EXTRA_CA_CERTS", "NODE_EXTRA_CA_CERTS"],
      ["SSL_CERT_FILE", "SSL_CERT_FILE"],
      ["CML_CA_FILE", "CML_CA_FILE"],
    ] as const) {
      behindProxy(`${name} and ${authority} lead to the server`, async () => {
        const answer = await comment({ [name]: world?.proxyUrl ?? "", [variable]: world?.caFile ?? "" });
        expect(answer.code).toBe(4);
        expect(answer.stderr).toContain("who are you");
        expect(world?.connects).toContain("git.corp.example:443");
        expect(asked[0]).toContain(`token ${token}`);
        expect(answer.stderr).not.toContain(token);
        expect(answer.stderr).not.toContain("proxy-pass");
      });
    }
  }

  behindProxy("--ca-file does as its variable", async () => {
    const answer = await comment({ HTTPS_PROXY: world?.proxyUrl ?? "" }, ["--ca-file", world?.caFile ?? ""]);
    expect(answer.stderr).toContain("who are you");
  });

  behindProxy("without the authority nothing is sent, and the message says what to name", async () => {
    const answer = await comment({ HTTPS_PROXY: world?.proxyUrl ?? "" });
    expect(answer.code).toBe(5);
    expect(answer.stderr).toContain("the certificate of Gitea (git.corp.example) is not trusted");
    expect(answer.stderr).toContain("--ca-file");
    expect(asked).toEqual([]);
  });

  behindProxy(
    "a proxy that wants credentials is named, its password never",
    async () => {
      const bare = (world?.proxyUrl ?? "").replace("proxy-pass", "wrong-pass-word");
      const answer = await comment({ HTTPS_PROXY: bare, CML_CA_FILE: world?.caFile ?? "" });
      expect([4, 5]).toContain(answer.code);
      expect(answer.stderr).toMatch(/proxy/i);
      expect(answer.stderr).not.toContain("wrong-pass-word");
      expect(asked).toEqual([]);
    },
    120_000,
  );

  for (const exception of ["git.corp.example", ".corp.example", "corp.example", "*"]) {
    behindProxy(
      `NO_PROXY=${exception} goes past the proxy`,
      async () => {
        const answer = await comment({
          HTTPS_PROXY: world?.proxyUrl ?? "",
          NO_PROXY: exception,
          CML_CA_FILE: world?.caFile ?? "",
        });
        expect(world?.connects).toEqual([]);
        expect(answer.stderr).toContain("cannot reach Gitea (git.corp.example)");
      },
      120_000,
    );
  }

  behindProxy("a file of certificates that is none is a wrong setting", async () => {
    const answer = await comment({ HTTPS_PROXY: world?.proxyUrl ?? "" }, ["--ca-file", "missing.pem"]);
    expect(answer.code).toBe(3);
    expect(answer.stderr).toContain("cannot read the certificates in `missing.pem`");
  });
});
