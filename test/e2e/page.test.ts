import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PNG } from "pngjs";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { noChromium, startChromium } from "../support/chromium.ts";
import { restoreChurn, run } from "../support/churn.ts";
import { runBinary } from "../support/run.ts";
import { skip } from "../support/skip.ts";

const timeoutMs = 180_000;

const reason = noChromium();
if (reason !== undefined) skip(reason);
else scenes(await startChromium(), await makePage());

/** The demo repository's report, made by the compiled program. */
async function makePage(): Promise<string> {
  const { repo } = await restoreChurn();
  await run(["git", "switch", "-q", "exp-a"], repo);
  // A hostile name must not get out of the page's data.
  const hostile = '</script><script>document.title="stolen"</script><img src=https://evil.example/x.png>';
  const metrics = join(repo, "dvclive/metrics.json");
  await Bun.write(metrics, JSON.stringify({ ...(await Bun.file(metrics).json()), [hostile]: 1.5 }));
  await Bun.write(
    join(repo, "report.md"),
    `# Prose\n\n**bold** <img src="https://evil.example/y.png"> ![](https://evil.example/z.png)\n`,
  );
  const result = await runBinary(["report", "report.md", "--base", "main"], { cwd: repo, timeoutMs });
  if (result.code !== 0) throw new Error(result.stderr);
  return result.stdout.trimEnd().split("\n").at(-1) ?? "";
}

interface Opened {
  readonly page: Page;
  readonly requests: string[];
  readonly errors: string[];
  close(): Promise<void>;
}

async function open(browser: Browser, path: string, options: BrowserContextOptions): Promise<Opened> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const requests: string[] = [];
  const errors: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith("data:")) requests.push(request.url());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(pathToFileURL(path).href);
  return { page, requests, errors, close: () => context.close() };
}

/** Scrolls through the page and waits until every chart is drawn. */
async function drawAll(page: Page): Promise<number> {
  const figures = page.locator(".chart[data-live]");
  const count = await figures.count();
  for (let index = 0; index < count; index++) {
    await figures.nth(index).scrollIntoViewIfNeeded();
    await figures.nth(index).locator(".vega svg").first().waitFor({ state: "visible" });
  }
  return count;
}

/** Mean brightness of the top left corner, where only the ground is. */
async function ground(page: Page): Promise<number> {
  const png = PNG.sync.read(await page.screenshot({ clip: { x: 0, y: 0, width: 8, height: 8 } }));
  let sum = 0;
  for (let offset = 0; offset < png.data.length; offset += 4)
    sum += (png.data[offset] ?? 0) + (png.data[offset + 1] ?? 0) + (png.data[offset + 2] ?? 0);
  return sum / (png.width * png.height * 3);
}

/** How many pixels of a picture have a colour within `near` of another. */
function pixelsOf(bytes: Buffer, [red, green, blue]: readonly [number, number, number], near = 40): number {
  const { data } = PNG.sync.read(bytes);
  let count = 0;
  for (let offset = 0; offset < data.length; offset += 4) {
    const distance =
      Math.abs((data[offset] ?? 0) - red) + Math.abs((data[offset + 1] ?? 0) - green) + Math.abs((data[offset + 2] ?? 0) - blue);
    if (distance <= near) count++;
  }
  return count;
}

