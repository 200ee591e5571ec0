/** One test for each row of the table of what a plain parser does with real command lines, on options like those of the program. */
import { describe, expect, test } from "bun:test";
import { parse } from "../../../src/cli/kit/parse.ts";
import type { ParseResult } from "../../../src/cli/kit/parse.ts";
import type { Operand, Options } from "../../../src/cli/kit/option.ts";
import { CmlError } from "../../../src/core/error.ts";
import { Secret } from "../../../src/core/secret.ts";

const options = {
  help: { kind: "flag", help: "", alias: ["h"] },
  target: { kind: "text", help: "" },
  title: { kind: "text", help: "", alias: ["t"] },
  name: { kind: "text", help: "" },
  retry: { kind: "flag", help: "", fallback: true },
  "no-cache": { kind: "flag", help: "" },
  watch: { kind: "flag", help: "", alias: ["w"] },
  single: { kind: "flag", help: "", alias: ["s"] },
  labels: { kind: "list", help: "", alias: ["l"] },
  words: { kind: "list", help: "", words: true },
  comma: { kind: "list", help: "", comma: true },
  "cloud-metadata": { kind: "pairs", help: "", words: true },
  "cloud-hdd-size": { kind: "number", help: "" },
  "idle-timeout": { kind: "duration", help: "", fallback: 300_000 },
  "chart-memory": { kind: "size", help: "" },
  format: { kind: "choice", help: "", choices: ["png", "svg"], alias: ["f"] },
  token: { kind: "secret", help: "", alias: ["driver-token"] },
  file: { kind: "file", help: "" },
  jobs: { kind: "number", help: "", alias: ["j"] },
  old: { kind: "text", help: "", deprecated: "use `--name`" },
  left: { kind: "flag", help: "", conflicts: ["right"] },
  right: { kind: "flag", help: "" },
  needy: { kind: "flag", help: "", needs: ["target"] },
} as const satisfies Options;

const operands: readonly Operand[] = [{ name: "FILE", help: "" }];

function read(args: readonly string[], env: Readonly<Record<string, string>> = {}, takes = operands): ParseResult {
  return parse({ command: "report", options, operands: takes }, args, (name) => env[name]);
}

function failure(args: readonly string[], env: Readonly<Record<string, string>> = {}, takes = operands): CmlError {
  try {
    read(args, env, takes);
  } catch (error) {
    if (error instanceof CmlError) return error;
    throw error;
  }
  throw new Error(`accepted: ${args.join(" ")}`);
}

