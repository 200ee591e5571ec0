import { describe, expect, test } from "bun:test";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AuthError, ConfigError } from "../../src/core/error.ts";
import type { Store } from "../../src/storage/contract.ts";
import { open } from "../../src/storage/ssh/index.ts";
import { readSshConfig } from "../../src/storage/ssh/ssh-config.ts";
import { testHost } from "../support/memory-host.ts";
import { noService, startServices } from "../support/service.ts";
import { unless } from "../support/skip.ts";
import { bodyOf, failure, noise, storageContract, type Subject } from "./storage.ts";

const signal = new AbortController().signal;
const reason = noService("sshd");
if (reason === undefined) withOpenSsh(await startServices("sshd"));
else unless(`sshd: ${reason}`)("SSH on OpenSSH", () => undefined);
const otherReason = noService("proftpd");
if (otherReason === undefined) withProFtpd(await startServices("proftpd"));
else unless(`proftpd: ${otherReason}`)("SSH on ProFTPD", () => undefined);

interface Home {
  readonly config?: string;
  readonly knownHosts?: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function at(url: string, options: Readonly<Record<string, string>>, home: Home): Promise<Store> {
  const { host } = await testHost({
    files: {
      ".ssh/known_hosts": home.knownHosts === undefined ? "" : await readFile(home.knownHosts, "utf8"),
      ".ssh/config": home.config ?? "",
    },
  });
  const world = await testHost({ cwd: host.cwd, env: { HOME: host.cwd, ...home.env } });
  return open({ url, options: new Map(Object.entries(options)), source: "remote `r`" }, world.host);
}

function withOpenSsh(env: ReadonlyMap<string, string>): void {
  const get = (name: string): string => env.get(name) ?? "";
  const address = `ssh://${get("CML_TEST_SSH_USER")}@127.0.0.1:${get("CML_TEST_SSH_PORT")}`;
  const folder = get("CML_TEST_SSH_DIR");
  const key = { keyfile: get("CML_TEST_SSH_KEY") };
  const knownHosts = get("CML_TEST_SSH_KNOWN_HOSTS");

  describe("OpenSSH", () => {
    storageContract(
      "SSH on OpenSSH",
      async (): Promise<Subject> => ({
        store: await at(`${address}${folder}/contract/deep`, key, { knownHosts }),
        keys: async () => (await readdir(join(folder, "contract"), { recursive: true })).map(String).toSorted(),
      }),
      // A file system has no empty folder names.
      { refuses: ["double//slash"], timeoutMs: 60_000 },
    );

    test("an unknown host key is refused, and named with its fingerprint", async () => {
      const store = await at(`${address}${folder}`, key, {});
      const error = await failure(store.stat("x", signal));
      expect(error).toBeInstanceOf(AuthError);
      expect(String(error)).toMatch(/host key of 127\.0\.0\.1, port \d+ is unknown: SHA256:/);
    }, 30_000);

    test("another host key than the known one is refused", async () => {
      const other = join((await testHost()).host.cwd, "known_hosts");
      const wrong = (await readFile(get("CML_TEST_SSH_KEY") + ".pub", "utf8")).split(" ").slice(0, 2).join(" ");
      await writeFile(other, `[127.0.0.1]:${get("CML_TEST_SSH_PORT")} ${wrong}\n`);
      const error = await failure((await at(`${address}${folder}`, key, { knownHosts: other })).stat("x", signal));
      expect(String(error)).toContain("is not the known one");
    }, 30_000);

    test("`StrictHostKeyChecking no` of ~/.ssh/config lifts the check", async () => {
      const store = await at(`${address}${folder}`, key, { config: "Host 127.*\n  StrictHostKeyChecking no\n" });
      expect(await store.stat("nothing", signal)).toBeNull();
      await store.close?.();
    }, 30_000);

    test("a refused key is told with what was tried", async () => {
      const folderOfKeys = (await testHost()).host.cwd;
      const bad = join(folderOfKeys, "bad");
      expect(Bun.spawnSync(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", bad]).exitCode).toBe(0);
      const error = await failure((await at(`${address}${folder}`, { keyfile: bad }, { knownHosts })).stat("x", signal));
      expect(error).toBeInstanceOf(AuthError);
      expect(String(error)).toContain(bad);
    }, 30_000);

    test("RSA keys, keys with a passphrase, an alias with IdentityFile", async () => {
      const locked = { keyfile: get("CML_TEST_SSH_KEY_LOCKED"), passphrase: get("CML_TEST_SSH_KEY_PASSPHRASE") };
      for (const options of [{ keyfile: get("CML_TEST_SSH_KEY_RSA") }, locked]) {
        const store = await at(`${address}${folder}`, options, { knownHosts });
        expect(await store.stat("nothing", signal)).toBeNull();
        await store.close?.();
      }
      const config = `Host data\n  HostName 127.0.0.1\n  Port ${get("CML_TEST_SSH_PORT")}\n  User ${get("CML_TEST_SSH_USER")}\n  IdentityFile ${get("CML_TEST_SSH_KEY")}\n  HostKeyAlias 127.0.0.1\n`;
      const alias = await at(`ssh://data${folder}`, {}, { knownHosts, config });
      expect(await alias.stat("nothing", signal)).toBeNull();
      await alias.close?.();
      const wrong = await failure(
        (await at(`${address}${folder}`, { ...locked, passphrase: "no" }, { knownHosts })).stat("x", signal),
      );
      expect(String(wrong)).toContain("passphrase");
    }, 60_000);

    test("the way through a jump host", async () => {
      const config = `Host far\n  HostName 127.0.0.1\n  Port ${get("CML_TEST_SSH_PORT")}\n  HostKeyAlias 127.0.0.1\n  User ${get("CML_TEST_SSH_USER")}\n  ProxyJump near\nHost near\n  HostName 127.0.0.1\n  HostKeyAlias 127.0.0.1\n  Port ${get("CML_TEST_SSH_PORT")}\n  User ${get("CML_TEST_SSH_USER")}\n  IdentityFile ${get("CML_TEST_SSH_KEY")}\n`;
      const store = await at(`ssh://far${folder}`, key, { knownHosts, config });
      const data = noise(1_000_000);
      await store.write?.("jumped", bodyOf(data), { signal });
      expect((await (await store.read("jumped", { signal })).bytes()).length).toBe(data.length);
      await store.close?.();
    }, 60_000);
  });
}

function withProFtpd(env: ReadonlyMap<string, string>): void {
  const get = (name: string): string => env.get(name) ?? "";
  describe("ProFTPD", () => {
    storageContract(
      "SSH on ProFTPD, by password",
      async () => ({
        store: await at(
          `ssh://${get("CML_TEST_SFTP2_USER")}@127.0.0.1:${get("CML_TEST_SFTP2_PORT")}/store`,
          { password: get("CML_TEST_SFTP2_PASSWORD") },
          { knownHosts: get("CML_TEST_SFTP2_KNOWN_HOSTS") },
        ),
      }),
      { refuses: ["double//slash"], timeoutMs: 60_000 },
    );
  });
}

test("options that ask a person are refused", async () => {
  const refused = await failure(at("ssh://h/p", { ask_password: "true" }, {}));
  expect(refused).toBeInstanceOf(ConfigError);
});

test("readSshConfig() takes the first value, patterns, negations and includes", async () => {
  const { host } = await testHost({
    files: {
      "home/.ssh/config":
        "Include conf.d/*\nHost *.example !bad.example\n  User first\n  Port 22\nHost a.example\n  User second\n  Port=2222\nHost *\n  IdentityFile ~/k1\n",
      "home/.ssh/conf.d/a": 'Host a.example\n  IdentityFile "~/k0"\n',
    },
  });
  const config = await readSshConfig(host, join(host.cwd, "home"));
  const found = config.of("a.example");
  expect(found.get("user")).toEqual(["first"]);
  expect(found.get("port")).toEqual(["22"]);
  expect(found.get("identityfile")).toEqual(["~/k0", "~/k1"]);
  expect(config.of("bad.example").get("user")).toBeUndefined();
});