function scenes(browser: Browser, path: string): void {
  const desk = { viewport: { width: 1200, height: 900 } };

  describe("the page", () => {
    test(
      "asks nobody for anything, and runs nothing of a hostile name or of prose",
      async () => {
        const opened = await open(browser, path, desk);
        await drawAll(opened.page);
        expect(opened.requests).toEqual([pathToFileURL(path).href]);
        expect(opened.errors).toEqual([]);
        expect(await opened.page.title()).toBe("exp-a against main");
        expect(await opened.page.locator(".prose strong").textContent()).toBe("bold");
        expect(await opened.page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content")).toContain(
          "default-src 'none'",
        );
        await opened.close();
      },
      timeoutMs,
    );

    test(
      "draws every chart, in the head's blue and the base's grey",
      async () => {
        const opened = await open(browser, path, desk);
        const count = await drawAll(opened.page);
        expect(count).toBeGreaterThanOrEqual(10);
        expect(await opened.page.locator(".chart.live").count()).toBe(count);
        const chart = opened.page.locator(".chart", { hasText: "loss_train_vs_eval" }).locator(".vega");
        await chart.scrollIntoViewIfNeeded();
        const picture = await chart.screenshot();
        expect(pixelsOf(picture, [0x2f, 0x6f, 0xde])).toBeGreaterThan(200);
        expect(pixelsOf(picture, [0x9a, 0xa4, 0xb0])).toBeGreaterThan(100);
        await opened.close();
      },
      timeoutMs,
    );

    test(
      "charts react to hover and to their slider",
      async () => {
        const opened = await open(browser, path, desk);
        await drawAll(opened.page);
        const { page } = opened;
        const chart = page.locator(".chart", { hasText: "loss_train_vs_eval" });
        await chart.scrollIntoViewIfNeeded();
        const plot = chart.locator(".vega svg");
        const before = await plot.innerHTML();
        const box = await plot.boundingBox();
        if (box === null) throw new Error("the chart has no place");
        await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
        await page.mouse.move(box.x + box.width / 2 + 5, box.y + box.height / 2 + 5, { steps: 5 });
        await page.locator("#vg-tooltip-element.visible").waitFor();
        expect(await page.locator("#vg-tooltip-element").textContent()).toContain("step");
        expect(await plot.innerHTML()).not.toBe(before);
        const still = await plot.innerHTML();
        await chart.locator("input[type=range]").fill("0.8");
        await page.waitForFunction(
          ([svg, text]) => svg !== null && svg !== undefined && typeof svg !== "string" && svg.innerHTML !== text,
          [await plot.elementHandle(), still] as const,
        );
        await opened.close();
      },
      timeoutMs,
    );

    test(
      "is light or dark as the reader's system, and changes with it",
      async () => {
        const light = await open(browser, path, { ...desk, colorScheme: "light" });
        expect(await ground(light.page)).toBeGreaterThan(230);
        await drawAll(light.page);
        const label = light.page.locator(".chart.live .vega svg .mark-text text").first();
        const ink = await label.getAttribute("fill");
        await light.page.emulateMedia({ colorScheme: "dark" });
        expect(await ground(light.page)).toBeLessThan(60);
        await light.page.waitForFunction(
          (fill) => document.querySelector(".chart.live .vega svg .mark-text text")?.getAttribute("fill") !== fill,
          ink,
        );
        await light.close();
      },
      timeoutMs,
    );

    test(
      "fits a phone: nothing is wider than the screen",
      async () => {
        const opened = await open(browser, path, { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true });
        await drawAll(opened.page);
        const widths = await opened.page.evaluate(() => [
          document.documentElement.scrollWidth,
          document.documentElement.clientWidth,
        ]);
        expect(widths[0] ?? 0).toBeLessThanOrEqual(widths[1] ?? 0);
        const verdict = await opened.page.locator(".verdict").first().boundingBox();
        expect((verdict?.y ?? 844) + (verdict?.height ?? 0)).toBeLessThan(844);
        await opened.close();
      },
      timeoutMs,
    );

    test(
      "can be read without JavaScript: verdict, tables and still charts",
      async () => {
        const opened = await open(browser, path, { ...desk, javaScriptEnabled: false });
        const { page } = opened;
        expect(await page.locator(".verdict").first().textContent()).toContain("worse");
        const images = page.locator(".chart .still img");
        expect(await images.count()).toBeGreaterThanOrEqual(10);
        await images.first().scrollIntoViewIfNeeded();
        const picture = await images.first().screenshot();
        expect(pixelsOf(picture, [0x2f, 0x6f, 0xde])).toBeGreaterThan(100);
        expect(opened.requests).toEqual([pathToFileURL(path).href]);
        await opened.close();
      },
      timeoutMs,
    );
  });
}
