export interface JsonFault {
  /** Both counted from 1. */
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

const literals = ["true", "false", "null"];
const refused = ["NaN", "-NaN", "Infinity", "-Infinity", "undefined", "None"];
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;

/**
 * The first place where a text is not JSON (RFC 8259) or is nested deeper than `depthLimit`; null when there is none.
 * JavaScriptCore's `JSON.parse` does not say where it stopped, and recursion over a deep document overflows in libraries.
 */
export function jsonFault(text: string, depthLimit: number): JsonFault | null {
  const deep = depthFault(text, depthLimit);
  if (deep !== null) return place(text, deep, `nested deeper than ${depthLimit} levels`);
  try {
    JSON.parse(text);
    return null;
  } catch {
    return slowFault(text) ?? { line: 1, column: 1, reason: "not JSON" };
  }
}

function depthFault(text: string, limit: number): number | null {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (quoted) {
      if (unit === 0x5c) at++;
      else if (unit === 0x22) quoted = false;
    } else if (unit === 0x22) quoted = true;
    else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > limit) return at;
    } else if (unit === 0x5d || unit === 0x7d) depth--;
  }
  return null;
}

/** Walks the grammar with an explicit stack of what each open bracket expects. */
function slowFault(text: string): JsonFault | null {
  const open: string[] = [];
  let expect: "value" | "first-key" | "key" | "colon" | "comma" | "first-value" = "value";
  let at = 0;
  const fail = (reason: string): JsonFault => place(text, at, reason);
  for (;;) {
    while (/[ \t\r\n]/.test(text.charAt(at))) at++;
    const char = text.charAt(at);
    if (char === "") return open.length === 0 && expect === "comma" ? null : fail("the text ends early");
    const top = open.at(-1);
    if (expect === "comma") {
      if (top === undefined) return fail(`unexpected ${shown(text, at)} after the end`);
      if (char === ",") expect = top === "{" ? "key" : "value";
      else if (char === (top === "{" ? "}" : "]")) open.pop();
      else return fail(`expected \`,\` or \`${top === "{" ? "}" : "]"}\`, found ${shown(text, at)}`);
      at++;
    } else if (expect === "colon") {
      if (char !== ":") return fail(`expected \`:\`, found ${shown(text, at)}`);
      expect = "value";
      at++;
    } else if (expect === "first-key" && char === "}") {
      open.pop();
      expect = "comma";
      at++;
    } else if (expect === "first-value" && char === "]") {
      open.pop();
      expect = "comma";
      at++;
    } else if (expect === "key" || expect === "first-key") {
      const length = matchLength(string, text, at);
      if (length === 0) return fail(`expected a name in double quotes, found ${shown(text, at)}`);
      at += length;
      expect = "colon";
    } else if (char === "{" || char === "[") {
      open.push(char);
      expect = char === "{" ? "first-key" : "first-value";
      at++;
    } else {
      const word = literals.find((literal) => text.startsWith(literal, at));
      const length = word?.length ?? Math.max(matchLength(string, text, at), matchLength(number, text, at));
      const bad = refused.find((literal) => text.startsWith(literal, at));
      if (bad !== undefined) return fail(`\`${bad}\` is not JSON; write null`);
      if (length === 0) return fail(`expected a value, found ${shown(text, at)}`);
      at += length;
      expect = "comma";
    }
  }
}

function matchLength(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

function shown(text: string, at: number): string {
  return JSON.stringify(text.slice(at, at + 12).split(/[\r\n]/)[0] ?? "");
}

function place(text: string, at: number, reason: string): JsonFault {
  const before = text.slice(0, at);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: at - start + 1, reason };
}
