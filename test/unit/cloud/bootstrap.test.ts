import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { armScript, type BootOptions, prepareScript, userData, userDataLimitBytes } from "../../../src/cloud/bootstrap.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { unless } from "../../support/skip.ts";

const options: BootOptions = {
  settings: JSON.stringify({ secret: "A1b2".repeat(1_200) }),
  script: "#!/bin/bash\necho hello\n",
  expiresAt: Date.UTC(2026, 0, 2),
  lifetimeMs: 86_400_000,
  bootMs: 900_000,
  gpus: 1,
  needsDocker: true,
  program: {
    x64: { url: "https://mirror.example.com/it's/cml-linux-x64-baseline", sha256: "a".repeat(64) },
    arm64: { url: "https://mirror.example.com/cml-linux-arm64", sha256: "b".repeat(64) },
  },
  sshKey: "ssh-ed25519 AAAA test",
};

interface Config {
  readonly bootcmd: string[][];
  readonly runcmd: string[][];
  readonly write_files: { path: string; permissions: string; content: string; encoding?: string }[];
}

function parsed(text: string): Config {
  const [first, ...rest] = text.split("\n");
  expect(first).toBe("#cloud-config");
  return JSON.parse(rest.join("\n"));
}

describe("userData()", () => {
  test("fits into the smallest user data with a long registration", () => {
    expect(userData(options).length).toBeLessThan(userDataLimitBytes);
  });

  test("holds only keys that cloud-init knows", () => {
    expect(Object.keys(parsed(userData(options))).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "bootcmd",
      "runcmd",
      "ssh_authorized_keys",
      "write_files",
    ]);
  });

  test("the timer is armed before anything else, and counts from the absolute end", () => {
    const arm = parsed(userData(options)).bootcmd[0]?.[2] ?? "";
    expect(arm).toContain(`left=$((${Date.UTC(2026, 0, 2) / 1000} - $(date +%s)))`);
    expect(arm).toContain("--no-block");
    expect(arm.indexOf("arm cml-deadman")).toBeLessThan(arm.indexOf("arm cml-boot"));
  });

  test("the registration is in one file of mode 0600, and nowhere in clear", () => {
    const text = userData(options);
    expect(text).not.toContain("A1b2A1b2");
    const file = parsed(text).write_files.find(({ path }) => path === "/etc/cml/runner.json");
    expect(file?.permissions).toBe("0600");
    expect(gunzipSync(Buffer.from(file?.content ?? "", "base64")).toString()).toBe(options.settings);
  });

  test("a script that is too long is refused with its size", () => {
    const noise = Array.from({ length: 300 }, (_, index) => createHash("sha256").update(String(index)).digest("base64")).join("");
    expect(() => userData({ ...options, script: noise })).toThrow(/bytes, at most 12288 fit/);
  });

  test("the same options give the same text", () => {
    expect(userData(options)).toBe(userData(options));
  });
});

const shellcheck = Bun.which("shellcheck");
const checked = unless(shellcheck === null ? "shellcheck is not installed" : undefined);
for (const [name, script] of [
  ["arm", `#!/bin/sh\n${armScript(options)}`],
  ["prepare", prepareScript(options)],
] as const) {
  checked(`shellcheck finds nothing in the ${name} script`, async () => {
    const file = join(await temporaryFolder(), `${name}.sh`);
    await writeFile(file, script);
    const result = Bun.spawnSync([shellcheck ?? "", "-S", "warning", file]);
    expect(result.stdout.toString()).toBe("");
  });
  test(`the shell can read the ${name} script`, () => {
    const result = Bun.spawnSync([name === "arm" ? "sh" : "bash", "-n"], { stdin: new Blob([script]) });
    expect(result.stderr.toString()).toBe("");
    expect(result.exitCode).toBe(0);
  });
}

const cloudInit = Bun.which("cloud-init");
unless(cloudInit === null ? "cloud-init is not installed" : undefined)("cloud-init accepts it", async () => {
  const file = join(await temporaryFolder(), "user-data");
  await writeFile(file, userData(options));
  const result = Bun.spawnSync([cloudInit ?? "", "schema", "--config-file", file]);
  expect({ code: result.exitCode, out: result.stderr.toString() }).toMatchObject({ code: 0 });
});
