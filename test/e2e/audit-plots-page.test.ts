import { expect, test } from "bun:test";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { noChromium, startChromium } from "../support/chromium.ts";
import { restoreChurn } from "../support/churn.ts";
import { runBinary } from "../support/run.ts";
import { skip } from "../support/skip.ts";

const reason = noChromium();
if (reason !== undefined) skip(reason);
else {
  const browser = await startChromium();
  const { folder, repo } = await restoreChurn();

  test("the page of plots diff draws every chart by itself and shows the images beside it", async () => {
    const out = join(folder, "page");
    const { code, stderr } = await runBinary(["plots", "diff", "main", "exp-a", "-o", out], { cwd: repo });
    expect([code, stderr]).toEqual([0, ""]);
    const page = await browser.newPage({ viewport: { width: 1300, height: 900 } });
    page.setDefaultTimeout(60_000);
    const foreign: string[] = [];
    const errors: string[] = [];
    page.on("request", (request) => {
      if (!/^(?:data|file):/.test(request.url())) foreign.push(request.url());
    });
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(pathToFileURL(join(out, "index.html")).href);
    const charts = page.locator(".chart[data-live]");
    const count = await charts.count();
    for (let index = 0; index < count; index++) {
      await charts.nth(index).scrollIntoViewIfNeeded();
      await charts.nth(index).locator("svg").first().waitFor();
    }
    expect(count).toBe(15);
    expect(await page.locator(".missing:visible").count()).toBe(0);
    expect(
      await page
        .locator("img")
        .evaluateAll((images) => images.filter((image) => Reflect.get(image, "naturalWidth") === 0).length),
    ).toBe(0);
    expect([foreign, errors]).toEqual([[], []]);
    const picture = process.env["CML_TEST_PICTURE"];
    if (picture !== undefined) await page.screenshot({ path: picture, fullPage: true });
  }, 240_000);
}
