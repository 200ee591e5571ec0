import { expect, test } from "bun:test";
import { faceOf, textWidth } from "../../../src/render/text.ts";

// Advance widths of Liberation Sans in 1/2048 em, as `fc-query` and Arial's own tables have them.
test("widths are the font's own", () => {
  expect(textWidth({ fontSize: 2048 }, "i")).toBe(455);
  expect(textWidth({ fontSize: 2048 }, "0")).toBe(1139);
  expect(textWidth({ fontSize: 2048 }, "W")).toBe(1933);
  expect(textWidth({ fontSize: 2048, fontWeight: "bold" }, "i")).toBe(569);
});

test("width grows with size and length, and has a default size", () => {
  expect(textWidth({ fontSize: 20 }, "loss")).toBeCloseTo(2 * textWidth({ fontSize: 10 }, "loss"));
  expect(textWidth({}, "loss")).toBeCloseTo(textWidth({ fontSize: 11 }, "loss"));
  expect(textWidth({ fontSize: 0 }, "loss")).toBe(0);
});

test("what the font lacks has a width", () => {
  expect(textWidth({ fontSize: 10 }, "損失")).toBe(20);
  expect(textWidth({ fontSize: 10 }, "🔥")).toBe(10);
});

test("faces are chosen as resvg chooses them", () => {
  expect(faceOf({})).toBe("regular");
  expect(faceOf({ fontWeight: 700 })).toBe("bold");
  expect(faceOf({ fontWeight: 500, fontStyle: "oblique" })).toBe("italic");
  expect(faceOf({ fontWeight: "bold", fontStyle: "italic" })).toBe("bold-italic");
});
