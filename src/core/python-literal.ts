import { formatFloat } from "./number.ts";
import { keyText } from "./scalar.ts";
import type { Value } from "./value.ts";
import { pythonRepr, Tuple } from "./python-text.ts";
import type { Token } from "./python-token.ts";

const constants: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["True", true],
  ["False", false],
  ["None", null],
]);

/** Value of a literal expression, undefined where it is none (names, calls, arithmetic). A set becomes its text. */
export function readLiteral(tokens: readonly Token[]): Value | undefined {
  const reader = new Literal(tokens);
  const value = reader.tuple(null);
  return reader.atEnd ? value : undefined;
}

class Literal {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get atEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** One value, or a tuple where commas follow; up to `close` (not taken) or the end. */
  tuple(close: string | null): Value | undefined {
    if (this.#peek === close && close !== null) return new Tuple();
    const first = this.#value();
    if (first === undefined || this.#peek !== ",") return first;
    const items = [first];
    while (this.#take(",")) {
      if (this.atEnd || this.#peek === close) break;
      const item = this.#value();
      if (item === undefined) return undefined;
      items.push(item);
    }
    // A tuple of one number must not become an array of that length, hence no `new Tuple(...items)`.
    const tuple = new Tuple();
    tuple.push(...items);
    return tuple;
  }

  #value(): Value | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined) return undefined;
    if (token.kind === "string") return this.#strings();
    if (token.kind === "number") return this.#number(1);
    if (token.kind === "name") {
      this.#at++;
      if (token.text === "set" && this.#take("(") && this.#take(")")) return "set()";
      return constants.get(token.text);
    }
    if (this.#take("-")) return this.#number(-1);
    if (this.#take("+")) return this.#number(1);
    if (this.#take("(")) return this.#closed(this.tuple(")"), ")");
    if (this.#take("[")) return this.#closed(this.#items("]"), "]");
    if (this.#take("{")) return this.#closed(this.#braces(), "}");
    return undefined;
  }

  #closed(value: Value | undefined, close: string): Value | undefined {
    return this.#take(close) ? value : undefined;
  }

  #items(close: string): Value[] | undefined {
    const items: Value[] = [];
    while (this.#peek !== close) {
      const item = this.#value();
      if (item === undefined) return undefined;
      items.push(item);
      if (!this.#take(",")) break;
    }
    return items;
  }

  #braces(): Value | undefined {
    if (this.#peek === "}") return new Map<string, Value>();
    const start = this.#at;
    const first = this.#value();
    if (first === undefined) return undefined;
    const isSet = this.#peek !== ":";
    this.#at = start;
    if (!isSet) return this.#mapping();
    const items = this.#items("}");
    return items === undefined ? undefined : `{${[...new Set(items.map(pythonRepr))].join(", ")}}`;
  }

  #mapping(): Value | undefined {
    const map = new Map<string, Value>();
    while (this.#peek !== "}") {
      const key = this.#value();
      if (key === undefined || !this.#take(":")) return undefined;
      const value = this.#value();
      if (value === undefined) return undefined;
      map.set(keyText(key, formatFloat) ?? pythonRepr(key), value);
      if (!this.#take(",")) break;
    }
    return map;
  }

  #strings(): Value | undefined {
    let text = "";
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token?.kind !== "string") return text;
      if (token.value === null) return undefined;
      text += token.value;
      this.#at++;
    }
  }

  #number(sign: 1 | -1): Value | undefined {
    if (this.#take("-")) return this.#number(sign === 1 ? -1 : 1);
    if (this.#take("+")) return this.#number(sign);
    const token = this.#tokens[this.#at];
    if (token?.kind !== "number") return undefined;
    this.#at++;
    const digits = token.text.replaceAll("_", "");
    if (/[jJ]$/.test(digits) && !/^0[xX]/.test(digits)) return undefined;
    if (/^(?:0[xXoObB]|\d+$)/.test(digits)) {
      if (digits.length > 4300) return undefined;
      return BigInt(digits) * BigInt(sign);
    }
    return Number(digits) * sign;
  }

  get #peek(): string | undefined {
    const token = this.#tokens[this.#at];
    return token?.kind === "operator" ? token.text : undefined;
  }

  #take(sign: string): boolean {
    if (this.#peek !== sign) return false;
    this.#at++;
    return true;
  }
}