describe("the table, row by row", () => {
  test("an unknown flag is an error with a suggestion", () => {
    const error = failure(["--tagret", "x"]);
    expect(error.kind).toBe("usage");
    expect(error.message).toBe("unknown option `--tagret`");
    expect(error.hint).toBe("did you mean `--target`?");
    expect(failure(["--zzzzzzzz"]).hint).toBeUndefined();
  });

  test("an option named no-x is set by --no-x, and a flag x is cleared by it", () => {
    expect(read(["--no-cache"]).values).toMatchObject({ noCache: true, retry: true });
    expect(read(["--no-retry"]).values).toMatchObject({ noCache: false, retry: false });
  });

  test("--no-name of a text option is an error", () => {
    expect(failure(["--no-name"]).message).toBe("unknown option `--no-name`");
  });

  test("of --no-x and --x the last wins, and --no-x takes no value", () => {
    expect(read(["--no-retry", "--retry"]).values["retry"]).toBe(true);
    expect(read(["--retry", "--no-retry"]).values["retry"]).toBe(false);
    expect(failure(["--no-retry=false"]).message).toBe("`--no-retry` takes no value: `false`");
  });

  test("a value that begins with --no- is kept", () => {
    expect(read(["--title", "--no-verify is bad"]).values["title"]).toBe("--no-verify is bad");
    expect(read(["--title=--no-retry"]).values["title"]).toBe("--no-retry");
  });

  test("a repeated option is a list, or an error when it is single", () => {
    expect(read(["--labels", "a", "--labels=b", "-l", "c"]).values["labels"]).toEqual(["a", "b", "c"]);
    expect(failure(["--title", "a", "--title", "b"]).message).toBe("`--title` is given twice");
    expect(failure(["--title=a", "-t", "b", "--title=c"]).message).toBe("`--title` is given 3 times");
  });

  test("an option without its value is an error", () => {
    expect(failure(["--name"]).message).toBe("`--name` needs a value");
    expect(read(["--name="]).values["name"]).toBe("");
  });

  test("the next option is not taken for a value", () => {
    const error = failure(["--name", "--single"]);
    expect(error.message).toBe("`--name` needs a value");
    expect(error.hint).toBe("if `--single` is meant as its value, write `--name=--single`");
    expect(failure(["--name", "-s"]).message).toBe("`--name` needs a value");
    // A misspelt option is not swallowed either.
    expect(failure(["--name", "--singel"]).message).toBe("`--name` needs a value");
  });

  test("--watch false is --watch=false, and no operand", () => {
    expect(read(["--watch", "false"])).toMatchObject({ values: { watch: false }, operands: [] });
    expect(read(["--watch", "true", "x"])).toMatchObject({ values: { watch: true }, operands: ["x"] });
    expect(read(["--watch=false"]).values["watch"]).toBe(false);
  });

  test("--watch=0 and --watch=no are errors", () => {
    for (const word of ["0", "no", "1", "off", ""])
      expect(failure([`--watch=${word}`]).message).toBe(`\`--watch\` is a flag and takes true or false: \`${word}\``);
  });

  test("numbers, durations and sizes are read and checked", () => {
    expect(read(["--jobs", "4"]).values["jobs"]).toBe(4);
    expect(read(["--jobs=-1.5e3"]).values["jobs"]).toBe(-1_500);
    for (const word of ["four", "4x", "", "0x10", "Infinity", "NaN", "1_000"])
      expect(failure([`--jobs=${word}`]).message).toBe(`\`--jobs\` needs a number: \`${word}\``);
    for (const [word, ms] of [
      ["90", 90_000],
      ["90s", 90_000],
      ["1h30m", 5_400_000],
      ["250ms", 250],
      ["2d", 172_800_000],
      ["5min", 300_000],
      ["1.5h", 5_400_000],
    ] as const)
      expect(read(["--idle-timeout", word]).values["idleTimeout"]).toBe(ms);
    for (const word of ["soon", "1x", "h", "1h 30m", "-5s"])
      expect(failure([`--idle-timeout=${word}`]).message).toContain("needs a duration");
    for (const [word, bytes] of [
      ["500", 500],
      ["500kB", 500_000],
      ["64MiB", 67_108_864],
      ["2G", 2_000_000_000],
      ["1.5Ki", 1_536],
    ] as const)
      expect(read(["--chart-memory", word]).values["chartMemory"]).toBe(bytes);
    expect(failure(["--chart-memory", "big"]).message).toContain("needs a size");
  });

  test("a choice is checked, with a suggestion and without colour codes", () => {
    expect(read(["-f", "svg"]).values["format"]).toBe("svg");
    const error = failure(["--format", "pgn"]);
    expect(error.message).toBe("`--format` is one of png, svg: `pgn`");
    expect(error.hint).toBe("did you mean `png`?");
  });

  test("missing and extra operands are errors", () => {
    const required = [{ name: "FILE", help: "", required: true }];
    expect(failure([], {}, required).message).toBe("missing operand: FILE");
    expect(failure(["a", "b"], {}, required).message).toBe("unexpected operand: `b`");
    expect(read(["a", "b", "c"], {}, [{ name: "FILE", help: "", many: true }]).operands).toEqual(["a", "b", "c"]);
    expect(failure(["a"], {}, []).message).toBe("unexpected operand: `a`");
  });

  test("an operand that begins with a dash stands after --", () => {
    expect(read(["--", "-1"]).operands).toEqual(["-1"]);
    expect(read(["--watch", "--", "--help"])).toMatchObject({ operands: ["--help"], wantsHelp: false });
    expect(failure(["-1"]).hint).toBe("an operand that begins with a dash stands after `--`: `-- -1`");
    expect(read(["-"]).operands).toEqual(["-"]);
  });

  test("-l=a is a", () => {
    expect(read(["-l=a", "-l", "b", "-lc"]).values["labels"]).toEqual(["a", "b", "c"]);
    expect(read(["-j4"]).values["jobs"]).toBe(4);
  });

  test("--help counts before -- only, and not as another option's value", () => {
    expect(read(["--help"]).wantsHelp).toBe(true);
    expect(read(["x", "-h", "--nonsense"]).wantsHelp).toBe(true);
    expect(read(["--", "--help"]).wantsHelp).toBe(false);
    expect(read(["--title=--help"])).toMatchObject({ wantsHelp: false, values: { title: "--help" } });
  });
});

