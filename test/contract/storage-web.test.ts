import { describe, expect, test } from "bun:test";
import { mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { AuthError, ConfigError } from "../../src/core/error.ts";
import type { Store } from "../../src/storage/contract.ts";
import { netrcEntry } from "../../src/storage/web-client.ts";
import { open as openHttp } from "../../src/storage/http/index.ts";
import { open as openDav } from "../../src/storage/webdav/index.ts";
import { faultProxy } from "../fake/fault-proxy.ts";
import { testClock, testHost } from "../support/memory-host.ts";
import { noService, startServices } from "../support/service.ts";
import { unless } from "../support/skip.ts";
import { bodyOf, failure, storageContract, type Subject } from "./storage.ts";

const signal = new AbortController().signal;
const reason = noService("nginx");
if (reason === undefined) register(await startServices("nginx"));
else unless(`nginx: ${reason}`)("HTTP and WebDAV on nginx", () => undefined);

function register(env: ReadonlyMap<string, string>): void {
  const get = (name: string): string => env.get(name) ?? "";
  const options = { user: get("CML_TEST_DAV_USER"), password: get("CML_TEST_DAV_PASSWORD") };

  async function subject(kind: "http" | "webdav", folder: string): Promise<Subject> {
    const proxy = await faultProxy(get("CML_TEST_HTTP_URL"));
    // Waits before retries take no time on this clock.
    const { host } = await testHost({ clock: testClock() });
    const address = `${proxy.url.replace(/^http/, kind)}/dav/${folder}`;
    const config = { url: address, options: new Map(Object.entries({ ...options, method: "PUT" })), source: "remote `r`" };
    const faults = {
      busy: { status: 429, headers: { "retry-after": "0" } },
      unavailable: { status: 503 },
      truncate: "cut",
      expire: { status: 401 },
    } as const;
    return {
      store: kind === "http" ? openHttp(config, host) : openDav(config, host),
      fail: (fault, times) => proxy.fail(faults[fault], times),
      keys: async () =>
        (await readdir(join(get("CML_TEST_HTTP_DIR"), "dav", folder), { recursive: true }).catch(() => []))
          .map(String)
          .toSorted(),
      close: () => proxy.close(),
    };
  }

  describe("nginx", () => {
    // The server's folder on disk has no empty names, and nginx joins neighbouring slashes.
    const refuses = ["double//slash"];
    storageContract("WebDAV on nginx", () => subject("webdav", "contract/deep"), {
      refuses,
      // Its listings leave out names with a dot in front, as those of a shell do.
      hides: [".hidden/.file"],
      timeoutMs: 60_000,
    });
    storageContract("HTTP on nginx", () => subject("http", "http"), { refuses, without: ["list", "remove"], timeoutMs: 60_000 });

    const store = async (path: string, more: Readonly<Record<string, string>> = {}, home?: string): Promise<Store> => {
      const { host } = await testHost({ env: home === undefined ? {} : { HOME: home } });
      return openHttp(
        { url: `${get("CML_TEST_HTTP_URL")}${path}`, options: new Map(Object.entries(more)), source: "remote `r`" },
        host,
      );
    };

    test("a wrong password is told with the user that was used", async () => {
      const error = await failure((await store("/private", { user: "web", password: "wrong" })).read("x", { signal }));
      expect(error).toBeInstanceOf(AuthError);
      expect(String(error)).toContain("user `web`");
      expect(String(error)).not.toContain("wrong");
    });

    test("redirects are followed", async () => {
      await Bun.write(join(get("CML_TEST_HTTP_DIR"), "moved.txt"), "moved");
      const content = await (await store("/r302")).read("moved.txt", { signal });
      expect(new TextDecoder().decode(await content.bytes())).toBe("moved");
    });

    test("an address that the server does not let us write to is an error", async () => {
      expect(
        await failure((await store("/none", { method: "PUT" })).write?.("x", bodyOf("x"), { signal }) ?? Promise.resolve()),
      ).toBeInstanceOf(Error);
    });

    test("a private CA is trusted by `ssl_verify`, and refused without it", async () => {
      await Bun.write(join(get("CML_TEST_HTTP_DIR"), "tls.txt"), "tls");
      const { host } = await testHost();
      const at = (more: Readonly<Record<string, string>>): Store =>
        openHttp({ url: get("CML_TEST_HTTPS_URL"), options: new Map(Object.entries(more)), source: "remote `r`" }, host);
      expect(await failure(at({}).read("tls.txt", { signal }))).toBeInstanceOf(Error);
      for (const value of [get("CML_TEST_HTTPS_CA"), "false"])
        expect(new TextDecoder().decode(await (await at({ ssl_verify: value }).read("tls.txt", { signal })).bytes())).toBe("tls");
    });

    test("`~/.netrc` is read", async () => {
      const { host } = await testHost({
        files: {
          ".netrc": `machine other login a password b\nmachine 127.0.0.1 login ${options.user} password ${options.password}\n`,
        },
      });
      await Bun.write(join(get("CML_TEST_HTTP_DIR"), "private", "netrc.txt"), "mine");
      const read = await (await store("/private", {}, host.cwd)).read("netrc.txt", { signal });
      expect(new TextDecoder().decode(await read.bytes())).toBe("mine");
      await mkdir(join(host.cwd, "empty"));
      await symlink(".netrc", join(host.cwd, "empty", "unused"));
    });
  });
}

test("options that ask a person or are not known are refused", async () => {
  const { host } = await testHost();
  const at =
    (options: Readonly<Record<string, string>>): (() => Store) =>
    () =>
      openHttp({ url: "https://h/p", options: new Map(Object.entries(options)), source: "remote `r`" }, host);
  expect(at({ ask_password: "true" })).toThrow(ConfigError);
  expect(at({ auth: "digest" })).toThrow("digest");
  expect(at({ method: "PATCH" })).toThrow("method");
  expect(at({ custom_auth_header: "X-Key" })).toThrow("password");
});

test("netrcEntry() finds a machine, then the default", () => {
  const text = "# comment\nmachine a login l1 password p1\ndefault login l2\n password p2";
  expect(netrcEntry(text, "a")).toEqual({ login: "l1", password: "p1" });
  expect(netrcEntry(text, "b")).toEqual({ login: "l2", password: "p2" });
  expect(netrcEntry("machine a login l1", "a")).toBeNull();
});
