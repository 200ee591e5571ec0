import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unless } from "../support/skip.ts";

const script = join(import.meta.dir, "..", "..", "scripts", "install.sh");
const program = "#!/bin/sh\necho cml installed\n";
const names = ["linux-x64-baseline", "linux-arm64", "linux-x64-musl-baseline", "linux-arm64-musl", "darwin-x64", "darwin-arm64"];

let work = "";
let release = "";

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "cml-install-"));
  release = join(work, "release");
  await mkdir(release);
  const sum = new Bun.CryptoHasher("sha256").update(program).digest("hex");
  for (const name of names) await writeFile(join(release, `cml-${name}`), program);
  await writeFile(join(release, "SHA256SUMS"), names.map((name) => `${sum}  cml-${name}\n`).join(""));
});

afterAll(() => rm(work, { recursive: true, force: true }));

let count = 0;

/** Runs the script; `machine` puts programs of the given names in front of the path, each printing its text. */
async function install(
  env: Record<string, string>,
  machine: Record<string, string> = {},
): Promise<{ code: number; out: string; error: string; folder: string }> {
  const place = join(work, `case-${(count += 1)}`);
  const folder = join(place, "home", ".local", "bin");
  const bin = join(place, "machine");
  await mkdir(bin, { recursive: true });
  for (const [name, body] of Object.entries(machine)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${body}\n`);
    await chmod(join(bin, name), 0o755);
  }
  const child = Bun.spawn(["sh", script], {
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: join(place, "home"), CML_INSTALL_FROM: release, ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, error, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, error, folder };
}

async function serve(folder: string): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    readFile(join(folder, (request.url ?? "/").slice("/mirror/".length))).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  return { server, url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/mirror` };
}

async function left(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

describe("install.sh", () => {
  test("installs from a folder into ~/.local/bin and says where", async () => {
    const run = await install({});
    expect(run.error).toBe("");
    expect(run.code).toBe(0);
    expect(run.out).toContain(`installed ${run.folder}/cml (`);
    expect(run.out).toContain("add it to your path");
    expect(await left(run.folder)).toEqual(["cml"]);
    expect((await stat(join(run.folder, "cml"))).mode & 0o777).toBe(0o755);
    expect(Bun.spawnSync([join(run.folder, "cml")]).stdout.toString()).toBe("cml installed\n");
  });

  test("takes the folder of CML_INSTALL_DIR and replaces what is there", async () => {
    const folder = join(work, "own place");
    await mkdir(folder);
    await writeFile(join(folder, "cml"), "old");
    const run = await install({ CML_INSTALL_DIR: folder });
    expect(run.code).toBe(0);
    expect(await readFile(join(folder, "cml"), "utf8")).toBe(program);
    expect(await left(folder)).toEqual(["cml"]);
  });

  test("installs from a mirror over HTTP", async () => {
    const { server, url } = await serve(release);
    try {
      const run = await install({ CML_INSTALL_FROM: `${url}/` });
      expect(run.error).toBe("");
      expect(await left(run.folder)).toEqual(["cml"]);
    } finally {
      server.close();
    }
  });

  test("a mirror without the file fails, naming it, and leaves nothing", async () => {
    const empty = join(work, "empty");
    await mkdir(empty, { recursive: true });
    const { server, url } = await serve(empty);
    try {
      const run = await install({ CML_INSTALL_FROM: url });
      expect(run.code).toBe(1);
      expect(run.error).toContain(`could not download ${url}/SHA256SUMS`);
      expect(await left(run.folder)).toEqual([]);
    } finally {
      server.close();
    }
  });

  test("a wrong checksum fails and leaves nothing, not even the old file touched", async () => {
    const bad = join(work, "bad");
    await mkdir(bad);
    for (const name of names) await writeFile(join(bad, `cml-${name}`), "#!/bin/sh\necho evil\n");
    await writeFile(join(bad, "SHA256SUMS"), await readFile(join(release, "SHA256SUMS")));
    const run = await install({ CML_INSTALL_FROM: bad });
    expect(run.code).toBe(1);
    expect(run.error).toContain("is not what SHA256SUMS promises");
    expect(await left(run.folder)).toEqual([]);
    const folder = join(work, "kept");
    await mkdir(folder);
    await writeFile(join(folder, "cml"), "old");
    expect((await install({ CML_INSTALL_FROM: bad, CML_INSTALL_DIR: folder })).code).toBe(1);
    expect(await readFile(join(folder, "cml"), "utf8")).toBe("old");
    expect(await left(folder)).toEqual(["cml"]);
  });

  test("a platform that the sums do not list fails", async () => {
    const run = await install({ CML_INSTALL_TARGET: "plan9-x64" });
    expect(run.code).toBe(1);
    expect(run.error).toContain("does not list cml-plan9-x64");
    expect(await left(run.folder)).toEqual([]);
  });

  const uname = (system: string, machine: string): string => `case $1 in -s) echo ${system} ;; -m) echo ${machine} ;; esac`;
  const machines: [string, string, Record<string, string>][] = [
    ["glibc on x64", "linux-x64-baseline", { uname: uname("Linux", "x86_64"), ldd: "echo 'ldd (GNU libc) 2.36'" }],
    ["glibc on arm64", "linux-arm64", { uname: uname("Linux", "aarch64"), ldd: "echo 'ldd (GNU libc) 2.36'" }],
    ["musl on x64", "linux-x64-musl-baseline", { uname: uname("Linux", "x86_64"), ldd: "echo 'musl libc (x86_64)' >&2; exit 1" }],
    ["musl on arm64", "linux-arm64-musl", { uname: uname("Linux", "aarch64"), ldd: "echo 'musl libc (aarch64)' >&2; exit 1" }],
    ["macOS on Intel", "darwin-x64", { uname: uname("Darwin", "x86_64"), sysctl: "echo 0" }],
    ["macOS under Rosetta", "darwin-arm64", { uname: uname("Darwin", "x86_64"), sysctl: "echo 1" }],
    ["macOS on Apple silicon", "darwin-arm64", { uname: uname("Darwin", "arm64") }],
  ];
  test.each(machines)("finds the platform: %s", async (_, platform, machine) => {
    const run = await install({}, machine);
    expect(run.error).toBe("");
    expect(run.out).toContain(`(${platform})`);
  });

  test("an unknown system fails before anything is made", async () => {
    const run = await install({}, { uname: uname("Plan9", "mips") });
    expect(run.code).toBe(1);
    expect(run.error).toContain("no build for Plan9");
    expect(await left(run.folder)).toEqual([]);
  });

  unless(Bun.which("shellcheck") === null ? "shellcheck is not installed" : undefined)("passes shellcheck", () => {
    const run = Bun.spawnSync(["shellcheck", "--shell=sh", script]);
    expect(run.stdout.toString()).toBe("");
  });
});