describe("what users of yargs write", () => {
  test("camelCase and underscores are the same option", () => {
    expect(read(["--cloudHddSize", "5"]).values["cloudHddSize"]).toBe(5);
    expect(read(["--cloud_hdd_size=6"]).values["cloudHddSize"]).toBe(6);
    expect(read(["--noRetry"]).values["retry"]).toBe(false);
  });

  test("lists and pairs take several words and repeat", () => {
    expect(read(["--words", "a", "b", "--single", "x"])).toMatchObject({
      values: { words: ["a", "b"], single: true },
      operands: ["x"],
    });
    expect(read(["--cloud-metadata", "a=1", "b=2", "--cloud-metadata=c=x=y"]).values["cloudMetadata"]).toEqual({
      a: "1",
      b: "2",
      c: "x=y",
    });
    expect(failure(["--cloud-metadata", "a"]).message).toBe("`--cloud-metadata` needs name=value: `a`");
    expect(read(["--comma", "a, b,,c", "--comma=d"]).values["comma"]).toEqual(["a", "b", "c", "d"]);
    expect(read(["--labels", "a,b"]).values["labels"]).toEqual(["a,b"]);
  });

  test("flags are joined, and the last of them may take a value", () => {
    expect(read(["-wsj", "3"]).values).toMatchObject({ watch: true, single: true, jobs: 3 });
    expect(failure(["-wx"]).message).toBe("unknown option `-x`");
  });

  test("a word after one dash is told with two", () => {
    expect(failure(["-target", "x"]).hint).toBe("did you mean `--target`?");
  });

  test("a private key that begins with dashes is a value", () => {
    const key = "-----BEGIN KEY-----\nabc\n-----END KEY-----";
    expect(read(["--title", key]).values["title"]).toBe(key);
    expect(read(["--name", "-1"]).values["name"]).toBe("-1");
  });
});

