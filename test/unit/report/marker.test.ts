import { expect, test } from "bun:test";
import fc from "fast-check";
import { hasWatermark, isOlder, readMarker, withMarker, withoutMarker } from "../../../src/report/marker.ts";

test("readMarker() reads what withMarker() wrote, behind any text and with any key", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), fc.option(fc.nat()), (body, key, run) => {
      const marked = withMarker(body, { key, run: run ?? undefined, attempt: 2 });
      expect(readMarker(marked)).toMatchObject({ key: key.toWellFormed(), run: run ?? undefined, attempt: 2 });
      expect(readMarker(marked.replaceAll("\n", "\r\n"))?.key).toBe(key.toWellFormed());
      expect(marked.split("\n").at(-2)).toMatch(/^\[cml-sticky\]: <#v1> "[^"<>\s]+( [^"<>\s]+)*"$/);
    }),
  );
});

test("withoutMarker() makes a stored and a fresh text equal", () => {
  const fresh = withMarker("# A\n\ntext\n", { key: "k", run: 1 });
  const stored = withMarker("# A\r\n\r\ntext", { key: "k", run: 9 });
  expect(withoutMarker(stored)).toBe(withoutMarker(fresh));
});

test("isOlder() goes by run, then by attempt, and claims nothing where either is unknown", () => {
  expect(isOlder({ key: "k", run: 1 }, { key: "k", run: 2 })).toBe(true);
  expect(isOlder({ key: "k", run: 2, attempt: 1 }, { key: "k", run: 2, attempt: 2 })).toBe(true);
  expect(isOlder({ key: "k", run: 2, attempt: 2 }, { key: "k", run: 2, attempt: 2 })).toBe(false);
  expect(isOlder({ key: "k" }, { key: "k", run: 2 })).toBe(false);
});

test("hasWatermark() knows the predecessor's marks by their label", () => {
  const mark = (title: string) => `text\n\n![](https://cml.dev/watermark.png#9f2c1ab0 "${title}")`;
  expect(hasWatermark(mark("CML watermark"), "")).toBe(true);
  expect(hasWatermark(mark("CML watermark a\\_b\\[c"), "a_b[c")).toBe(true);
  expect(hasWatermark(mark("CML watermark other"), "")).toBe(false);
  expect(hasWatermark('![](https://evil.example/watermark.png#9f "CML watermark")', "")).toBe(false);
});
