import { describe, expect, test } from "bun:test";
import { InputError } from "../../../src/core/error.ts";
import { createExec } from "../../../src/host/exec.ts";
import { temporaryFolder } from "../../support/folder.ts";

const world: Readonly<Record<string, string>> = {
  PATH: process.env["PATH"] ?? "/usr/bin:/bin",
  HOME: "/home/nobody",
  GITHUB_TOKEN: "ghs_secret",
  CML_TOKEN: "tok_secret",
  AWS_SECRET_ACCESS_KEY: "aws_secret",
  SOMETHING_ELSE: "x",
  HTTPS_PROXY: "http://proxy",
};

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const exec = async () => createExec(await temporaryFolder(), (name) => world[name]);

describe("createExec()", () => {
  test("a child gets what a program needs and none of our secrets", async () => {
    const found = await (await exec()).run("env", [], { env: { NAMED: "yes" } });
    const names = text(found.stdout)
      .split("\n")
      .map((line) => line.split("=")[0]);
    expect(names).toEqual(expect.arrayContaining(["PATH", "HOME", "HTTPS_PROXY", "NAMED"]));
    for (const name of ["GITHUB_TOKEN", "CML_TOKEN", "AWS_SECRET_ACCESS_KEY", "SOMETHING_ELSE"])
      expect(names).not.toContain(name);
  });

  test("answers code, stdout and stderr, and passes stdin", async () => {
    const found = await (await exec()).run("sh", ["-c", "cat; echo problem >&2; exit 3"], { stdin: "hello" });
    expect([found.code, text(found.stdout), found.stderr]).toEqual([3, "hello", "problem\n"]);
  });

  test("a program that is not there is code -1 with the reason", async () => {
    const found = await (await exec()).run("no-such-program-at-all", []);
    expect(found.code).toBe(-1);
    expect(found.stderr).toContain("no-such-program-at-all");
  });

  test("an argument is one argument, whatever is in it", async () => {
    const found = await (await exec()).run("printf", ["%s|", "a b", "$(id)", "`id`", "; id", ""]);
    expect(text(found.stdout)).toBe("a b|$(id)|`id`|; id||");
  });

  test("output over the limit ends the program", async () => {
    const pending = (await exec()).run("sh", ["-c", "yes"], { limitBytes: 10_000 });
    await expect(pending).rejects.toBeInstanceOf(InputError);
  });

  test("large output arrives whole", async () => {
    const found = await (await exec()).run("sh", ["-c", "head -c 5000000 /dev/zero"]);
    expect(found.stdout.length).toBe(5_000_000);
  });

  test("cancelling ends the program", async () => {
    const controller = new AbortController();
    const pending = (await exec()).run("sh", ["-c", "echo started; sleep 60 & wait"], { signal: controller.signal });
    controller.abort(new Error("stop"));
    await expect(pending).rejects.toThrow("stop");
  });
});
