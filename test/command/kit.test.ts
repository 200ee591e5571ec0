/** Whole command lines through `main`, in this process: the table of what a plain parser gets wrong, as a user meets it. */
import { describe, expect, test } from "bun:test";
import { chmod, lstat, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { linkPrograms } from "../../src/cli/link.ts";
import { root } from "../../src/cli/root.ts";
import { main } from "../../src/main.ts";
import { CapacityError } from "../../src/core/error.ts";
import { testHost } from "../support/memory-host.ts";
import { temporaryFolder } from "../support/folder.ts";
import { run } from "../support/run.ts";

describe("wrong command lines exit 2 with one line, a hint, and nothing on stdout", () => {
  const table: readonly [string, readonly string[], string, string][] = [
    ["an unknown option", ["metrics", "diff", "--tagrets", "x"], "unknown option `--tagrets`", "did you mean `--targets`?"],
    ["--no-x of a text option", ["report", "--no-title"], "unknown option `--no-title`", ""],
    ["a value for --no-x", ["metrics", "diff", "--no-path=false"], "`--no-path` takes no value: `false`", ""],
    ["a flag with a number", ["metrics", "diff", "--all=0"], "`--all` is a flag and takes true or false: `0`", ""],
    ["a single option twice", ["report", "--title", "a", "--title", "b"], "`--title` is given twice", ""],
    ["a missing value", ["report", "--title"], "`--title` needs a value", ""],
    ["an option in place of a value", ["report", "--title", "--json"], "`--title` needs a value", "write `--title=--json`"],
    ["no number", ["metrics", "diff", "--precision", "five"], "`--precision` needs a number: `five`", ""],
    ["no choice", ["version", "--log", "inof"], "`--log` is one of error, warn, info, debug: `inof`", "did you mean `info`?"],
    ["a missing operand", ["link"], "missing operand: DIR", ""],
    ["an extra operand", ["version", "x"], "unexpected operand: `x`", ""],
    ["a dash in front of an operand", ["link", "-1"], "unknown option `-1`", "stands after `--`"],
    ["an unknown option before the command", ["--lable", "x", "version"], "unknown option before the command: `--lable`", ""],
    ["an unknown command", ["verison"], "unknown command: `verison`", "did you mean `cml version`?"],
    [
      "an unknown command of a group",
      ["comment", "crate"],
      "unknown command: `comment crate`",
      "did you mean `cml comment create`?",
    ],
    ["a name of Object.prototype", ["toString"], "unknown command: `toString`", ""],
    ["a group without a command", ["comment"], "a command is missing after `cml comment`", "one of create, update"],
  ];
  test.each(table)("%s", async (_, argv, message, hint) => {
    const answer = await run(argv);
    expect(answer.stdout).toBe("");
    expect(answer.stderr).toStartWith(`error: ${message}\n`);
    expect(answer.stderr).toContain(hint);
    expect(answer.stderr).not.toContain("\u001b");
    expect(answer.code).toBe(2);
  });

  test("the usage line of the command stands below", async () => {
    expect((await run(["link"])).stderr).toContain("\nusage: cml link <DIR> [options]\n");
  });
});

describe("right command lines that plain parsers get wrong", () => {
  test("a title that begins with --no- is kept, the last of --x and --no-x wins", async () => {
    expect((await run(["version", "--json", "--no-json"])).stdout).not.toStartWith("{");
    expect((await run(["version", "--no-json", "--json"])).stdout).toStartWith("{");
  });

  test("options of every command stand anywhere, also before it", async () => {
    for (const argv of [
      ["--json", "version"],
      ["version", "--json"],
      ["--log", "error", "--json", "version"],
      ["--json=true", "version"],
    ])
      expect(JSON.parse((await run(argv)).stdout)).toMatchObject({ version: 1, command: "version", warnings: [] });
    expect((await run(["--json", "false", "version"])).stdout).not.toStartWith("{");
  });

  test("--version alone is cml version", async () => {
    const plain = await run(["version"]);
    for (const flag of ["--version", "-V"]) expect(await run([flag])).toEqual(plain);
  });

  test("--help after -- is an operand", async () => {
    const folder = await temporaryFolder();
    const answer = await run(["link", "--dry-run", "--", "--help"], { cwd: folder });
    expect(answer.code).toBe(0);
    expect(answer.stdout).toContain(join(folder, "--help", "vl2png"));
  });

  test("cml alone prints the list of commands and exits 2, --help exits 0", async () => {
    const alone = await run([]);
    const asked = await run(["--help"]);
    expect(alone.stdout).toBe(asked.stdout);
    expect(asked.stdout).toContain("Usage:\n  cml <command> [options]");
    expect([alone.code, asked.code]).toEqual([2, 0]);
  });
});

describe("variables", () => {
  test("a wrong one is a wrong setting: exit 3, and its name", async () => {
    const answer = await run(["version"], { env: { CML_VERSION_JSON: "maybe" } });
    expect(answer.stderr).toStartWith("error: `CML_VERSION_JSON` is a flag and takes true or false: `maybe`\n");
    expect(answer.code).toBe(3);
  });

  test("the command's own goes before the general one, a flag before both", async () => {
    const isJson = async (argv: string[], env: Record<string, string>): Promise<boolean> =>
      (await run(argv, { env })).stdout.startsWith("{");
    expect(await isJson(["version"], { CML_JSON: "true" })).toBe(true);
    expect(await isJson(["version"], { CML_JSON: "true", CML_VERSION_JSON: "0" })).toBe(false);
    expect(await isJson(["version", "--json"], { CML_VERSION_JSON: "false" })).toBe(true);
    expect(await isJson(["version"], { CML_JSON: "" })).toBe(false);
  });
});

describe("old names", () => {
  test("the program answers to the names that cml link makes", async () => {
    for (const name of ["cml-publish", "cml-send-comment", "vl2png"]) {
      const answer = await run(["--help"], { name });
      expect(answer.code).toBe(0);
      expect(answer.stdout).toContain("Usage:");
    }
    expect((await run(["--help"], { name: "vl2png" })).stdout).toContain("vl2png");
    expect((await run(["version"], { name: "something-else" })).code).toBe(0);
  });

  test("old words warn and say what to write", async () => {
    const answer = await run(["send-comment", "missing.md"]);
    expect(answer.stderr).toContain("warning: `cml send-comment` is deprecated: use `cml comment create`\n");
  });
});

describe("cml link", () => {
  test("makes each name as a link to the program, again without complaint", async () => {
    const cwd = await temporaryFolder();
    const first = await run(["link", "bin"], { cwd });
    expect(first).toMatchObject({ code: 0, stderr: "" });
    const made = first.stdout.trimEnd().split("\n");
    expect(made).toContain(join(cwd, "bin", "vl2png"));
    expect(made).toContain(join(cwd, "bin", "cml-send-comment"));
    for (const path of made) expect(await readlink(path)).toBe(process.execPath);
    expect(await run(["link", "bin"], { cwd })).toEqual(first);
    expect(JSON.parse((await run(["link", "bin", "--json"], { cwd })).stdout)).toEqual({
      version: 1,
      command: "link",
      result: made,
      warnings: [],
    });
  });

  test("leaves a foreign program alone unless forced, and changes nothing then", async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, "vl2svg"), "#!/bin/sh\n");
    await chmod(join(cwd, "vl2svg"), 0o755);
    const refused = await run(["link", "."], { cwd });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("vl2svg` exists and is not ours");
    expect(refused.stderr).toContain("hint: `--force` replaces it");
    await expect(lstat(join(cwd, "vl2png"))).rejects.toThrow();
    expect((await run(["link", ".", "--force"], { cwd })).code).toBe(0);
    expect((await lstat(join(cwd, "vl2svg"))).isSymbolicLink()).toBe(true);
  });

  test("on Windows makes .cmd files that name the program and the words", async () => {
    const world = await testHost();
    const executable = "C:\\Tools\\cml.exe";
    const host = { ...world.host, args: { ...world.host.args, executable } };
    const made = await linkPrograms(host, "bin", { force: false, dryRun: false });
    expect(made).toContain(join(world.host.cwd, "bin", "cml-send-comment.cmd"));
    expect(await Bun.file(join(world.host.cwd, "bin", "cml-send-comment.cmd")).text()).toBe(
      `@"${executable}" send-comment %*\r\n`,
    );
    expect(await linkPrograms(host, "bin", { force: false, dryRun: false })).toEqual(made);
  });

  test("--dry-run makes nothing", async () => {
    const cwd = await temporaryFolder();
    expect((await run(["link", "bin", "--dry-run"], { cwd })).stdout).toContain("vl2png");
    await expect(lstat(join(cwd, "bin"))).rejects.toThrow();
  });
});