describe("variables", () => {
  test("a flag goes before CML_<COMMAND>_<OPTION>, that before CML_<OPTION>, that before the default", () => {
    const both = { CML_REPORT_TITLE: "of the command", CML_TITLE: "of all" };
    const source = (result: ReturnType<typeof read>): unknown[] => [result.values["title"], result.sources.get("title")];
    expect(source(read(["--title", "flag"], both))).toEqual(["flag", "--title"]);
    expect(source(read(["-t", "flag"], both))).toEqual(["flag", "-t"]);
    expect(source(read([], both))).toEqual(["of the command", "CML_REPORT_TITLE"]);
    expect(source(read([], { CML_TITLE: "of all" }))).toEqual(["of all", "CML_TITLE"]);
    expect(source(read([]))).toEqual([undefined, "default"]);
    expect(read([]).values["idleTimeout"]).toBe(300_000);
  });

  test("old names come after the product's own", () => {
    expect(read([], { CML_DRIVER_TOKEN: "old" }).sources.get("token")).toBe("CML_DRIVER_TOKEN");
    expect(read([], { CML_DRIVER_TOKEN: "old", CML_TOKEN: "own" }).sources.get("token")).toBe("CML_TOKEN");
  });

  test("an empty variable is unset", () => {
    expect(read([], { CML_TITLE: "" }).sources.get("title")).toBe("default");
  });

  test("flags take true, false, 1 and 0 and refuse the rest, naming the variable", () => {
    for (const [word, flag] of [
      ["true", true],
      ["1", true],
      ["FALSE", false],
      ["0", false],
    ] as const)
      expect(read([], { CML_WATCH: word }).values["watch"]).toBe(flag);
    const error = failure([], { CML_REPORT_WATCH: "yes" });
    expect(error.kind).toBe("config");
    expect(error.message).toBe("`CML_REPORT_WATCH` is a flag and takes true or false: `yes`");
  });

  test("CML_<COMMAND>_NO_<OPTION> clears a flag", () => {
    expect(read([], { CML_REPORT_NO_RETRY: "true" }).values["retry"]).toBe(false);
    expect(read([], { CML_NO_RETRY: "0" }).values["retry"]).toBe(true);
  });

  test("lists are lines, pairs lines or commas", () => {
    expect(read([], { CML_LABELS: "a\n b ,c\n" }).values["labels"]).toEqual(["a", "b ,c"]);
    expect(read([], { CML_CLOUD_METADATA: "a=1,b=2" }).values["cloudMetadata"]).toEqual({ a: "1", b: "2" });
  });

  test("a wrong value of a variable is a setting that is wrong: exit 3", () => {
    expect(failure([], { CML_JOBS: "many" })).toMatchObject({ kind: "config", message: "`CML_JOBS` needs a number: `many`" });
  });

  test("a secret knows where it came from and does not print", () => {
    const token = read([], { CML_TOKEN: "tok-1234" }).values["token"];
    expect(token instanceof Secret && token.source).toBe("CML_TOKEN");
    expect(`${String(token)} ${JSON.stringify({ token })} ${Bun.inspect(token)}`).not.toContain("tok-1234");
    const flag = read(["--driver-token", "tok-5678"]).values["token"];
    expect(flag instanceof Secret && [flag.source, flag.reveal()]).toEqual(["--driver-token", "tok-5678"]);
  });
});

describe("company of options", () => {
  test("options that exclude each other do so on the command line only", () => {
    expect(failure(["--left", "--right"]).message).toBe("`--left` and `--right` exclude each other");
    expect(read(["--left"], { CML_RIGHT: "true" }).values).toMatchObject({ left: true, right: true });
  });

  test("an option that needs another says so", () => {
    expect(failure(["--needy"]).message).toBe("`--needy` needs `--target`");
    expect(read(["--needy"], { CML_TARGET: "x" }).values["needy"]).toBe(true);
  });

  test("required options that are missing are all named at once", () => {
    const required = {
      alpha: { kind: "text", help: "", required: true },
      beta: { kind: "number", help: "", required: true },
    } as const satisfies Options;
    const make = (args: string[]) => parse({ command: "x", options: required, operands: [] }, args, () => undefined);
    expect(() => make([])).toThrow("missing options: `--alpha`, `--beta`");
    expect(() => make(["--alpha="])).toThrow("missing option: `--beta`");
    expect(make(["--alpha", "1", "--beta", "2"]).values).toEqual({ alpha: "1", beta: 2 });
  });

  test("a deprecated option works and warns, naming how it was given", () => {
    expect(read(["--old", "x"]).warnings).toEqual(["`--old` is deprecated: use `--name`"]);
    expect(read([], { CML_OLD: "x" }).warnings).toEqual(["`CML_OLD` is deprecated: use `--name`"]);
    expect(read([]).warnings).toEqual([]);
  });
});
