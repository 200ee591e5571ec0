/** The compiled program as an executable: what it must not load, what it may not lose, how it ends. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { binary } from "../support/binary.ts";
import { temporaryFolder } from "../support/folder.ts";
import { bareEnvironment, runBinary } from "../support/run.ts";
import { unless } from "../support/skip.ts";

let cml = "";

beforeAll(async () => {
  cml = await binary();
}, 300_000);

describe("the folder it is started in", () => {
  test("a hostile bunfig.toml, .env, .npmrc, tsconfig.json and package.json do nothing", async () => {
    const cwd = await temporaryFolder();
    const mark = join(cwd, "ran");
    const evil = `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "x");\n`;
    const files: Readonly<Record<string, string>> = {
      "evil.ts": evil,
      "bunfig.toml": 'preload = ["./evil.ts"]\n[run]\nbun = true\n[define]\n"CML_VERSION" = "\'evil\'"\n',
      ".env":
        "CML_JSON=true\nCML_LOG=nonsense\nGITHUB_ACTIONS=true\nBUN_OPTIONS=--preload=./evil.ts\nNODE_OPTIONS=--require=./evil.ts\n",
      ".env.local": "CML_JSON=true\n",
      ".env.production": "CML_JSON=true\n",
      ".npmrc": "node-options=--require=./evil.ts\n",
      "tsconfig.json": '{"compilerOptions": {"paths": {"*": ["./evil.ts"]}, "jsx": "react", "jsxImportSource": "./evil"}}',
      "package.json": '{"name": "evil", "type": "commonjs", "imports": {"#x": "./evil.ts"}, "bun": {"preload": ["./evil.ts"]}}',
      "node_modules/yaml/index.js": evil,
      "node_modules/vega/index.js": evil,
      "metrics.json": '{"loss": 1}',
      "chart.json": JSON.stringify({ data: { values: [{ a: 1 }] }, mark: "point", encoding: { x: { field: "a" } } }),
    };
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(cwd, path, ".."), { recursive: true });
      await writeFile(join(cwd, path), text);
    }
    const clean = await runBinary(["version"]);
    expect(await runBinary(["version"], { cwd })).toEqual(clean);
    expect(clean).toMatchObject({ code: 0, stderr: "" });
    expect((await runBinary(["render", "chart.json", "--format", "svg"], { cwd })).stdout).toContain("<svg");
    expect(existsSync(mark)).toBe(false);
  });

  test("a folder that is gone is named as what is wrong", async () => {
    const cwd = await temporaryFolder();
    const run = Bun.spawnSync(["sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$0" version', cml], {
      cwd,
      env: await bareEnvironment(),
    });
    expect(run.stderr.toString()).toContain("directory was deleted");
    expect(run.exitCode).toBe(1);
  });
});

describe("its streams", () => {
  test("a large result through a slow pipe is not cut", async () => {
    const cwd = await temporaryFolder();
    const values = Array.from({ length: 20_000 }, (_, x) => ({ x, y: (x * 7919) % 1_000 }));
    const spec = {
      data: { values },
      mark: "point",
      encoding: { x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" } },
    };
    await writeFile(join(cwd, "big.json"), JSON.stringify(spec));
    const whole = await runBinary(["render", "big.json", "--format", "svg"], { cwd });
    expect(whole.stderr).toBe("");
    expect(whole.stdout.length).toBeGreaterThan(1_000_000);
    expect(whole.stdout.trimEnd()).toEndWith("</svg>");
    const slow = Bun.spawnSync(["sh", "-c", `${JSON.stringify(cml)} render big.json --format svg | (sleep 0.3; wc -c)`], {
      cwd,
      env: await bareEnvironment(),
    });
    expect(Number(slow.stdout.toString())).toBe(Buffer.byteLength(whole.stdout));
  }, 60_000);

  test("a reader that leaves early is no failure", async () => {
    const run = Bun.spawnSync(["bash", "-c", `set -o pipefail; ${JSON.stringify(cml)} completion bash | head -c 10`], {
      env: await bareEnvironment(),
    });
    expect(run.stderr.toString()).toBe("");
    expect(run.exitCode).toBe(0);
  });

  test("closed streams do not bring it down", async () => {
    const run = Bun.spawnSync(["sh", "-c", `${JSON.stringify(cml)} version >&- 2>&-`], { env: await bareEnvironment() });
    expect([0, 1]).toContain(run.exitCode);
  });

  test("no colours into a pipe", async () => {
    const answer = await runBinary(["nonsense"], { env: { FORCE_COLOR: "1", TERM: "xterm-256color" } });
    expect(answer.stderr).not.toContain("\u001b");
  });
});

describe("its ends", () => {
  let server: Server;
  let port = 0;
  let connected = Promise.withResolvers<void>();

  beforeAll(async () => {
    // Takes the request and never answers.
    server = createServer((socket) => {
      socket.on("error", () => undefined);
      connected.resolve();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
  });
  afterAll(() => void server.close());

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    test(`${signal} in the middle of a request ends it quietly with ${code}`, async () => {
      connected = Promise.withResolvers<void>();
      const cwd = await temporaryFolder();
      await writeFile(join(cwd, "report.md"), "# Report\n");
      const child = Bun.spawn(
        [
          cml,
          "comment",
          "create",
          "report.md",
          "--target",
          "pr/1",
          "--repo",
          `http://127.0.0.1:${port}/o/r`,
          "--driver",
          "gitea",
        ],
        {
          cwd,
          env: await bareEnvironment({ CML_TOKEN: "tok_0123456789" }),
          stdout: "pipe",
          stderr: "pipe",
        },
      );
      await Promise.race([connected.promise, child.exited]);
      child.kill(signal);
      const [stderr, ended] = await Promise.all([new Response(child.stderr).text(), child.exited]);
      expect(ended).toBe(code);
      expect(stderr).not.toContain("error:");
    }, 30_000);
  }

  test("exit codes: 0, 1, 2, 3, 5", async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, "bad.json"), "{");
    const code = async (args: string[], env: Record<string, string> = {}): Promise<number> =>
      (await runBinary(args, { cwd, env })).code;
    expect(await code(["version"])).toBe(0);
    expect(await code(["render", "bad.json", "-o", "x.png"])).toBe(1);
    expect(await code(["nonsense"])).toBe(2);
    expect(await code(["version"], { CML_JSON: "maybe" })).toBe(3);
    await writeFile(join(cwd, "report.md"), "x");
    const args = ["comment", "create", "report.md", "--target", "pr/1", "--repo", "http://127.0.0.1:9/o/r", "--driver", "gitea"];
    expect(await code(args, { CML_TOKEN: "tok_0123456789" })).toBe(5);
  }, 90_000);
});

describe("its names", () => {
  test("a link named vl2png is vl2png, a copy of another name is cml", async () => {
    const vega = JSON.stringify({ data: { values: [{ a: 1 }] }, mark: "point", encoding: { x: { field: "a" } } });
    const svg = await runBinary([], { name: "vl2svg", stdin: vega });
    expect(svg.stderr).toBe("");
    expect(svg.stdout).toContain("<svg");
    expect((await runBinary(["version"], { name: "renamed" })).code).toBe(0);
    const folder = await temporaryFolder();
    await symlink(cml, join(folder, "cml"));
    const linked = Bun.spawnSync([join(folder, "cml"), "link", "names"], {
      cwd: folder,
      env: await bareEnvironment(),
      stderr: "pipe",
    });
    expect(linked.stderr.toString()).toBe("");
    const made = Bun.spawnSync([join(folder, "names", "vl2svg")], { stdin: new Blob([vega]), env: await bareEnvironment() });
    expect(made.stdout.toString()).toBe(svg.stdout);
    const other = Bun.spawnSync(["sh", "-c", "PATH=$1:$PATH; vl2svg", "sh", join(folder, "names")], {
      stdin: new Blob([vega]),
      env: await bareEnvironment(),
    });
    expect(other.stdout.toString()).toBe(svg.stdout);
  }, 60_000);
});

describe("its start", () => {
  const traced = unless(Bun.which("strace") === null ? "strace is not installed" : undefined);
  traced("opens no connection, and no file of the folder it is started in", async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, "package.json"), "{}");
    const log = join(cwd, "..", `${cwd.split("/").at(-1) ?? ""}.trace`);
    for (const args of [["version"], ["--help"], ["report", "--help"]]) {
      Bun.spawnSync(["strace", "-f", "-e", "trace=connect,openat,execve", "-o", log, cml, ...args], {
        cwd,
        env: await bareEnvironment(),
      });
      const lines = (await readFile(log, "utf8")).split("\n");
      expect(lines.filter((line) => line.includes("connect("))).toEqual([]);
      expect(
        lines.filter(
          (line) => line.includes("openat(") && (line.includes(cwd) || /"(?:\.\/)?[\w.]+\.(?:toml|json|env)"/.test(line)),
        ),
      ).toEqual([]);
    }
  });

  test("help needs no module of a command's work: it is as quick as version", async () => {
    const time = async (args: string[]): Promise<number> => {
      const env = await bareEnvironment();
      const walls = Array.from({ length: 9 }, () => {
        const from = performance.now();
        Bun.spawnSync([cml, ...args], { env, stdout: "ignore", stderr: "ignore" });
        return performance.now() - from;
      });
      return Math.min(...walls);
    };
    const version = await time(["version"]);
    // Loading Vega alone takes longer than this allowance, which is generous for a loaded machine.
    for (const args of [["--help"], ["report", "--help"], ["render", "--help"]])
      expect(await time(args)).toBeLessThan(version * 2 + 15);
  }, 60_000);
});
