import { describe, expect, test } from "bun:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { Redactor, Secret } from "../../../src/core/secret.ts";

const token = "ghp_s3cr/et+T0ken=&x y";

function redactor(...values: string[]): Redactor {
  const made = new Redactor();
  for (const value of values) made.add(value);
  return made;
}

describe("Secret", () => {
  test("has no useful text, JSON or inspection form", () => {
    const secret = new Secret(token, "GITHUB_TOKEN");
    const seen = [
      String(secret),
      "".concat(String(secret)),
      JSON.stringify({ secret }),
      inspect({ secret }),
      Bun.inspect(secret),
      Object.values(secret).join(),
    ];
    expect(seen.join("\n")).not.toContain("ghp_");
    expect(secret.reveal()).toBe(token);
    expect(secret.source).toBe("GITHUB_TOKEN");
  });
});

describe("Redactor", () => {
  test("hides a value raw and percent-encoded", () => {
    const made = redactor(token);
    expect(made.redact(`a ${token} b ${encodeURIComponent(token)} c`)).toBe("a [redacted] b [redacted] c");
  });

  test("hides a value inside base64 at each of the three offsets", () => {
    const made = redactor(token);
    for (const before of ["", "u", "ux", "uxy", "user:", "x-access-token:"]) {
      const text = btoa(`${before}${token}tail`);
      const core = btoa(token).replace(/=+$/, "").slice(4, -4);
      expect(made.redact(`Basic ${text}`)).toContain("[redacted]");
      expect(made.redact(`Basic ${text}`)).not.toContain(core);
    }
  });

  test("hides every value wherever it stands", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, maxLength: 40 }), fc.string(), fc.string(), (value, before, after) => {
        fc.pre(value.trim() === value && !"[redacted]".includes(value));
        expect(redactor(value).redact(`${before}${value}${after}`)).not.toContain(value);
      }),
    );
  });

  test("takes the longest first, and text of patterns as text", () => {
    expect(redactor("abcd", "abcdefgh").redact("abcdefgh")).toBe("[redacted]");
    expect(redactor("a.c*d(e").redact("a.c*d(e aXc*d(e")).toBe("[redacted] aXc*d(e");
  });

  test("leaves very short values alone: they would shred every message", () => {
    expect(redactor("1", "ab", "yes").redact("1 abc yes")).toBe("1 abc yes");
  });

  test("hides signatures and tokens in the queries of URLs, and what follows stays", () => {
    const made = redactor();
    const cases = [
      [
        "https://b.s3.amazonaws.com/k?X-Amz-Signature=abc123&X-Amz-Date=2026",
        "https://b.s3.amazonaws.com/k?X-Amz-Signature=[redacted]&X-Amz-Date=2026",
      ],
      ["https://a.blob.core.windows.net/c?sig=a%2Bb&se=1", "https://a.blob.core.windows.net/c?sig=[redacted]&se=1"],
      [
        "https://storage.googleapis.com/b?X-Goog-Signature=ff00: 403",
        "https://storage.googleapis.com/b?X-Goog-Signature=[redacted]: 403",
      ],
      ["https://gitlab.com/api?private_token=zzz, sorry", "https://gitlab.com/api?private_token=[redacted], sorry"],
      ["`https://x.test/?access_token=zzz`", "`https://x.test/?access_token=[redacted]`"],
      ["https://oss.test/k?Signature=qq%3D&Expires=1", "https://oss.test/k?Signature=[redacted]&Expires=1"],
    ] as const;
    for (const [text, safe] of cases) expect(made.redact(text)).toBe(safe);
  });

  test("hides who logs in by a URL", () => {
    expect(redactor().redact("cannot push to https://user:pass@host/r.git")).toBe("cannot push to https://[redacted]@host/r.git");
    expect(redactor().redact("mail me@example.org about https://host/r")).toBe("mail me@example.org about https://host/r");
  });

  test("what is redacted stays as it is when it passes again", () => {
    const made = redactor(token);
    const once = made.redact(`https://u:p@h/?sig=1: ${token}, https://h/?token=${encodeURIComponent(token)}: no`);
    expect(made.redact(once)).toBe(once);
  });
});
