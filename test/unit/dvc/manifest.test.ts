import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createHash } from "node:crypto";
import { IntegrityError } from "../../../src/core/error.ts";
import { printJson } from "../../../src/core/json.ts";
import { compareCodePoints } from "../../../src/core/text.ts";
import { matches, objectKey, readHash } from "../../../src/dvc/hash.ts";
import { readManifest } from "../../../src/dvc/manifest.ts";

const md5 = "d3b07384d113edec49eaa6238ad5ff00";
const encode = (value: string): Uint8Array => new TextEncoder().encode(value);
const manifest = (...paths: string[]): Uint8Array => encode(printJson(paths.map((relpath) => ({ md5, relpath }))));

describe("readManifest()", () => {
  test("sorts by code point, where UTF-16 would put an emoji before U+FFEE", () => {
    const read = readManifest(manifest("\u{1f600}.txt", "\uffee.txt", "a/b", "a.txt"), "data", "md5");
    expect(read.map((entry) => entry.path)).toEqual(["a.txt", "a/b", "\uffee.txt", "\u{1f600}.txt"]);
  });

  test("gives entries the kind of their folder and ignores keys it does not know", () => {
    const bytes = encode(`[{"md5": "${md5}", "relpath": "x", "size": 4, "more": {}}]`);
    expect(readManifest(bytes, "data", "md5-dos2unix")).toEqual([{ path: "x", hash: { kind: "md5-dos2unix", value: md5 } }]);
    expect(readManifest(encode("[]"), "data", "md5")).toEqual([]);
  });

  for (const path of ["../escaped.txt", "a/../../b", "/etc/passwd", "", "a//b", "a/", "./a", "a/./b", "..", "a\0b"])
    test(`refuses the path ${JSON.stringify(path)}`, () => {
      expect(() => readManifest(manifest("ok", path), "data/raw", "md5")).toThrow(
        "data/raw: manifest names a path outside of its folder",
      );
    });

  for (const [why, text] of [
    ["no JSON", "<<<<<<< HEAD"],
    ["no array", "{}"],
    ["an entry without path", `[{"md5": "${md5}"}]`],
    ["an entry without hash", '[{"relpath": "a"}]'],
    ["a hash that is a path", '[{"md5": "../../../../etc/passwd", "relpath": "a"}]'],
    ["a text for an entry", '["a"]'],
    ["a path twice", `[{"md5": "${md5}", "relpath": "a"}, {"md5": "${md5}", "relpath": "a"}]`],
    ["bytes that are no UTF-8", "\u00ff"],
  ] as const)
    test(`refuses ${why}, naming the folder`, () => {
      const bytes = why.startsWith("bytes") ? new Uint8Array([0xff]) : encode(text);
      expect(() => readManifest(bytes, "data/raw", "md5")).toThrow(IntegrityError);
      expect(() => readManifest(bytes, "data/raw", "md5")).toThrow("data/raw: ");
    });

  test("reads back whatever names DVC would write, in its order", () => {
    const name = fc
      .string({ unit: "binary", minLength: 1 })
      .filter((text) => !/[/\0]/.test(text) && text !== "." && text !== ".." && text.isWellFormed());
    fc.assert(
      fc.property(fc.uniqueArray(fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"))), (paths) => {
        const read = readManifest(manifest(...paths), "data", "md5").map((entry) => entry.path);
        expect(read).toEqual(paths.toSorted(compareCodePoints));
      }),
    );
  });
});

describe("hashes", () => {
  test("objectKey() puts DVC 3's objects below files/md5 and older ones beside it", () => {
    expect(objectKey({ kind: "md5", value: md5 })).toBe(`files/md5/d3/${md5.slice(2)}`);
    expect(objectKey({ kind: "md5-dos2unix", value: `${md5}.dir` })).toBe(`d3/${md5.slice(2)}.dir`);
  });

  test("readHash() takes upper case and nothing that is not an MD5", () => {
    expect(readHash(md5.toUpperCase(), "md5")?.value).toBe(md5);
    expect(readHash(`${md5}.dir`, "md5")?.value).toBe(`${md5}.dir`);
    for (const text of ["", "abc", `${md5}0`, `${md5}/../x`, `../${md5}`, `${md5}.dir.dir`, `${md5}\n`])
      expect(readHash(text, "md5")).toBeNull();
  });

  test("matches() unifies line ends of old objects only, and never of manifests", () => {
    const crlf = encode("x\r\ny\r\n");
    const unix = createHash("md5").update("x\ny\n").digest("hex");
    const raw = createHash("md5").update(crlf).digest("hex");
    expect(matches(crlf, { kind: "md5-dos2unix", value: unix })).toBe(true);
    expect(matches(crlf, { kind: "md5", value: unix })).toBe(false);
    expect(matches(crlf, { kind: "md5", value: raw })).toBe(true);
    expect(matches(crlf, { kind: "md5-dos2unix", value: `${raw}.dir` })).toBe(true);
  });
});
