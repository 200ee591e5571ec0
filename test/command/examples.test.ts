/** Every example of every command's help is run as printed, by a shell, in a scene made for it. */
import { beforeAll, describe, expect, test } from "bun:test";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import type { Command, Example } from "../../src/cli/kit/command.ts";
import type { Tree } from "../../src/cli/kit/tree.ts";
import { root } from "../../src/cli/root.ts";
import { binary } from "../support/binary.ts";
import { restoreChurn, run as runProgram } from "../support/churn.ts";
import { githubScene } from "../support/github-scene.ts";
import { temporaryFolder } from "../support/folder.ts";
import { bareEnvironment } from "../support/run.ts";

/** Where a line runs, and with which variables. */
interface Scene {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

const chart = {
  $schema: "https://vega.github.io/schema/vega-lite/v6.json",
  data: { values: [1, 2, 3].map((x) => ({ x, y: x * x })) },
  mark: "line",
  encoding: { x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" } },
};
const vega = {
  $schema: "https://vega.github.io/schema/vega/v6.json",
  width: 20,
  height: 20,
  marks: [{ type: "rect", encode: { enter: { width: { value: 9 }, height: { value: 9 } } } }],
};
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==";

/** By name, for `scene` of an example. */
const scenes: Readonly<Record<string, () => Promise<Scene>>> = {
  any: async () => ({ cwd: await temporaryFolder() }),
  charts: async () => {
    const cwd = await temporaryFolder();
    for (const name of ["loss.vl.json", "acc.vl.json", "vega.json"]) await writeFile(join(cwd, name), JSON.stringify(chart));
    for (const name of ["loss.vg.json"]) await writeFile(join(cwd, name), JSON.stringify(vega));
    return { cwd };
  },
  churn: async () => {
    const { repo } = await restoreChurn();
    // Files of the names that help speaks of.
    for (const branch of ["main", "exp-a"]) {
      await runProgram(["git", "switch", "-q", branch], repo);
      await mkdir(join(repo, "logs"), { recursive: true });
      for (const path of ["loss.csv", "logs/loss.csv"])
        await writeFile(join(repo, path), `step,loss\n0,1\n1,${branch === "main" ? 0.5 : 0.4}\n`);
      await writeFile(join(repo, "model.dvc"), `outs:\n- md5: ${md5("weights\n")}\n  size: 8\n  hash: md5\n  path: model\n`);
      await runProgram(["git", "add", "loss.csv", "logs/loss.csv", "model.dvc"], repo);
      await runProgram(["git", "commit", "-q", "-m", "files"], repo);
    }
    const cached = join(repo, ".dvc", "cache", "files", "md5", md5("weights\n").slice(0, 2), md5("weights\n").slice(2));
    await mkdir(dirname(cached), { recursive: true });
    for (const path of [cached, join(repo, "model")]) await writeFile(path, "weights\n");
    return { cwd: repo };
  },
  plain: async () => {
    const cwd = await temporaryFolder();
    await runProgram(["git", "init", "-q", "-b", "main"], cwd);
    await writeFile(join(cwd, "metrics.json"), '{"loss": 0.5, "accuracy": 0.9}\n');
    await runProgram(["git", "add", "metrics.json"], cwd);
    await runProgram(["git", "commit", "-q", "-m", "first"], cwd);
    await writeFile(join(cwd, "metrics.json"), '{"loss": 0.6, "accuracy": 0.9}\n');
    return { cwd };
  },
  forge: async () => {
    const { env, repository } = await githubScene();
    repository.comments.set("issue/4", []);
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, "report.md"), "# Report\n");
    await writeFile(join(cwd, "plot.png"), Buffer.from(dot, "base64"));
    await writeFile(join(cwd, "vega.json"), JSON.stringify(chart));
    return { cwd, env };
  },
};

/** Scene of a command's examples that name none. */
const sceneOf: Readonly<Record<string, string>> = {
  metrics: "churn",
  params: "churn",
  plots: "churn",
  data: "churn",
  pull: "churn",
  push: "churn",
  status: "churn",
};

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

/** Lines whose exit code is another than 0. */
const codes: Readonly<Record<string, number>> = {
  // The loss of the scene grew by a fifth.
  "cml report --base main --gate 'delta(loss) <= 1%'": 8,
  // The service is gone.
  "cml tensorboard connect --logdir runs/": 6,
};

const commands: Command[] = [];
await collect(root);

async function collect(tree: Tree): Promise<void> {
  for (const node of Object.values(tree)) {
    if ("children" in node) await collect(node.children);
    else {
      const { default: command } = await node.load();
      if (!commands.includes(command)) commands.push(command);
    }
  }
}

let programs = "";

beforeAll(async () => {
  programs = await temporaryFolder();
  const cml = await binary();
  await mkdir(programs, { recursive: true });
  await symlink(cml, join(programs, "cml"));
  const linked = Bun.spawnSync([join(programs, "cml"), "link", programs], { env: await bareEnvironment(), stderr: "pipe" });
  expect(linked.stderr.toString()).toBe("");
}, 300_000);

async function play(example: Example, command: Command): Promise<{ code: number; stdout: string; stderr: string }> {
  const name = example.scene ?? sceneOf[command.name] ?? sceneOf[command.name.split(" ")[0] ?? ""];
  const scene = name === undefined ? undefined : scenes[name];
  if (scene === undefined)
    throw new Error(
      `the example \`${example.line}\` of \`cml ${command.name}\` has no scene: give it one of ${Object.keys(scenes).join(", ")}, or add one to test/command/examples.test.ts`,
    );
  const { cwd, env } = await scene();
  const bare = await bareEnvironment(env);
  const child = Bun.spawn(["sh", "-c", `set -e\n${example.line}`], {
    cwd,
    env: { ...bare, PATH: `${programs}:${bare["PATH"] ?? ""}` },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: 120_000,
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

for (const command of commands) {
  describe(`cml ${command.name}`, () => {
    test("has examples", () => {
      expect(command.examples.length).toBeGreaterThan(0);
    });
    for (const example of command.examples) {
      test(
        example.line,
        async () => {
          const answer = await play(example, command);
          expect({ code: answer.code, stderr: answer.stderr.replace(/^(?:info: |warning: |::warning::).*\n/gm, "") }).toEqual({
            code: codes[example.line] ?? 0,
            stderr: answer.code === 0 ? "" : expect.any(String),
          });
        },
        120_000,
      );
    }
  });
}
