import { describe, expect, test } from "bun:test";
import { Redactor } from "../../../src/core/secret.ts";
import { createLog } from "../../../src/host/log.ts";
import type { Log, LogOptions } from "../../../src/host/log.ts";

function made(options: Partial<LogOptions> = {}): { log: Log; text(): string } {
  const redactor = new Redactor();
  redactor.add('s3cret-tok"en');
  let text = "";
  const log = createLog(
    { write: (more) => (text += more) },
    { level: "info", format: "text", color: () => false, now: () => 0, annotations: false, redactor, ...options },
  );
  return { log, text: () => text };
}

describe("createLog()", () => {
  test("prints what the level lets through", () => {
    for (const [level, lines] of [
      ["error", "error: e\n"],
      ["warn", "error: e\nwarning: w\n"],
      ["info", "error: e\nwarning: w\ninfo: i\n"],
      ["debug", "error: e\nwarning: w\ninfo: i\ndebug: d\n"],
    ] as const) {
      const { log, text } = made({ level });
      log.error("e");
      log.warn("w");
      log.info("i");
      log.debug("d");
      expect(text()).toBe(lines);
    }
  });

  test("an error shows causes, usage and hint below its line", () => {
    const { log, text } = made();
    log.error("it broke", { causes: ["because", "of this"], usage: "cml x", hint: "mend it" });
    expect(text()).toBe("error: it broke\n  caused by: because\n  caused by: of this\n\nusage: cml x\nhint: mend it\n");
  });

  test("equal lines are all printed", () => {
    const { log, text } = made();
    for (let run = 0; run < 8; run += 1) log.info("same");
    expect(text()).toBe("info: same\n".repeat(8));
  });

  test("JSON lines hold the parts and the details, one object a line", () => {
    const { log, text } = made({ format: "json", annotations: true });
    log.error("it\nbroke", { causes: ["c"], hint: "h", details: { status: 404 } });
    log.info("i");
    const lines = text().trimEnd().split("\n");
    expect(lines.length).toBe(2);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      time: "1970-01-01T00:00:00.000Z",
      level: "error",
      message: "it\nbroke",
      causes: ["c"],
      hint: "h",
      details: { status: 404 },
    });
  });

  test("a secret with a quote in it is hidden before JSON escapes it", () => {
    const { log, text } = made({ format: "json" });
    log.info('it is s3cret-tok"en');
    expect(JSON.parse(text())["message"]).toBe("it is [redacted]");
  });

  test("errors and warnings are workflow commands on GitHub, escaped so that they stay one", () => {
    const { log, text } = made({ annotations: true });
    log.error("100% broken\nsecond ::set-env::", { hint: "mend it" });
    log.warn("careful");
    log.info("nothing");
    expect(text()).toContain("\n::error::100%25 broken%0Asecond ::set-env::%0Ahint: mend it\n");
    expect(text()).toContain("\n::warning::careful\n");
    expect(text()).not.toContain("::info");
  });

  test("foreign lines begin no workflow command", () => {
    const { log, text } = made({ annotations: true });
    log.info("the server said\n::add-mask::x\n  ##[error]y");
    expect(text()).toBe("info: the server said\n: :add-mask::x\n  # #[error]y\n");
  });

  test("secrets in causes and hints are hidden, too", () => {
    for (const format of ["text", "json"] as const) {
      const { log, text } = made({ format });
      log.error("x", { causes: ['had s3cret-tok"en'], hint: 'drop s3cret-tok"en' });
      expect(text()).not.toContain("s3cret");
    }
  });

  test("colours only where they are wanted", () => {
    const { log, text } = made({ color: () => true });
    log.error("x");
    expect(text()).toBe("\u001b[31merror\u001b[0m: x\n");
  });
});
