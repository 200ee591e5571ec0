/**
 * Takes the pictures of `docs/` from a report of the demo repository, made by the program as it is: `bun scripts/page-picture.ts`.
 * Needs Chromium; `CML_TEST_BINARY` names the program, else `dist/cml`.
 */
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BrowserContextOptions, chromium } from "playwright-core";

const root = join(import.meta.dir, "..");
const docs = join(root, "docs");

interface Shot {
  readonly name: string;
  readonly options: BrowserContextOptions;
  readonly height: number;
}

const shots: readonly Shot[] = [
  {
    name: "report",
    options: { viewport: { width: 1120, height: 1340 }, deviceScaleFactor: 2, colorScheme: "light" },
    height: 1340,
  },
  { name: "report-dark", options: { viewport: { width: 1120, height: 1340 }, colorScheme: "dark" }, height: 1340 },
  { name: "report-phone", options: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true }, height: 844 },
];

function run(command: readonly string[], cwd: string): string {
  const child = Bun.spawnSync([...command], { cwd, stdout: "pipe", stderr: "inherit" });
  if (child.exitCode !== 0) throw new Error(`${command.join(" ")}: exit ${child.exitCode}`);
  return child.stdout.toString();
}

const work = await mkdtemp(join(tmpdir(), "cml-picture-"));
const browser = await chromium.launch({ executablePath: Bun.which("chromium") ?? "chromium", args: ["--no-sandbox"] });
try {
  await mkdir(docs, { recursive: true });
  run(["sh", join(root, "scripts", "demo-repository.sh"), work], root);
  await rename(join(work, "repo"), join(work, "churn"));
  const cml = process.env["CML_TEST_BINARY"] ?? join(root, "dist", "cml");
  const page = run([cml, "report", "--base", "main"], join(work, "churn")).trimEnd().split("\n").at(-1) ?? "";
  for (const { name, options, height } of shots) {
    const context = await browser.newContext(options);
    const tab = await context.newPage();
    await tab.goto(pathToFileURL(page).href);
    if (name !== "report-phone") await tab.locator(".chart.live .vega svg").nth(1).waitFor();
    await tab.waitForTimeout(1500);
    const width = options.viewport?.width ?? 1120;
    await tab.screenshot({ path: join(docs, `${name}.png`), clip: { x: 0, y: 0, width, height } });
    await context.close();
    console.log(join(docs, `${name}.png`));
  }
} finally {
  await browser.close();
  await rm(work, { recursive: true, force: true });
}
