import { describe, expect, test } from "bun:test";
import {
  AuthError,
  type CmlError,
  InputError,
  NotFoundError,
  UnavailableError,
  UnsupportedError,
} from "../../../src/core/error.ts";
import { deliver, type DeliverOptions, type Outlets } from "../../../src/report/post.ts";
import { parseTarget } from "../../../src/report/target.ts";

interface Heard {
  readonly log: DeliverOptions["log"];
  readonly lines: string[];
}

function listener(): Heard {
  const lines: string[] = [];
  const write = (message: string): void => void lines.push(message);
  return { lines, log: { level: "info", error: write, warn: write, info: write, debug: () => undefined } };
}

/** Outlets that work, but for the comment and the check. */
function outlets(comment: CmlError | null, check: CmlError | null = null): Outlets {
  return {
    comment: async (text) => {
      if (comment !== null) throw comment;
      return `https://forge.example/${text}`;
    },
    check: async () => {
      if (check !== null) throw check;
      return "https://forge.example/check";
    },
    summary: async () => "summary.md",
    stdout: async () => "body\n",
    terminal: async () => "the report in the log\n",
    file: async (_, path) => path,
  };
}

const defaults = ["summary", "html:.cml/report.html", "pr"];
const forbidden = new AuthError("GitHub refused the token", { status: 403, hint: "the token needs `pull-requests: write`" });
const tooLong = new InputError("the comment is too long", { details: { status: 422 } });

async function run(
  comment: CmlError | null,
  options: { named?: boolean; strict?: boolean; check?: CmlError; to?: string[] } = {},
) {
  const heard = listener();
  const targets = (options.to ?? defaults).map(parseTarget);
  const given = { targets, named: options.named ?? false, strict: options.strict ?? false, log: heard.log };
  const { lines, failure } = await deliver(outlets(comment, options.check ?? null), given);
  return { lines: lines.map(({ line }) => line), failure, said: heard.lines };
}

test("deliver() answers one line a target, in the order given", async () => {
  const { lines } = await run(null, {
    named: true,
    to: ["json:r.json", "pr", "stdout", "summary", "issue/4", "check", "md:r.md"],
  });
  expect(lines).toEqual([
    "r.json",
    "https://forge.example/pr",
    "body\n",
    "summary.md",
    "https://forge.example/issue/4",
    "https://forge.example/check",
    "r.md",
  ]);
});

describe("when a token does not suffice", () => {
  test("403 on a default target: the check instead, one line with the permission, no failure", async () => {
    const { lines, failure, said } = await run(forbidden);
    expect({ lines, failure }).toEqual({
      lines: ["https://forge.example/check", "summary.md", ".cml/report.html"],
      failure: null,
    });
    expect(said).toEqual(["the report is not in a comment: GitHub refused the token; the token needs `pull-requests: write`"]);
  });

  test("403 there as well: the log", async () => {
    const { lines, failure } = await run(forbidden, { check: forbidden });
    expect({ lines, failure }).toEqual({ lines: ["the report in the log\n", "summary.md", ".cml/report.html"], failure: null });
  });

  test("422 after fitting and a forge that cannot: the next target with a warning", async () => {
    expect((await run(tooLong)).failure).toBeNull();
    expect((await run(new UnsupportedError("no comments on commits"))).failure).toBeNull();
  });

  test("401, 404 and 5xx fail, and the other targets still have the report", async () => {
    for (const error of [
      new AuthError("rejected", { status: 401 }),
      new NotFoundError("not there"),
      new UnavailableError("503"),
    ]) {
      const { lines, failure } = await run(error);
      expect({ lines, failure }).toEqual({ lines: ["summary.md", ".cml/report.html"], failure: error });
    }
  });

  test("`--strict` fails where a default target was passed over", async () => {
    for (const error of [forbidden, tooLong]) expect((await run(error, { strict: true })).failure).toBe(error);
  });

  test("a target that was named is never passed over", async () => {
    for (const error of [forbidden, tooLong]) {
      const { lines, failure } = await run(error, { named: true });
      expect({ lines, failure }).toEqual({ lines: ["summary.md", ".cml/report.html"], failure: error });
    }
  });
});

test("parseTarget() names what is known", () => {
  expect(() => parseTarget("slack")).toThrow("unknown target: `slack`");
  expect(() => parseTarget("md:")).toThrow("unknown target");
  expect(() => parseTarget("terminal")).toThrow("unknown target");
});
