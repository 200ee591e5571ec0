import { errorAt } from "./place.ts";

/** A token of Python source. Strings hold their decoded value, or null where it is no plain text (f-strings, bytes). */
export interface Token {
  readonly kind: "name" | "number" | "string" | "operator";
  readonly text: string;
  readonly value: string | null;
  /** Open brackets around the token; a bracket itself counts as outside. */
  readonly depth: number;
}

/** Tokens of one statement line, joined over brackets, backslashes and triple quotes. */
export interface LogicalLine {
  readonly indent: number;
  readonly line: number;
  readonly tokens: readonly Token[];
}

const blank = /[ \t\f]*/y;
const name = /[\p{L}\p{Nl}_][\p{L}\p{N}\p{M}\p{Pc}]*/uy;
const number =
  /(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*)?\.\d(?:_?\d)*(?:[eE][-+]?\d(?:_?\d)*)?|\d(?:_?\d)*\.?(?:[eE][-+]?\d(?:_?\d)*)?)[jJ]?/y;
const quoteStart = /([rRbBuUfFtT]{0,2})("""|'''|"|')/y;
const operator = /\*\*=?|\/\/=?|>>=?|<<=?|->|:=|[-+*/%&|^@=!<>]=|\.\.\.|[-+*/%&|^~@=<>()[\]{},:;.!]/y;
const pairs: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** Splits Python source into logical lines. `InputError` with the line for what no Python would read: open brackets and strings, stray characters. */
export function tokenize(text: string, what: string): LogicalLine[] {
  return new Scanner(text.replaceAll(/\r\n?/g, "\n"), what).lines();
}

class Scanner {
  readonly #text: string;
  readonly #what: string;
  readonly #open: string[] = [];
  #at = 0;
  #line = 1;

  constructor(text: string, what: string) {
    this.#text = text.startsWith("\uFEFF") ? text.slice(1) : text;
    this.#what = what;
  }

  lines(): LogicalLine[] {
    const lines: LogicalLine[] = [];
    while (this.#at < this.#text.length) {
      const indent = this.#indent();
      const line = this.#line;
      const tokens = this.#logicalLine();
      if (tokens.length > 0) lines.push({ indent, line, tokens });
    }
    return lines;
  }

  #indent(): number {
    let columns = 0;
    for (; ; this.#at++) {
      const character = this.#text[this.#at];
      if (character === " ") columns++;
      else if (character === "\t") columns += 8 - (columns % 8);
      else if (character !== "\f") return columns;
    }
  }

  #logicalLine(): Token[] {
    const tokens: Token[] = [];
    while (this.#at < this.#text.length) {
      this.#match(blank);
      const character = this.#text[this.#at];
      if (character === "#") this.#at = this.#endOfLine();
      else if (character === "\\" && this.#text[this.#at + 1] === "\n") this.#newline(2);
      else if (character === "\n") {
        this.#newline(1);
        if (this.#open.length === 0) return tokens;
      } else if (character !== undefined) tokens.push(this.#token());
    }
    if (this.#open.length > 0) this.#fail(`\`${this.#open.at(-1)}\` is missing`);
    return tokens;
  }

  #token(): Token {
    const depth = this.#open.length;
    const start = this.#match(quoteStart);
    if (start !== null) return { kind: "string", text: start[0], value: this.#string(start[1] ?? "", start[2] ?? ""), depth };
    const found = this.#match(number);
    if (found !== null) return { kind: "number", text: found[0], value: null, depth };
    const word = this.#match(name);
    if (word !== null) return { kind: "name", text: word[0], value: null, depth };
    const sign = this.#match(operator)?.[0];
    if (sign === undefined)
      return this.#fail(`unexpected character \`${String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0)}\``);
    return { kind: "operator", text: sign, value: null, depth: this.#bracket(sign) };
  }

  #bracket(sign: string): number {
    const closing = pairs[sign];
    if (closing !== undefined) return this.#open.push(closing) - 1;
    if (sign !== ")" && sign !== "]" && sign !== "}") return this.#open.length;
    if (this.#open.pop() !== sign) this.#fail(`unexpected \`${sign}\``);
    return this.#open.length;
  }

  /** Reads up to the closing quote. An f-string that holds its own quote character inside braces is beyond this reader. */
  #string(prefix: string, mark: string): string | null {
    const raw = /[rR]/.test(prefix);
    let value = "";
    while (this.#at < this.#text.length) {
      if (this.#text.startsWith(mark, this.#at)) {
        this.#at += mark.length;
        return /[bBfFtT]/.test(prefix) ? null : value;
      }
      const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
      if (character === "\n" && mark.length === 1) break;
      if (character === "\\") value += this.#escape(raw);
      else {
        value += character;
        if (character === "\n") this.#newline(1);
        else this.#at += character.length;
      }
    }
    return this.#fail("string without end");
  }

  #escape(raw: boolean): string {
    const letter = this.#text[this.#at + 1] ?? "";
    if (raw || letter === "\n") {
      if (letter === "\n") this.#newline(2);
      else this.#at += 1 + letter.length;
      return raw ? `\\${letter}` : "";
    }
    const match = this.#match(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y);
    if (match !== null) {
      const code =
        match[1] === undefined ? Number.parseInt(match[2] ?? match[3] ?? match[4] ?? "", 16) : Number.parseInt(match[1], 8);
      return code <= 0x10_ff_ff ? String.fromCodePoint(code) : this.#fail("unknown character in a string");
    }
    this.#at += 1 + letter.length;
    return simple[letter] ?? `\\${letter}`;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return null;
    this.#at += match[0].length;
    return match;
  }

  #endOfLine(): number {
    const end = this.#text.indexOf("\n", this.#at);
    return end === -1 ? this.#text.length : end;
  }

  #newline(length: number): void {
    this.#at += length;
    this.#line++;
  }

  #fail(message: string): never {
    throw errorAt(this.#what, { line: this.#line }, `not valid Python: ${message}`);
  }
}

const simple: Readonly<Record<string, string>> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
