import { XMLParser } from "fast-xml-parser";
import type { Tally } from "./step.ts";

interface Found {
  passed: number;
  failures: string[];
  skipped: string[];
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "",
  isArray: (name) => name === "testcase" || name === "testsuite",
});

/** Counts of a JUnit file as `bun test` and `deno test` write it; null when it is no such file. */
export function readJunit(xml: string): Tally | null {
  const root: unknown = parser.parse(xml);
  if (!isRecord(root) || !("testsuites" in root)) return null;
  const found: Found = { passed: 0, failures: [], skipped: [] };
  walk(root["testsuites"], found);
  return { passed: found.passed, failed: found.failures.length, failures: found.failures, skipped: found.skipped };
}

function walk(node: unknown, found: Found): void {
  if (!isRecord(node)) return;
  for (const suite of list(node["testsuite"])) walk(suite, found);
  for (const test of list(node["testcase"])) {
    if (!isRecord(test)) continue;
    const name = [test["file"] ?? test["classname"], test["name"]].filter((part) => part !== undefined && part !== "").join(": ");
    if ("failure" in test || "error" in test) found.failures.push(name);
    else if ("skipped" in test) found.skipped.push(name);
    else found.passed += 1;
  }
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === "" ? [] : [value];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
