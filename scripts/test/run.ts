/**
 * Runs every check and test one after another, whatever fails, and counts them together. Prints reasons of skips and names of failures
 * before the last line, `N passed, N failed`, with `, N skipped` when there are any.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readJunit } from "./junit.ts";
import { shown, type Step, type Tally } from "./step.ts";

const root = join(import.meta.dir, "..", "..");
const bun = process.execPath;
const deno = join(root, "node_modules", ".bin", "deno");
const work = await mkdtemp(join(tmpdir(), "cml-test-"));
const binary = process.env["CML_TEST_BINARY"] ?? join(work, "cml");
const env = { CML_TEST_BINARY: binary, NO_COLOR: "1" };

const one = (name: string, ok: boolean): Tally => ({
  passed: ok ? 1 : 0,
  failed: ok ? 0 : 1,
  failures: ok ? [] : [name],
  skipped: [],
});

const build: Step = {
  name: "build",
  async run() {
    if (process.env["CML_TEST_BINARY"] !== undefined) return one("build", existsSync(binary));
    const { code } = await shown([bun, "scripts/build.ts", "--host", "--out", binary], join(work, "build.log"), {});
    return one("build", code === 0);
  },
};

const check: Step = {
  name: "check",
  async run() {
    const result = join(work, "check.txt");
    const { code } = await shown(["sh", "scripts/check.sh"], join(work, "check.log"), { CML_CHECK_RESULT: result });
    const lines = (await readFile(result, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
    if (lines.length === 0) return one(`check (exit ${code})`, false);
    const failures = lines.filter((line) => line.startsWith("fail ")).map((line) => `check: ${line.slice(5)}`);
    return { passed: lines.length - failures.length, failed: failures.length, failures, skipped: [] };
  },
};

const none: Tally = { passed: 0, failed: 0, failures: [], skipped: [] };

/**
 * Real servers are built once into the cache: minutes on a fresh machine, and no test's time limit should pay for them. Where one cannot be had (no Go, no
 * network, no root) its tests are skipped and say so.
 */
const servers: Step = {
  name: "servers",
  async run() {
    const skipped: string[] = [];
    const install = async (name: string, command: readonly string[]): Promise<void> => {
      const { code } = await shown(command, join(work, `${name}.log`), {});
      if (code !== 0) skipped.push(`${name} could not be installed: \`${command.join(" ")}\``);
    };
    if (existsSync(join(root, "test", "service", "gitea.sh"))) await install("gitea", ["bash", "test/service/gitea.sh", "build"]);
    for (const name of storageServers()) await install(name, ["bash", "test/service/storage.sh", "install", name]);
    return { ...none, skipped };
  },
};

const known = ["minio", "versitygw", "gcs", "toxiproxy", "moto", "azurite", "sshd", "proftpd", "nginx", "tinyproxy"];

/** Those of the script's servers that some test names. */
function storageServers(): string[] {
  const texts = readdirSync(join(root, "test"), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => readFileSync(join(root, "test", file), "utf8"))
    .filter((text) => text.includes("support/service.ts"));
  return known.filter((name) => texts.some((text) => text.includes(`"${name}"`)));
}

/** A run of a test program that writes JUnit. Its own exit code counts too: a crash half-way must not pass. */
function tests(name: string, command: (junit: string) => readonly string[]): Step {
  return {
    name,
    async run() {
      const junit = join(work, `${name.replaceAll("/", "-")}.xml`);
      const { code, text } = await shown(command(junit), join(work, `${name.replaceAll("/", "-")}.log`), env);
      const tally = readJunit(await readFile(junit, "utf8").catch(() => ""));
      if (tally === null) return one(`${name} (exit ${code}, no result)`, false);
      const reasons = [...text.matchAll(/^skipped: (.*)$/gm)].map((match) => match[1] ?? "");
      const skipped = tally.skipped.map((test) =>
        reasons.some((reason) => test.includes(reason)) ? test : `${test}: ${reasons.at(-1) ?? "no reason given"}`,
      );
      const failures = code !== 0 && tally.failed === 0 ? [`${name} (exit ${code})`] : tally.failures;
      return { passed: tally.passed, failed: failures.length, failures, skipped };
    },
  };
}

const holdsTests = (folder: string): boolean =>
  existsSync(join(root, folder)) &&
  readdirSync(join(root, folder), { recursive: true }).some((file) => String(file).endsWith(".test.ts"));

const underBun = ["unit", "contract", "command", "golden", "e2e", "portable"]
  .filter((kind) => holdsTests(`test/${kind}`))
  .map(bunStep);

function bunStep(kind: string): Step {
  const limit = kind === "e2e" || kind === "portable" ? 180_000 : 30_000;
  const step = (name: string, path: string): Step =>
    tests(name, (junit) => [bun, "test", path, `--timeout=${limit}`, "--reporter=junit", `--reporter-outfile=${junit}`]);
  if (kind !== "command") return step(`bun test/${kind}`, `./test/${kind}`);
  // The limit of a chart's memory is one of the whole process, and the files before would have used it up.
  const files = readdirSync(join(root, "test", kind)).filter((file) => file.endsWith(".test.ts"));
  return together(
    `bun test/${kind}`,
    files.toSorted().map((file) => step(`bun test/${kind}/${file}`, `./test/${kind}/${file}`)),
  );
}

/** Several steps counted as one. */
function together(name: string, steps: readonly Step[]): Step {
  return {
    name,
    async run() {
      const tallies: Tally[] = [];
      for (const step of steps) tallies.push(await step.run());
      return {
        passed: tallies.reduce((sum, tally) => sum + tally.passed, 0),
        failed: tallies.reduce((sum, tally) => sum + tally.failed, 0),
        failures: tallies.flatMap((tally) => tally.failures),
        skipped: tallies.flatMap((tally) => tally.skipped),
      };
    },
  };
}

const underDeno = tests("deno test/portable", (junit) => [
  deno,
  "test",
  "--quiet",
  "--no-check",
  "--allow-all",
  "--node-modules-dir=manual",
  `--junit-path=${junit}`,
  "test/portable",
]);

async function main(): Promise<number> {
  const only = (process.env["CML_TEST_ONLY"] ?? "").split(/[\s,]+/).filter((word) => word !== "");
  const steps = [build, check, servers, ...underBun, ...(holdsTests("test/portable") ? [underDeno] : [])];
  const chosen = steps.filter((step) => only.length === 0 || step === build || only.some((word) => step.name.includes(word)));
  const failures: string[] = [];
  const skipped: string[] = [];
  const total = { passed: 0, failed: 0, failures, skipped };
  for (const step of chosen) {
    const from = performance.now();
    console.log(`\n== ${step.name}`);
    const tally = await step.run();
    console.log(
      `== ${step.name}: ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped.length} skipped in ${((performance.now() - from) / 1000).toFixed(1)} s`,
    );
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.failures.push(...tally.failures);
    total.skipped.push(...tally.skipped);
  }
  console.log("");
  for (const reason of total.skipped) console.log(`skipped: ${reason}`);
  for (const name of total.failures) console.log(`failed: ${name}`);
  const rest = skipped.length === 0 ? "" : `, ${skipped.length} skipped`;
  console.log(`${total.passed} passed, ${total.failed} failed${rest}`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} finally {
  await rm(work, { recursive: true, force: true });
}
