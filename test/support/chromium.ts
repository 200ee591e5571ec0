import { afterAll } from "bun:test";
import { type Browser, chromium } from "playwright-core";

/** Debian's Chromium, or whatever `CML_TEST_CHROMIUM` names. */
const path =
  process.env["CML_TEST_CHROMIUM"] ??
  ["chromium", "chromium-browser", "google-chrome"].map((name) => Bun.which(name)).find((found) => found !== null);

/** Why no browser can be started here; undefined when it can. */
export function noChromium(): string | undefined {
  return path === undefined ? "no Chromium is installed (`apt-get install chromium`)" : undefined;
}

/** A browser without network, closed after the tests of the file. */
export async function startChromium(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: path ?? "chromium",
    // In a container the sandbox of the browser cannot be set up; all it opens is our own file.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb", "--host-resolver-rules=MAP * ~NOTFOUND"],
    timeout: 120_000,
  });
  afterAll(() => browser.close());
  return browser;
}