describe("cml completion", () => {
  const shells = { bash: ["bash", "-n"], zsh: ["zsh", "-n"], fish: ["fish", "-n"] } as const;
  for (const [shell, check] of Object.entries(shells)) {
    test(`${shell}: names commands and options, and is a script of that shell where it is installed`, async () => {
      const answer = await run(["completion", shell]);
      expect(answer.code).toBe(0);
      for (const word of ["report", "metrics", "comment", "show-md", "log-format"].filter((each) => each !== "show-md"))
        expect(answer.stdout).toContain(word);
      if (Bun.which(shell) === null) return;
      const parsed = Bun.spawnSync([...check], { stdin: new Blob([answer.stdout]), stderr: "pipe" });
      expect(parsed.stderr.toString()).toBe("");
      expect(parsed.exitCode).toBe(0);
    });
  }

  test("bash completes commands, commands of a group and options", async () => {
    const { stdout } = await run(["completion", "bash"]);
    const complete = (...words: string[]): string[] => {
      const script = `${stdout}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _cml; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return Bun.spawnSync(["bash", "-c", script]).stdout.toString().trim().split("\n");
    };
    expect(complete("cml", "repor")).toEqual(["report"]);
    expect(complete("cml", "comment", "")).toEqual(expect.arrayContaining(["create", "update"]));
    expect(complete("cml", "metrics", "diff", "--prec")).toEqual(["--precision"]);
    expect(complete("cml", "--log-f")).toEqual(["--log-format"]);
  });

  test("another shell is a wrong command line", async () => {
    expect(await run(["completion", "tcsh"])).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("errors", () => {
  async function failing(error: unknown, env: Record<string, string> = {}, argv: string[] = ["version"]) {
    const world = await testHost({ env });
    // The world breaks when the command prints.
    const broken: typeof world.host = {
      ...world.host,
      configured: () => broken,
      out: {
        ...world.host.out,
        write: () => {
          throw error;
        },
      },
    };
    return { code: await main(argv, broken), stderr: world.stderr(), stdout: world.stdout() };
  }

  test("an expected failure has its own exit code, its causes and its hint", async () => {
    const error = new CapacityError("no spot machine", {
      scope: "zone",
      hint: "try another zone",
      cause: new Error("InsufficientCapacity"),
    });
    expect(await failing(error)).toEqual({
      code: 7,
      stdout: "",
      stderr: "error: no spot machine\n  caused by: InsufficientCapacity\n\nhint: try another zone\n",
    });
  });

  test("anything else is a bug: exit 70, the stack and where to report", async () => {
    const answer = await failing(new TypeError("x is not a function"));
    expect(answer.code).toBe(70);
    expect(answer.stderr).toStartWith("error: this is a bug in cml: x is not a function\n");
    expect(answer.stderr).toContain("kit.test.ts");
    expect(answer.stderr).toContain("cml version");
  });

  test("on GitHub Actions the error is an annotation, too", async () => {
    const answer = await failing(new CapacityError("no 100% machine", { scope: "zone" }), { GITHUB_ACTIONS: "true" });
    expect(answer.stderr).toContain("\n::error::no 100%25 machine\n");
  });

  test("--log-format json holds for every line, also of a wrong command line", async () => {
    for (const argv of [
      ["version", "--log-format", "json", "--nonsense"],
      ["--log-format=json", "nonsense"],
      ["nonsense", "--log-format", "json"],
    ]) {
      const answer = await run(argv);
      expect(answer.code).toBe(2);
      for (const line of answer.stderr.trimEnd().split("\n")) expect(JSON.parse(line)).toMatchObject({ level: "error" });
    }
    const answer = await run(["nonsense"], { env: { CML_LOG_FORMAT: "json" } });
    expect(JSON.parse(answer.stderr)).toMatchObject({
      level: "error",
      message: "unknown command: `nonsense`",
      hint: "`cml --help` lists the commands",
    });
  });

  test("no token shows, whatever prints it", async () => {
    const token = "ghp_abcdefghijklmnop";
    const bad = new Error(`failed with ${token} and ${btoa(`x-access-token:${token}`)}`);
    const answer = await failing(bad, { GITHUB_TOKEN: token });
    expect(answer.stderr).not.toContain(token);
    expect(answer.stderr).not.toContain(btoa(`x-access-token:${token}`).slice(12, 40));
    const flag = await failing(new Error(`failed with ${token}`), {}, ["version", "--token", token]);
    expect(flag.stderr).toContain("failed with [redacted]");
  });

  test("--log error keeps warnings away, --log debug shows more", async () => {
    const quiet = await run(["send-comment", "missing.md", "--log", "error"]);
    expect(quiet.stderr).not.toContain("warning:");
    expect(quiet.stderr).toContain("error:");
  });

  test("--cd works in another folder", async () => {
    const cwd = await temporaryFolder();
    const answer = await run(["--cd", "sub", "link", "bin", "--dry-run"], { cwd });
    expect(answer.stdout).toContain(join(cwd, "sub", "bin", "vl2png"));
  });
});

test("every leaf of the tree is the command of its path, or of an older name's", async () => {
  const leaves: string[] = [];
  const visit = async (tree: object, path: readonly string[]): Promise<void> => {
    for (const [word, node] of Object.entries(tree)) {
      if ("children" in node) await visit(node.children, [...path, word]);
      else {
        const { default: command } = await node.load();
        leaves.push([...path, word].join(" "));
        expect(command.summary).not.toMatch(/\.$/);
        if (node.hidden !== true && node.deprecated === undefined) expect(command.name).toBe([...path, word].join(" "));
      }
    }
  };
  await visit(root, []);
  expect(leaves.length).toBeGreaterThan(2);
});
