import { describe, expect, test } from "bun:test";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { binary } from "../support/binary.ts";
import { restoreChurn, run } from "../support/churn.ts";
import { temporaryFolder } from "../support/folder.ts";
import { bareEnvironment, runBinary } from "../support/run.ts";

/** The demo repository on branch `exp-a`. */
async function demo(): Promise<string> {
  const { repo } = await restoreChurn();
  await run(["git", "switch", "-q", "exp-a"], repo);
  return repo;
}

describe("cml report on the demo repository", () => {
  test("prints what changed against main, and the path of a page that holds all plots", async () => {
    const repo = await demo();
    const result = await runBinary(["report", "--base", "main"], { cwd: repo });
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: "" });
    expect(result.stdout).toStartWith("8 worse, 2 better. by_class.stay.recall fell 5.9 points; higher is better.\n");
    expect(result.stdout).toMatch(/eval\.acc +0\.9336 +0\.9289 +-0\.0047 \(-0\.5 %\) +▼ worse/);
    expect(result.stdout).toContain("train.optimizer.lr");
    expect(result.stdout).toContain("data/slices/loyal.csv");
    const page = result.stdout.trimEnd().split("\n").at(-1) ?? "";
    expect(page).toBe(join(repo, ".cml", "report.html"));
    const html = await Bun.file(page).text();
    expect(html.match(/<figure class="chart/g)?.length).toBeGreaterThanOrEqual(10);
    expect(html).not.toContain("could not be drawn");
    expect(await run(["git", "status", "--porcelain"], repo)).toBe("");
  });

  test("finds the base by itself, and says the same from a folder below", async () => {
    const repo = await demo();
    const result = await runBinary(["report"], { cwd: join(repo, "reports") });
    expect(result.code).toBe(0);
    // Where the branch left `main`, not `main` as it is by now.
    expect(result.stdout).toStartWith("7 worse, 3 better.");
    expect(result.stdout.trimEnd()).toEndWith(join(repo, ".cml", "report.html"));
  });

  test("on a terminal the values come before the plots are drawn", async () => {
    const repo = await demo();
    const chunks: string[] = [];
    const decoder = new TextDecoder();
    const child = Bun.spawn([await binary(), "report", "--base", "main"], {
      cwd: repo,
      env: { ...(await bareEnvironment()), TERM: "xterm-256color" },
      terminal: { cols: 120, rows: 40, data: (_, bytes) => void chunks.push(decoder.decode(bytes, { stream: true })) },
    });
    expect(await child.exited).toBe(0);
    const first = chunks[0] ?? "";
    expect(first).toContain("8 worse, 2 better.");
    expect(first).not.toContain("report.html");
    // Colour carries the judgement too, and never alone.
    expect(chunks.join("")).toMatch(/\u001b\[31m▼ worse\u001b\[0m/);
  });

  test("a repository of another user, hostile settings of Git and a hostile bunfig do nothing", async () => {
    const repo = await demo();
    const trap = join(repo, "trap.sh");
    await Bun.write(trap, `#!/bin/sh\ntouch ${repo}/trapped\n`);
    await chmod(trap, 0o755);
    for (const key of ["core.fsmonitor", "core.pager", "core.sshCommand", "diff.external"])
      await run(["git", "config", key, trap], repo);
    await Bun.write(join(repo, "bunfig.toml"), `preload = ["./evil.ts"]\n`);
    await Bun.write(join(repo, "evil.ts"), `require("node:fs").writeFileSync("${repo}/trapped", "");\n`);
    await Bun.write(join(repo, ".env"), "CML_GATE=auc >= 2\nNODE_OPTIONS=--require=./evil.ts\n");
    if (process.getuid?.() === 0) await run(["chown", "-R", "65534:65534", repo], repo);
    const result = await runBinary(["report", "--base", "main"], { cwd: repo });
    expect([result.code, result.stderr]).toEqual([0, ""]);
    expect(await Bun.file(join(repo, "trapped")).exists()).toBe(false);
  });

  test("charts that fail do not lose the report", async () => {
    const repo = await temporaryFolder();
    await run(["git", "init", "-q", "-b", "main"], repo);
    await mkdir(join(repo, ".dvc", "plots"), { recursive: true });
    await Bun.write(join(repo, ".dvc", "config"), "");
    const template = (more: object) =>
      JSON.stringify({ data: { values: "<DVC_METRIC_DATA>" }, title: "<DVC_METRIC_TITLE>", encoding: {}, ...more });
    await Bun.write(
      join(repo, ".dvc/plots/forever.json"),
      template({ mark: "point", data: { sequence: { start: 0, stop: 1e9 } }, description: "<DVC_METRIC_DATA>" }),
    );
    await Bun.write(
      join(repo, ".dvc/plots/secret.json"),
      JSON.stringify({ data: { url: "file:///etc/passwd" }, mark: "point", title: "<DVC_METRIC_DATA>" }),
    );
    await Bun.write(
      join(repo, ".dvc/plots/address.json"),
      JSON.stringify({ data: { url: "https://evil.example/x.json" }, mark: "point", title: "<DVC_METRIC_DATA>" }),
    );
    await Bun.write(join(repo, ".dvc/plots/huge.json"), template({ mark: "point", width: 20_000, height: 20_000 }));
    const plots = ["forever", "secret", "address", "huge", "linear"].map(
      (name) => `  - ${name}.csv:\n      template: ${name}\n      x: step\n      y: loss\n`,
    );
    await Bun.write(join(repo, "dvc.yaml"), `metrics:\n  - metrics.json\nplots:\n${plots.join("")}`);
    for (const side of [0, 1]) {
      await Bun.write(join(repo, "metrics.json"), JSON.stringify({ loss: 0.5 + side }));
      for (const name of ["forever", "secret", "address", "huge", "linear"])
        await Bun.write(join(repo, `${name}.csv`), `step,loss\n0,${side}\n1,2\n`);
      await run(["git", "add", "-A"], repo);
      await run(["git", "commit", "-q", "-m", `side ${side}`], repo);
    }
    const result = await runBinary(["report", "--chart-timeout", "3s", "--to", "md:r.md,html:r.html"], {
      cwd: repo,
      timeoutMs: 120_000,
    });
    expect(result.code).toBe(0);
    const body = await Bun.file(join(repo, "r.md")).text();
    expect(body).toContain("`loss` rose 200 %; lower is better.");
    expect(body).toContain("could not be read or drawn");
    const html = await Bun.file(join(repo, "r.html")).text();
    expect(html).not.toContain("root:x:0");
    // Those before and behind the ones that failed are drawn.
    for (const name of ["huge", "linear"])
      expect(html).toMatch(new RegExp(`<figcaption>${name}\\.csv</figcaption><div class="vega"></div><div class="still"><img`));
  });
});

test("the announcement's job: a report without DVC, Python or Node on the machine", async () => {
  const repo = await demo();
  const folder = await temporaryFolder();
  const git = Bun.which("git") ?? "git";
  await run(["ln", "-s", git, join(folder, "git")], folder);
  const result = await runBinary(["report", "--base", "main"], { cwd: repo, env: { PATH: folder } });
  expect(result.code).toBe(0);
  expect(result.stdout).toStartWith("8 worse, 2 better.");
});

describe("data that DVC tracks and that is not here", () => {
  test("is fetched from a remote elsewhere; without it the report names what is missing", async () => {
    const { repo, remote } = await restoreChurn();
    await run(["git", "switch", "-q", "exp-a"], repo);
    const asked: string[] = [];
    let isUp = true;
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        const { pathname } = new URL(request.url);
        asked.push(`${request.method} ${pathname}`);
        const file = Bun.file(join(remote, decodeURIComponent(pathname)));
        return isUp && (await file.exists()) ? new Response(file) : new Response("", { status: isUp ? 404 : 403 });
      },
    });
    try {
      const config = await Bun.file(join(repo, ".dvc/config")).text();
      await Bun.write(join(repo, ".dvc/config.local"), config.replace(/url = .*/, `url = http://127.0.0.1:${server.port}`));
      const whole = await runBinary(["report", "--base", "main", "--to", "json:r.json"], { cwd: repo });
      expect([whole.code, whole.stderr]).toEqual([0, ""]);
      const report: { result: { plots: unknown[] }; warnings: unknown[] } = await Bun.file(join(repo, "r.json")).json();
      expect(report.warnings).toEqual([]);
      expect(report.result.plots.length).toBeGreaterThanOrEqual(10);
      expect(asked.length).toBeGreaterThan(5);
      expect(await run(["git", "status", "--porcelain"], repo)).toBe("?? r.json\n");
      isUp = false;
      const missing = await runBinary(["report", "--base", "main"], { cwd: repo });
      expect(missing.code).toBe(0);
      expect(missing.stdout).toContain("could not be read or drawn");
      expect(missing.stdout).toContain("train.optimizer.lr");
      asked.length = 0;
      await runBinary(["report", "--base", "main", "--no-fetch"], { cwd: repo });
      expect(asked).toEqual([]);
    } finally {
      await server.stop(true);
    }
  });
});
