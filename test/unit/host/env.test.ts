import { describe, expect, test } from "bun:test";
import { childNames, createEnv, secretValues } from "../../../src/host/env.ts";
import { mayBeSecret, mayHaveOldName, register } from "../../../src/host/register.ts";
import type { Variable } from "../../../src/host/register.ts";

const env = (variables: Readonly<Record<string, string>>) => createEnv((name) => variables[name]);
const rows: [string, Variable][] = Object.entries(register());

describe("createEnv()", () => {
  test("answers under the name or an old one, and takes an empty variable for unset", () => {
    expect(env({ GITHUB_SHA: "abc" }).get("GITHUB_SHA")).toBe("abc");
    expect(env({ https_proxy: "http://p" }).get("HTTPS_PROXY")).toBe("http://p");
    expect(env({ GITHUB_SHA: "" }).get("GITHUB_SHA")).toBeUndefined();
  });

  test("a secret says under which name it was found", () => {
    expect(env({ CML_DRIVER_TOKEN: "t0ken" }).secret("CML_TOKEN")?.source).toBe("CML_DRIVER_TOKEN");
    expect(env({ repo_token: "t0ken" }).secret("REPO_TOKEN")?.reveal()).toBe("t0ken");
    expect(env({}).secret("GITHUB_TOKEN")).toBeUndefined();
  });

  test("an option reads CML_ variables and registered ones, and nothing else", () => {
    const made = env({ CML_ANY_THING: "1", cml_lower: "2", GITHUB_SHA: "3", SOMEBODYS: "4" });
    expect([made.option("CML_ANY_THING"), made.option("cml_lower"), made.option("GITHUB_SHA")]).toEqual(["1", "2", "3"]);
    expect(() => made.option("SOMEBODYS")).toThrow("variable not in the register: SOMEBODYS");
  });

  test("an unlisted read does not compile", () => {
    // @ts-expect-error: not in the register
    expect(env({}).get("NOT_LISTED")).toBeUndefined();
    // @ts-expect-error: a secret has no plain text
    expect(env({ GITHUB_TOKEN: "x" }).get("GITHUB_TOKEN")).toBe("x");
  });
});

describe("secretValues()", () => {
  const values = (variables: Readonly<Record<string, string>>): string[] =>
    secretValues(Object.keys(variables), (name) => variables[name]);

  test("every secret of the register, and CML_ options that carry one", () => {
    expect(
      values({ GITHUB_TOKEN: "ghs_12345", CML_PUBLISH_TOKEN: "tok_12345", repo_token: "old_12345", PATH: "/usr/bin" }),
    ).toEqual(["ghs_12345", "tok_12345", "old_12345"]);
  });

  test("old names of secrets count, in either case", () => {
    expect(values({ CLOUDSDK_AUTH_ACCESS_TOKEN: "ya29.12345", SOME_TOKEN: "not ours 12345" })).toEqual(["ya29.12345"]);
  });

  test("a private key counts line by line, short pieces do not", () => {
    expect(values({ CML_RUNNER_PRIVATE_KEY: "-----BEGIN KEY-----\nMIIEvQIBADAN\n==\n" })).toEqual([
      "-----BEGIN KEY-----",
      "MIIEvQIBADAN",
    ]);
    expect(values({ CML_TOKEN: "abc" })).toEqual([]);
  });
});

describe("the register", () => {
  test("says of each variable what it is for", () => {
    for (const [name, row] of rows) {
      expect([name, row.purpose.length > 3]).toEqual([name, true]);
      expect(row.purpose).not.toMatch(/\.$/);
    }
  });

  test("hands no secret on to a child", () => {
    for (const name of childNames()) expect(rows.find(([key]) => key === name)?.[1].secret).toBeUndefined();
    expect(childNames()).toContain("PATH");
    expect(childNames()).toContain("SSL_CERT_FILE");
  });

  test("knows every variable that holds a token by its name", () => {
    for (const [name, row] of rows)
      if (/TOKEN$|SECRET|PASSWORD|_KEY$/.test(name) && !/FILE|PATH|URL/.test(name))
        expect([name, row.secret]).toEqual([name, true]);
  });

  test("the patterns that spare a look into it miss none", () => {
    for (const [name, row] of rows) {
      for (const each of [name, ...(row.oldNames ?? [])]) if (row.secret === true) expect(each).toMatch(mayBeSecret);
      if (row.oldNames !== undefined) expect(name).toMatch(mayHaveOldName);
    }
  });

  test("claims no name twice", () => {
    const names = rows.flatMap(([name, row]) => [name, ...(row.child === true ? [] : (row.oldNames ?? []))]);
    expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
  });
});
